// Runs under Node: what becomes of the socket's file.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { BusError } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

const folder = mkdtempSync(`${process.argv[2]}/care-`);
const path = `${folder}/run/bus.sock`;
const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8);
const refusal = (error: unknown) =>
  error instanceof BusError ? `${error.code}: ${error.message}` : `${error}`;
const print = (text: string) => console.log(text.replaceAll(folder, ""));

print(await unixTransport(path).dial().then(() => "dialed", refusal));
const first = await unixTransport(path).listen();
print(`modes ${modeOf(path)} ${modeOf(`${folder}/run`)}`);
print(await unixTransport(path).listen().then(() => "bound twice", refusal));
await first.close();
print(`left ${readdirSync(`${folder}/run`).length}`);

// As a process that was killed leaves it.
const listen = `require("net").createServer().listen(${
  JSON.stringify(path)
}, () => process.kill(process.pid, "SIGKILL"))`;
spawnSync(process.execPath, ["--eval", listen]);
print(`stale ${existsSync(path)}`);
print(await unixTransport(path).dial().then(() => "dialed", refusal));
const starts = await Promise.allSettled(
  Array.from({ length: 8 }, () => unixTransport(path).listen()),
);
const winners = starts.flatMap((start) =>
  start.status === "fulfilled" ? [start.value] : []
);
print(`winners ${winners.length}`);

// As a person would, to make way for another.
rmSync(path);
const successor = await unixTransport(path, { mode: 0o660 }).listen();
for (const winner of winners) await winner.close();
print(`successor ${modeOf(path)} ${readdirSync(`${folder}/run`)}`);
const arrival = successor[Symbol.asyncIterator]().next();
const dialed = await unixTransport(path).dial();
await dialed.close();
await (await arrival).value.close();
await successor.close();

writeFileSync(path, "precious");
print(await unixTransport(path).listen().then(() => "bound", refusal));
chmodSync(`${folder}/run`, 0o777);
print(await unixTransport(path).listen().then(() => "bound", refusal));

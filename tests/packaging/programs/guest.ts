// Runs under Node and under Deno: an agent that uses a bus in another process.
import { EventEmitter, once } from "node:events";
import process from "node:process";
import { BusError, connect } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

/** More than a socket takes at once, and than a read gives. */
const LARGE = 3_000_000;

const transport = unixTransport(process.argv[2] ?? "");
await using guest = await connect(transport, { name: "guest" });
const signs = new EventEmitter();
const seen = once(signs, "seen");
guest.receive<string>(({ payload, sender }) => {
  console.log(`${sender} sends ${payload}`);
  signs.emit("seen");
});

await guest.send("host", "good", { requiresAck: true });
await guest.send("host", "poor", { requiresAck: true });
const reply = await guest.request<number>("host", "é".repeat(LARGE));
console.log(`reply ${reply.payload}`);
let sum = 0;
for await (const number of guest.stream<number>("counter", 200)) sum += number;
console.log(`sum ${sum}`);
await guest.publish("guests.come", "x".repeat(LARGE));
await seen;
try {
  await guest.request("nobody", 1);
} catch (error) {
  if (error instanceof BusError) console.log(`error ${error.code}`);
}
await guest.send("host", "go", { requiresAck: true });

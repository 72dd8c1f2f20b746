// One process of the agent "worker": `worker.ts PATH MODE`. "work" handles
// messages and tells the agent "counter"; "hold" takes them and never ends.
import { connect } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";

const [path = "", mode] = Deno.args;
const agent = await connect(unixTransport(path), {
  name: "worker",
  reconnect: { minDelayMs: 10, maxDelayMs: 100 },
});
agent.receive<number>(async ({ payload }) => {
  if (mode === "hold") {
    console.log(`holding ${payload}`);
    return await new Promise<void>(() => {});
  }
  await agent.send("counter", `handled ${payload}`, { requiresAck: true });
}, { concurrency: 4 });
await agent.subscribe<string>("news", ({ payload }) => {
  console.log(`news ${payload}`);
});
console.log("ready");

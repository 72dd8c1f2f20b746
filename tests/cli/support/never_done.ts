/** An agent that takes a message and keeps it, until it is killed. Its argument is the bus's socket. */
import { connect } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";

const [socket = ""] = Deno.args;
const agent = await connect(unixTransport(socket), { name: "hands" });
agent.receive(() => {
  console.log("has it in hand");
  return new Promise(() => {});
});
await agent.send("hands", "work", { requiresAck: true });

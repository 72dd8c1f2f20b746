/** A program that is bundled: it joins a bus, and reports once. */
import { connect } from "@busbar/busbar/connect";
import { unixTransport } from "@busbar/busbar/transports/unix";

const [path = ""] = Deno.args;
await using agent = await connect(unixTransport(path), { name: "reporter" });
await agent.send("planner", { finished: "mod.ts" }, { requiresAck: true });

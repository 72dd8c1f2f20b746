/** The receiver of the measurements over the socket: counts, and gives back what it is asked. */
import { connect } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

const [path = ""] = Deno.args;
await using agent = await connect(unixTransport(path), { name: "receiver" });
let count = 0;
agent.receive(async ({ sender, payload }) => {
  if (payload !== "count") {
    count++;
    return;
  }
  const arrived = count;
  count = 0;
  await agent.send(sender, arrived);
}, { concurrency: 256 });
agent.respond(({ payload }) => payload);
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
for await (const _ of Deno.stdin.readable);

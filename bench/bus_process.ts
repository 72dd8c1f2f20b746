/** The bus of the measurements over the socket: listens on the path it is given until its input ends. */
import { MessageBus } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

const [path = ""] = Deno.args;
await using bus = new MessageBus();
await bus.listen(unixTransport(path));
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
for await (const _ of Deno.stdin.readable);

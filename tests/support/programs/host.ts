// A bus on a Unix socket: `host.ts PATH`. Says "listening", then what its inbox
// at the agent "counter" gets, one line each; "stats" on stdin prints the counts.
import { MessageBus } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";

const bus = new MessageBus();
bus.agent("counter").receive<string>(({ payload }) => {
  console.log(payload);
}, { concurrency: 64 });
try {
  await bus.listen(unixTransport(Deno.args[0] ?? ""));
} catch (error) {
  console.log(`refused ${(error as { code?: string }).code}`);
  Deno.exit(3);
}
console.log("listening");
const commands = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const text of commands) {
  for (const command of text.trim().split("\n")) {
    if (command === "stats") {
      const { totalRedelivered, totalAcked, deadLetters } = bus.stats();
      console.log(
        `stats ${
          JSON.stringify({ totalRedelivered, totalAcked, deadLetters })
        }`,
      );
    } else if (command === "close") await bus.close();
  }
}

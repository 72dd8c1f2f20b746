// A bus on a Unix socket that says what happens on it, one line of JSON each:
// `watched_host.ts PATH [LISTEN_OPTIONS]`. "echo" answers, "counter" tells what
// it gets, and "keeper" takes one publish of "kept" and never ends.
import { type BusEvent, MessageBus } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";

const WATCHED: readonly BusEvent["type"][] = [
  "connection_opened",
  "connection_closed",
  "subscribed",
];
const [path = "", listenOptions = "{}"] = Deno.args;
// A lease that has to time out would take far longer than any test waits.
const bus = new MessageBus({ delivery: { ackTimeoutMs: 30_000 } });
void watch();
bus.agent("echo").respond(({ payload }) => payload);
bus.agent("counter").receive(({ payload, sender, attempt }) => {
  say({ type: "counted", payload, sender, attempt });
}, { concurrency: 64 });
await bus.agent("keeper").subscribe(
  "kept",
  () => new Promise<void>(() => {}),
  { maxMessages: 1 },
);
await bus.listen(unixTransport(path), JSON.parse(listenOptions));
say({ type: "listening" });

async function watch(): Promise<void> {
  for await (const event of bus.events()) {
    if (WATCHED.includes(event.type)) say(event);
  }
}

function say(line: object): void {
  const { connectionErrors, totalAcked, totalRedelivered, deadLetters } = bus
    .stats();
  const { external: externalBytes } = Deno.memoryUsage();
  const stats = { connectionErrors, totalAcked, totalRedelivered, deadLetters };
  console.log(JSON.stringify({ ...line, stats, externalBytes }));
}

// Runs under Node and under Deno: a bus that listens until a guest sends it away.
import { EventEmitter, once } from "node:events";
import process from "node:process";
import { MessageBus } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

await using bus = new MessageBus({ delivery: { retry: () => 1 } });
const host = bus.agent("host");
const signs = new EventEmitter();
const over = once(signs, "over");

host.receive<string>(({ payload, sender, attempt }) => {
  console.log(`${sender} sends ${payload}, attempt ${attempt}`);
  if (payload === "go") signs.emit("over");
  if (payload === "poor") throw new Error("poor");
}, { maxAttempts: 2 });
host.respond<string>(({ payload }) => payload.length);
bus.agent("counter").respond<number>(async function* ({ payload }) {
  for (let number = 1; number <= payload; number++) yield number;
});
await host.subscribe<string>("guests.>", async ({ sender, topic, payload }) => {
  console.log(`${topic}: ${payload.length}`);
  await host.send(sender, `seen ${topic}`);
});

await bus.listen(unixTransport(process.argv[2] ?? ""));
console.log("listening");
await over;
await bus.drain();
console.log(`dead letters ${bus.deadLetters.size}`);

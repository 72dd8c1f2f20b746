import { EventEmitter, once } from "node:events";
import { BusError, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus({ delivery: { retry: () => 1 } });
const boss = bus.agent("boss");
const clerk = bus.agent("clerk");

/** Tells of each line that is printed. */
const printed = new EventEmitter();
function print(line: string): void {
  console.log(line);
  printed.emit(line);
}

clerk.receive<string>(({ payload, attempt }, delivery) => {
  print(`${payload}, attempt ${attempt}`);
  if (payload === "poor" && attempt === 1) delivery.nack();
  if (payload === "bad") delivery.reject("it is bad");
  if (payload === "hopeless") throw new Error("no hope");
}, { maxAttempts: 2 });
clerk.respond<number>(({ payload }) => payload * 2);
await clerk.subscribe<string>("news.>", ({ topic, payload }) => {
  print(`${topic}: ${payload}`);
});

async function until(line: string, task: Promise<string>): Promise<void> {
  await Promise.all([once(printed, line), task]);
}
for (
  const [payload, attempts] of [
    ["good", 1],
    ["poor", 2],
    ["bad", 1],
    ["hopeless", 2],
  ] as const
) {
  const sending = boss.send("clerk", payload, { requiresAck: true });
  await until(`${payload}, attempt ${attempts}`, sending);
}
await until("news.at.noon: sun", boss.publish("news.at.noon", "sun"));
print(`reply ${(await boss.request<number>("clerk", 21)).payload}`);

bus.agent("counter").respond<number>(async function* ({ payload }) {
  for (let number = 1; number <= payload; number++) yield number;
});
for await (const number of boss.stream<number>("counter", 3)) {
  print(`piece ${number}`);
}
try {
  await boss.request("nobody", 1);
} catch (error) {
  if (error instanceof BusError) print(`error ${error.code}`);
}
await bus.drain();
for (const { reason, message } of bus.deadLetters) {
  print(`dead letter ${message.payload}: ${reason}`);
}
const { totalSent, totalAcked, deadLetters } = bus.stats();
print(`sent ${totalSent}, acked ${totalAcked}, dead ${deadLetters}`);

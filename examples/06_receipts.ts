/**
 * Lesson 6: acks, retries, dead letters and replay.
 *
 * What `requiresAck` promises, the ways a delivery can end, and how what could not
 * be handled is sent back once it can. Run it with `deno task example 06`; it needs
 * no permission.
 */
import { BusError, exponentialBackoff, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus({
  delivery: {
    maxAttempts: 3,
    // A random wait up to 10 ms, then up to 20, then up to 40 at most.
    retry: exponentialBackoff({ minDelayMs: 10, maxDelayMs: 40 }),
  },
});
const planner = bus.agent("planner");
const coder = bus.agent("coder");
const tester = bus.agent("tester");
const settled = watchDeadLetters(2);

let isParserMended = false;
coder.receive<string>(({ payload, attempt }) => {
  // Returning acknowledges. Throwing asks for another attempt, after a wait.
  if (payload === "flaky.ts" && attempt === 1) throw new Error("crashed");
  if (payload === "odd.ts" && !isParserMended) throw new Error("cannot parse");
  // This code says that another attempt would fail as well: a dead letter at once.
  if (payload === "none.ts") throw new BusError("rejected", "no such file");
  console.log(`coder: ${payload}, attempt ${attempt}`);
});

// Without an ack a message is handed out once, or never. With one it is handed out
// until it is handled, or has failed `maxAttempts` times. Then it is kept.
for (const file of ["odd.ts", "none.ts", "flaky.ts"]) {
  await planner.send("coder", file, { requiresAck: true });
}
await settled;
for (const letter of bus.deadLetters.entries({ reason: "rejected" })) {
  console.log(`dead: ${letter.message.payload}: ${letter.detail}`);
  bus.deadLetters.discard(letter.id);
}

// Mend the cause, and send back what failed by it: same id, attempts anew.
for (const { message, attempts, detail } of bus.deadLetters) {
  console.log(`dead: ${message.payload}, ${attempts} attempts: ${detail}`);
}
isParserMended = true;
console.log("replayed:", await bus.deadLetters.replayAll());

// A loop of one's own settles each delivery itself, and may take its time over it.
await planner.send("tester", "slow.ts", { requiresAck: true });
for await (const delivery of tester.inbox<string>({ ackTimeoutMs: 5_000 })) {
  const { message: { payload, attempt } } = delivery;
  if (attempt === 1) {
    delivery.nack({ delayMs: 5, reason: "not now" });
    continue;
  }
  delivery.extend(); // still at it: the five seconds start anew
  console.log(`tester: ${payload}, attempt ${attempt}`);
  delivery.ack();
  break;
}

await bus.drain();
const { totalAcked, totalRedelivered, deadLetters } = bus.stats();
console.log(
  `${totalAcked} acknowledged, ${totalRedelivered} handed out again,`,
);
console.log(`${deadLetters} dead letters left`);

/** Resolves once so many letters are there. */
async function watchDeadLetters(count: number): Promise<void> {
  for await (const { type } of bus.events()) {
    if (type === "dead_letter_added" && --count === 0) return;
  }
}

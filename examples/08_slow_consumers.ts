/**
 * Lesson 8: backpressure and slow consumers.
 *
 * Every queue has a limit, and a policy for the next message. Here a viewer that is
 * too slow loses old frames, and a sender that is too fast waits. Run it with
 * `deno task example 08`; it needs no permission.
 */
import { BusError, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus({
  // What the bus as a whole has taken in and not finished: 10,000 copies unless said
  // otherwise. At the limit senders wait in line, and after `timeoutMs` are refused.
  backpressure: { maxPending: 8, timeoutMs: 200 },
});
const camera = bus.agent("camera");
const viewing = Promise.withResolvers<void>();
const printing = Promise.withResolvers<void>();

// Each subscription has a mailbox of its own, so that a slow one stops no other. At
// two frames that wait in this one, the next pushes out the oldest; the other
// policies are "drop-newest", "reject", and, unless said otherwise, "wait".
const seen: number[] = [];
const caughtUp = Promise.withResolvers<void>();
await bus.agent("viewer").subscribe<number>("frames", async ({ payload }) => {
  await viewing.promise;
  if (seen.push(payload) === 3) caughtUp.resolve();
}, { maxMessages: 2, overflow: "drop-oldest" });
let recorded = 0;
await bus.agent("recorder").subscribe("frames", () => void recorded++);

for (let frame = 1; frame <= 20; frame++) await camera.publish("frames", frame);
viewing.resolve();
await caughtUp.promise;
console.log(`viewer: saw ${seen.join(", ")}; recorder: has ${recorded}`);
// What is pushed out is counted, and left with the dead letters.
const { totalDropped, deadLetters } = bus.stats();
console.log(`${totalDropped} dropped, ${deadLetters} dead letters`);

// "wait" holds the sender back, so that a loop which produces without end goes at
// the pace of whoever consumes. These eight are all that the bus may have in hand.
bus.agent("printer").receive<number>(() => printing.promise);
for (let page = 1; page <= 8; page++) await camera.send("printer", page);
console.log(`full: ${bus.backpressure.saturated}`);

// Nothing comes free within 200 ms: the send is refused, and nothing was taken in.
try {
  await camera.send("printer", 9);
} catch (error) {
  if (!(error instanceof BusError)) throw error;
  console.log(`page 9: ${error.code}, may be retried: ${error.retryable}`);
}
// Room that comes free wakes who waits for it: first come, first served.
const again = camera.send("printer", 9);
console.log(`waiting: ${bus.backpressure.waiting}`);
printing.resolve();
await again;

await bus.drain();
const { totalWaits, totalTimeouts, peakPending } = bus.backpressure.snapshot();
console.log(`${totalWaits} sends waited, ${totalTimeouts} in vain`);
console.log(`never more than ${peakPending} at once`);

/**
 * Lesson 5: priorities and times to live.
 *
 * What is urgent overtakes what waits, what waits grows more urgent, and what comes
 * too late does not come at all. The clock is one that stands still until it is
 * moved, so that two minutes take no time. Run it with `deno task example 05`; it
 * needs no permission.
 */
import { MessageBus } from "@busbar/busbar";
import { VirtualClock } from "@busbar/busbar/testing";

const clock = new VirtualClock();
await using bus = new MessageBus({ clock });
const nurse = bus.agent("nurse");
const doctor = bus.agent("doctor");

// One patient at a time, and nobody is sent away who is already inside: where
// priorities matter, keep `concurrency` small. It is 1 unless said otherwise.
let next = Promise.withResolvers<void>();
doctor.receive<string>(async ({ payload }) => {
  console.log("doctor:", payload);
  await next.promise;
});

// From 0 to 100, 50 unless said otherwise. Equals go in the order of their coming.
await nurse.send("doctor", "a check-up");
await nurse.send("doctor", "a cold");
await nurse.send("doctor", "a broken arm", { priority: 80 });
await nurse.send("doctor", "a second cold");
await nurse.send("doctor", "paperwork", { priority: 0 });
await callNext();

// Waiting raises the priority by one for each second: nothing waits for ever. A
// minute later the paperwork counts 60, and what is new counts 50.
await clock.advance(60_000);
await nurse.send("doctor", "a third cold", { priority: 50 });
await callNext();
await callNext();
await callNext();
await callNext();

// A time to live counts from the moment the bus takes the message in. When it has
// ended, nobody is handed the message any more: it becomes a dead letter, whether
// or not somebody looks.
await nurse.send("doctor", "coffee, hot", { ttlMs: 30_000 });
await nurse.send("doctor", "coffee, any", { ttlMs: 600_000 });
await clock.advance(31_000);
for (const { message, reason } of bus.deadLetters) {
  console.log(`nurse: ${message.payload} has ${reason}`);
}
await callNext();

next.resolve();
await bus.drain();

/** The doctor is done with one, and the next comes in. */
async function callNext(): Promise<void> {
  const done = next;
  next = Promise.withResolvers();
  done.resolve();
  await clock.advance(0);
}

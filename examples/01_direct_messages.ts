/**
 * Lesson 1: direct messages.
 *
 * Two agents in one process, what a handler's end means, and where a message
 * goes that cannot be handled. Run it with `deno task example:01`.
 */
import { exponentialBackoff, MessageBus } from "@busbar/busbar";

// `await using` closes the bus at the end of the program, whatever happens.
await using bus = new MessageBus({
  delivery: {
    maxAttempts: 3,
    retry: exponentialBackoff({ minDelayMs: 10, maxDelayMs: 40 }),
  },
});
const planner = bus.agent("planner");
const coder = bus.agent("coder");

interface Job {
  file: string;
}

// A handler that returns has done its work. One that throws asks for another
// attempt, after a short and random wait.
coder.receive<Job>(async ({ payload, attempt, priority }) => {
  await new Promise((resolve) => setTimeout(resolve, 5)); // formatting takes a while
  if (payload.file === "broken.ts") throw new Error("cannot be parsed");
  if (payload.file === "flaky.ts" && attempt === 1) throw new Error("crashed");
  console.log(
    `coder: ${payload.file}, priority ${priority}, attempt ${attempt}`,
  );
});

// Without a word, a message is delivered at most once, in the order of sending.
await planner.send("coder", { file: "first.ts" });
await planner.send("coder", { file: "second.ts" });
// What is urgent goes first among those that wait.
await planner.send("coder", { file: "urgent.ts" }, { priority: 90 });

// With `requiresAck` it is delivered at least once: tried again after a failure,
await planner.send("coder", { file: "flaky.ts" }, { requiresAck: true });
// at most `maxAttempts` times. Then it is kept as a dead letter.
await planner.send("coder", { file: "broken.ts" }, { requiresAck: true });

// No more is taken in, and what is in hand is finished.
await bus.drain();

for (const letter of bus.deadLetters) {
  const { file } = letter.message.payload as Job;
  console.log(
    `dead: ${file}, ${letter.reason} after ${letter.attempts} attempts: ${letter.detail}`,
  );
}
const { totalSent, totalAcked, totalRedelivered } = bus.stats();
console.log(
  `${totalSent} sent, ${totalAcked} acknowledged, ${totalRedelivered} handed out again`,
);

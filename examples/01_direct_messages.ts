/**
 * Lesson 1: direct messages.
 *
 * A bus, three agents, what a message carries, and what becomes of one that nobody
 * is there for. Run it with `deno task example 01`; it needs no permission.
 */
import { MessageBus } from "@busbar/busbar";

// `await using` closes the bus at the end of the program, whatever happens.
await using bus = new MessageBus();
// An agent is a name on the bus. Whoever knows it can send to it.
const planner = bus.agent("planner");
const coder = bus.agent("coder");
const tester = bus.agent("tester");

interface Job {
  file: string;
}

// A handler that returns has done its work, and then the next message comes: one at
// a time, in the order in which they were sent.
coder.receive<Job>(async ({ sender, recipient, payload }) => {
  // What was said to everybody has no recipient.
  if (!recipient) return console.log(`coder: heard ${sender}`);
  await new Promise((resolve) => setTimeout(resolve, 5)); // writing takes a while
  console.log(`coder: wrote ${payload.file} for ${sender}`);
  await coder.send("tester", payload);
});

const tested: string[] = [];
const allTested = Promise.withResolvers<void>();
tester.receive<Job>(({ sender, recipient, payload }) => {
  if (!recipient) return console.log(`tester: heard ${sender}`);
  tested.push(payload.file);
  if (tested.length === 3) allTested.resolve();
});

// The payload is any JSON value, or a Uint8Array. `send` resolves to the message's
// id as soon as the bus has taken it in, and not when it is handled.
const id = await planner.send("coder", { file: "mod.ts" });
await planner.send("coder", { file: "bus.ts" });
await planner.send("coder", { file: "wire.ts" });
console.log(`planner: the first of three is ${bus.message(id)?.outcome}`);
await allTested.promise;
console.log(`planner: now it is ${bus.message(id)?.outcome}`);
console.log(`tester: tested ${tested.join(", ")}`);

// Sending to a name that nobody has is no error: somebody may come later. The
// message is kept as a dead letter, with the reason; lesson 6 sends one back.
await planner.send("painter", { file: "logo.svg" });
const [letter] = bus.deadLetters;
console.log(`dead letter for ${letter?.message.recipient}: ${letter?.reason}`);

// To every agent but oneself.
await planner.broadcast("we are done");

// No more is taken in, and what is in hand is finished.
await bus.drain();

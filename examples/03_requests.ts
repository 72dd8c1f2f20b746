/**
 * Lesson 3: requests, errors and timeouts.
 *
 * A reply, an error of the responder, a name that nobody serves, a deadline, and a
 * change of mind. Run it with `deno task example 03`; it needs no permission.
 */
import { BusError, type Delivery, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus();
const editor = bus.agent("editor");
const writer = bus.agent("writer");

interface Task {
  kind: "title" | "nonsense" | "novel";
}

// What a responder returns is the reply; what it throws reaches the requester.
writer.respond<Task>(async ({ payload }, delivery) => {
  if (payload.kind === "nonsense") throw new Error("I do not write nonsense");
  if (payload.kind === "novel") await untilCancelled(delivery);
  return "The Bus at the End of the Road";
});

const title = await editor.request<string>("writer", { kind: "title" });
console.log(`title: ${title.payload}, by ${title.sender}`);

// Callers branch on the code of an error, never on its text. `retryable` says
// whether the same call may succeed later.
await attempt("nonsense", editor.request("writer", { kind: "nonsense" }));
// Nobody has this name, which is known at once: no timeout is waited for.
await attempt("painting", editor.request("painter", { kind: "title" }));

// At the deadline the requester is told, and so is the responder: `delivery.signal`.
// What was done by then is done: a timeout does not say that nothing has happened.
const novel = { kind: "novel" };
await attempt("novel", editor.request("writer", novel, { timeoutMs: 50 }));

// Whoever asked may also change its mind. Then the promise rejects with the reason
// of its own signal, and the responder's signal aborts as well.
const mind = new AbortController();
const asked = editor.request("writer", novel, { signal: mind.signal });
mind.abort(new Error("we print poems instead"));
await asked.catch((error) => console.log("second novel:", error.message));

await bus.drain();

async function attempt(what: string, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    const { code, retryable, message } = error;
    console.log(`${what}: ${code}, ${retryable ? "may be retried" : "final"}`);
    if (code === "remote") console.log(`  the writer says: ${message}`);
  }
}

function untilCancelled({ signal }: Delivery): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      console.log("writer: puts the novel down");
      reject(signal.reason);
    });
  });
}

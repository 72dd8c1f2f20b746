/**
 * Lesson 3: requests.
 *
 * A reply, an error, a deadline, a cancellation, and a reply in pieces. Run it
 * with `deno task example:03`.
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
}, { topic: "texts" });

const about = { topic: "texts" };
const title = await editor.request<string>("writer", { kind: "title" }, about);
console.log("title:", title.payload);

// Callers branch on the code of an error, never on its text.
await attempt(
  "nonsense",
  editor.request("writer", { kind: "nonsense" }, about),
);
await attempt("nobody", editor.request("painter", { kind: "title" }, about));

// At the deadline the requester is told, and so is the responder: `delivery.signal`.
const novel = { kind: "novel" };
await attempt(
  "novel",
  editor.request("writer", novel, { ...about, timeoutMs: 50 }),
);

// An async iterable replies piece by piece. The reader sets the pace, and leaving
// the loop ends the work.
writer.respond(async function* () {
  for (let page = 1;; page++) yield `page ${page}`;
}, { topic: "pages" });
for await (
  const page of editor.stream<string>("writer", null, { topic: "pages" })
) {
  console.log(page);
  if (page === "page 3") break;
}

async function attempt(what: string, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    console.log(
      `${what}: ${error.code}, ${error.retryable ? "may be retried" : "final"}`,
    );
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

/**
 * Lesson 4: streaming replies and cancel.
 *
 * A responder that yields replies piece by piece; the reader sets the pace, and
 * leaving the loop ends the work. Run it with `deno task example 04`; it needs no
 * permission.
 */
import { BusError, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus();
const reader = bus.agent("reader");
const writer = bus.agent("writer");

interface Order {
  pages: number;
  paper?: number;
}

let written = 0;
writer.respond<Order>(async function* ({ payload }, { signal }) {
  const { pages, paper = Infinity } = payload;
  try {
    for (let page = 1; page <= pages; page++) {
      if (page > paper) throw new Error("out of paper");
      written++;
      yield `page ${page}`;
    }
  } finally {
    // Reached however the stream ends. A signal that has aborted means that the
    // reader has gone: whatever else hangs on this work, a fetch say, can take it.
    console.log(`writer: puts the pen down${signal.aborted ? " early" : ""}`);
  }
});

// The pieces come in order, without a gap, and end once.
for await (const page of reader.stream<string>("writer", { pages: 2 })) {
  console.log("reader:", page);
}

// A slow reader holds the writer back, by itself: 64 pieces may be on their way,
// and the next one waits.
// Whoever has read enough leaves the loop, and that is the cancellation.
written = 0;
for await (const page of reader.stream<string>("writer", { pages: 1e9 })) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (page !== "page 10") continue;
  console.log(`reader: has seen enough, and ${written} are written`);
  break;
}

// What the writer throws comes after the pieces that it has written.
try {
  const order = { pages: 5, paper: 1 };
  for await (const page of reader.stream<string>("writer", order)) {
    console.log("reader:", page);
  }
} catch (error) {
  if (!(error instanceof BusError)) throw error;
  console.log(`reader: ${error.code}: ${error.message}`);
}

await bus.drain();

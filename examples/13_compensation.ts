/**
 * Lesson 13: a pipeline with compensation.
 *
 * A journey is three bookings by three agents. When the last one fails, those before
 * it are undone, in reverse, however often that has to be tried. Run it with
 * `deno task example 13`; it needs no permission.
 */
import { exponentialBackoff, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus({
  delivery: { retry: exponentialBackoff({ maxDelayMs: 10 }) },
});
const travel = bus.agent("travel");

interface Booking {
  journey: string;
}

const STEPS = ["flights", "hotels", "cars"];
for (const name of STEPS) startAgency(name);

console.log("weekend:", await book("weekend", STEPS.slice(0, 2)));
console.log("holiday:", await book("holiday", STEPS));
await bus.drain();

// All messages of a journey have its name as their conversation, which is how they
// are found again: here, and on the inspector's page as a sequence diagram.
for (const entry of bus.history({ correlationId: "holiday" }).reverse()) {
  const { type, sender, recipient } = entry.message;
  const attempts = entry.deliveries.length;
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  console.log(`  ${type} ${sender} → ${recipient}: ${entry.outcome}${tries}`);
}

/** Books each part; what went well is undone if a later one does not. */
async function book(journey: string, steps: string[]): Promise<string> {
  const booked: string[] = [];
  try {
    for (const step of steps) {
      await travel.request(step, { journey }, { correlationId: journey });
      booked.push(step);
    }
    return `booked ${booked.join(", ")}`;
  } catch (error) {
    for (const step of booked.reverse()) {
      // Nobody waits for it, so it has to be certain: at least once, and with a store
      // also if this process ends.
      const how = { requiresAck: true, correlationId: journey };
      await travel.send(step, { journey }, how);
    }
    return `off: ${(error as Error).message}`;
  }
}

/** Answers requests by booking, and takes a direct message as the wish to undo it. */
function startAgency(name: string): void {
  const agent = bus.agent(name);
  const bookings = new Set<string>();
  agent.respond<Booking>(({ payload }) => {
    if (name === "cars") throw new Error("no car is left");
    bookings.add(payload.journey);
  });
  agent.receive<Booking>(({ payload, attempt }) => {
    // It may come twice. Undoing what is undone changes nothing, so it may.
    if (name === "flights" && attempt === 1) throw new Error("line is busy");
    const wasBooked = bookings.delete(payload.journey);
    console.log(`${name}: ${wasBooked ? "undone" : "nothing to undo"}`);
  });
}

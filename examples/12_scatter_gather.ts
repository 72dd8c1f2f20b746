/**
 * Lesson 12: scatter-gather and deadlines.
 *
 * Ask everybody who may know, take what comes within a deadline, and let the others
 * stop. Run it with `deno task example 12`; it needs no permission.
 */
import { BusError, type Delivery, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus();
const buyer = bus.agent("buyer");

interface Offer {
  price: number;
}

// Who is there is known to the bus: suppliers join and leave as they like.
bus.agent("suppliers/quick").respond<string, Offer>(() => ({ price: 30 }));
bus.agent("suppliers/cheap").respond<string, Offer>(() => ({ price: 20 }));
bus.agent("suppliers/broken").respond(() => {
  throw new Error("the catalogue is gone");
});
bus.agent("suppliers/slow").respond(async (_, delivery) => {
  await untilCancelled(delivery);
});
const names = bus.agents().map(({ name }) => name)
  .filter((name) => name.startsWith("suppliers/"));

// One deadline for all: each request ends by then, in one way or another, so that
// this waits no longer than the deadline, whoever hangs.
const asked = names.map((name) => ask(name, { timeoutMs: 100 }));
const answers = await Promise.all(asked);
const offers = answers.filter((answer) => answer !== undefined);
const best = offers.sort((a, b) => a.price - b.price)[0];
console.log(`buyer: best of ${offers.length} is ${best?.price}`);

// Where the first good answer will do, one signal lets all the others stop: whoever
// looks at `delivery.signal` does not work for nobody.
const enough = new AbortController();
const first = await Promise.any(
  names.map(async (name) => {
    const offer = await ask(name, { signal: enough.signal });
    if (!offer || offer.price > 25) throw new Error("not good enough");
    enough.abort(new Error("bought"));
    return `${name} for ${offer.price}`;
  }),
);
console.log(`buyer: took ${first}`);

await bus.drain();
console.log(`waiting for replies: ${bus.requests.pending().length}`);

/** An offer, or nothing with a word why. */
async function ask(
  name: string,
  how: { timeoutMs?: number; signal?: AbortSignal },
): Promise<Offer | undefined> {
  try {
    return (await buyer.request<Offer>(name, "a lamp", how)).payload;
  } catch (error) {
    const why = error instanceof BusError ? error.code : "no longer needed";
    console.log(`${name}: ${why}`);
  }
}

function untilCancelled({ signal }: Delivery): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

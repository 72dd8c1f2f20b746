import { Fairness } from "./fairness.ts";
import { HandMade } from "./hand_made.ts";
import { passes, rejects } from "./rejects.ts";

/** Hands messages to consumers, one after the other, each done before the next comes. */
function handed(made: HandMade, consumers: readonly number[]): HandMade {
  for (const [index, consumer] of consumers.entries()) {
    const handling = made.lines.length;
    made.handling(handling, `m${index}`, { consumer }).handled(handling);
  }
  return made;
}

function begun(count: number, facts = {}): HandMade {
  const made = new HandMade().busStarted().joined("b#1").joined("b#2", {
    local: false,
    process: "p1",
  });
  for (let consumer = 1; consumer <= count; consumer++) {
    made.attached(consumer, { instance: "b#1", ...facts });
  }
  return made;
}

Deno.test("S6 Fairness rejects one of two idle consumers that is handed everything", () => {
  rejects(
    new Fairness(),
    handed(begun(2), [1, 1, 1, 1, 1]),
    "S6",
    /consumer 1 was handed 5 of 5 messages, and is one of 2/,
  );
});

Deno.test("S6 Fairness rejects one of three that is left out", () => {
  rejects(
    new Fairness(),
    handed(begun(3), [1, 2, 1, 2, 1, 2, 1]),
    "S6",
    /consumer 3 was handed 0 of 7 messages, and is one of 3/,
  );
});

Deno.test("S6 Fairness rejects responders that do not share alike", () => {
  rejects(
    new Fairness(),
    handed(begun(2, { kind: "requests" }), [2, 2, 2, 2, 2]),
    "S6",
    /consumer 1 was handed 0 of 5/,
  );
});

Deno.test("S6 Fairness rejects members of a group that do not share alike", () => {
  rejects(
    new Fairness(),
    handed(begun(2, { kind: "topic", pattern: "t", queue: "q" }), [
      1,
      1,
      1,
      1,
      1,
    ]),
    "S6",
    /consumer 1 was handed 5 of 5/,
  );
});

Deno.test("S6 Fairness rejects an unequal share that comes of many messages", () => {
  const most = Array.from({ length: 100 }, (_, index) => index % 3 ? 1 : 2);
  rejects(new Fairness(), handed(begun(2), most), "S6", /is one of 2/);
});

Deno.test("Fairness passes equal shares, and those that are nearly so", () => {
  passes(new Fairness(), handed(begun(3), [1, 2, 3, 1, 2, 3, 1]));
  passes(new Fairness(), handed(begun(2), [1, 1, 2, 1, 2, 2, 1, 1]));
});

Deno.test("Fairness passes a consumer that is left out while it is busy", () => {
  const made = begun(2).handling(99, "x", { consumer: 1 });
  passes(new Fairness(), handed(made, [2, 2, 2, 2, 2, 2]));
});

Deno.test("Fairness passes consumers that do not share: other patterns, private subscriptions", () => {
  const made = begun(2, { kind: "topic", pattern: "t" });
  passes(new Fairness(), handed(made, [1, 1, 1, 1, 1, 1]));
});

Deno.test("Fairness passes one that shares with a consumer in another process", () => {
  const made = begun(2).attached(3, { instance: "b#2" });
  passes(new Fairness(), handed(made, [1, 1, 1, 1, 1, 1]));
});

Deno.test("Fairness begins anew when the consumers change", () => {
  const made = handed(begun(2), [1, 1, 1, 1]).detached(2);
  handed(made, [1, 1, 1, 1]).attached(4, { instance: "b#1" });
  passes(new Fairness(), handed(made, [1, 1, 1, 1]));
});

Deno.test("S6 Fairness rejects an unequal share of what is new on a store, when all that is back is done", () => {
  const back = (mailbox: string) => {
    const made = new HandMade().busStarted("bus#1", { hasStore: true })
      .restored("old", { [mailbox]: 1 }).ready().joined("b#1");
    return made.attached(1).attached(2);
  };
  const words = /consumer 1 was handed 5 of 5 messages/;
  const five = [1, 1, 1, 1, 1];
  passes(new Fairness(), handed(back("direct b"), five));
  rejects(new Fairness(), handed(back("direct c"), five), "S6", words);
  const done = back("direct b").started("old", { attempt: 2 })
    .ended("old", "acked", { attempt: 2 }).gauges(0);
  rejects(new Fairness(), handed(done, five), "S6", words);
});

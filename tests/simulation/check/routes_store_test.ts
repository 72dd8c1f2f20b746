import { HandMade } from "./hand_made.ts";
import { Routes } from "./routes.ts";
import { trialOf, type Writer } from "./trial.ts";

const DROP = { id: "r", priority: 50, action: { kind: "drop" } } as const;

/** A bus on a store, with `bob` there, who has subscribed to `jobs.*`. */
function begun(): HandMade {
  const made = new HandMade().busStarted("bus#1", { hasStore: true });
  return here(made.together((step) => step.ready().ruled())).gauges(0);
}

function here(made: HandMade): HandMade {
  return subscribed(
    made.told({ type: "agent_joined", agent: "bob", instances: 1 }),
    "private b 1",
    "jobs.*",
  );
}

function subscribed(made: HandMade, mailbox: string, pattern: string) {
  return made.told({ type: "subscribed", agent: "bob", mailbox, pattern });
}

function published(made: HandMade, id: string, mailboxes: string[]) {
  const topic = "jobs.build";
  return made.accepted(id, { type: "publish", topic, mailboxes });
}

/** Started again, with these rules. */
function restarted(made: HandMade, ...rules: typeof DROP[]): HandMade {
  return made.busRestarted().together((step) =>
    step.ready().ruled(...rules).gauges(0)
  );
}

function changed(made: HandMade, ...rules: typeof DROP[]): HandMade {
  return made.together((step) =>
    step.ruled(...rules).told({ type: "rules_changed", ruleId: "r" })
      .gauges(0)
  );
}

const trial = trialOf(() => new Routes(), begun);
const { good } = trial;
const bad = (words: RegExp, write: Writer) => trial.bad("P4", words, write);

Deno.test("P4 Routes rejects a message that passes a rule that is back, or goes by one that is not", () => {
  bad(
    /m1 came to "undefined" by the rules, and should to "drop"/,
    (made) =>
      published(restarted(changed(made, DROP), DROP), "m1", ["private b 1"]),
  );
  bad(
    /m1 came to "drop" by the rules, and should to "undefined"/,
    (made) => published(restarted(made), "m1", []).dropped("m1", "rule", null),
  );
});

Deno.test("P4 Routes rejects rules that are not back, or are others, or had been removed", () => {
  const kept = (made: HandMade) =>
    made.called(7, { recipient: "bob" })
      .accepted("m7", {
        recipient: "bob",
        mailboxes: ["direct bob"],
        token: 7,
      });
  const words = /the rules that are back are not those that were left/;
  bad(words, (made) => restarted(kept(changed(made, DROP))));
  bad(words, (made) => restarted(made, DROP));
  bad(words, (made) => {
    const other = { ...DROP, priority: 51 } as unknown as typeof DROP;
    return restarted(kept(changed(made, DROP)), other);
  });
  bad(words, (made) => restarted(kept(changed(changed(made, DROP))), DROP));
  good((made) => restarted(kept(changed(made, DROP)), DROP));
  // Changed again before all were back.
  good((made) =>
    made.busRestarted().ruled(DROP)
      .told({ type: "rules_changed", ruleId: "r" })
      .together((step) => step.ready().ruled(DROP).gauges(0))
  );
  const second = { ...DROP, id: "s" } as unknown as typeof DROP;
  bad(
    words,
    (made) => restarted(kept(changed(made, second, DROP)), DROP, second),
  );
  // One was added before the other was back.
  const addedEarly = (made: HandMade, ...rules: (typeof DROP)[]) =>
    made.busRestarted().ruled(second)
      .together((step) => step.ready().ruled(DROP, second).gauges(0))
      .busRestarted("bus#3")
      .together((step) => step.ready().ruled(...rules).gauges(0));
  good((made) => addedEarly(made, DROP, second));
  bad(words, (made) => addedEarly(made, second, DROP));
  // It may not have been kept, as long as nothing after it was.
  good((made) => addedEarly(made));
  bad(words, (made) => addedEarly(made, second));
  // Nobody knows whether the change was kept.
  good((made) => restarted(changed(made, DROP)));
  good((made) => restarted(changed(made, DROP), DROP));
});

Deno.test("P4 Routes rejects a publish to what nobody has ever subscribed to, or to another topic", () => {
  bad(
    /m1 went to "private c 1", which nothing asked for/,
    (made) => published(restarted(made), "m1", ["private c 1"]),
  );
  bad(/m1 went to "private b 2", which nothing asked for/, (made) =>
    published(
      restarted(subscribed(made, "private b 2", "logs.>").gauges(0)),
      "m1",
      ["private b 2"],
    ));
  bad(/m1 went to "local 1", which nothing asked for/, (made) =>
    published(
      restarted(subscribed(made, "local 2", "logs.>").gauges(0)),
      "m1",
      ["local 1"],
    ));
});

Deno.test("P4 Routes rejects a publish that does not go to who was there before the step", () => {
  bad(
    /m1 did not go to "private b 1", which takes "jobs.build"/,
    (made) => published(made, "m1", []),
  );
  bad(
    /m1 did not go to "private b 1", which takes "jobs.build"/,
    (made) => published(here(restarted(made)).gauges(0), "m1", []),
  );
});

Deno.test("P4 Routes rejects a new message that goes the way of a letter of an earlier life", () => {
  bad(/m1 went to "direct cleo", which nothing asked for/, (made) =>
    restarted(
      made.letterAdded("m2", "rejected", { mailbox: "direct cleo" }).gauges(0),
    ).letterRestored("m2", "rejected", { mailbox: "direct cleo" })
      .accepted("m1", { recipient: "bob", mailboxes: ["direct cleo"] })
      .letterRemoved("m2", "replayed"));
  bad(
    /m1 has priority 60, and should have 50/,
    (made) =>
      made.called(1, { recipient: "bob" })
        .accepted("m1", {
          recipient: "bob",
          mailboxes: ["direct bob"],
          token: 1,
          priority: 60,
        }).letterRemoved("m1", "replayed"),
  );
});

Deno.test("Routes passes a publish to a mailbox that is back before anybody subscribes", () => {
  good((made) => published(restarted(made), "m1", ["private b 1"]));
  good((made) =>
    published(
      restarted(subscribed(made, "local 2", "jobs.build").gauges(0)),
      "m1",
      ["local 1"],
    )
  );
});

Deno.test("Routes passes a publish that was on its way in before somebody came", () => {
  good((made) =>
    published(
      subscribed(made, "private b 2", "jobs.*"),
      "m1",
      ["private b 1"],
    )
  );
});

Deno.test("Routes passes a letter of an earlier life that goes where its copy was, past the rules", () => {
  good((made) =>
    restarted(changed(made, DROP), DROP)
      .letterRestored("m1", "rejected", { mailbox: "direct cleo" })
      .accepted("m1", { recipient: "bob", mailboxes: ["direct cleo"] })
      .letterRemoved("m1", "replayed")
  );
});

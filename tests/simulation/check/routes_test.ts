import type { RoutingRuleInfo } from "../../../mod.ts";
import { HandMade } from "./hand_made.ts";
import { Routes } from "./routes.ts";
import { trialOf, type Writer } from "./trial.ts";

/** A bus with `bob` and `cleo` there, and `bob` subscribed to `jobs.*`. */
function begun(): HandMade {
  const made = new HandMade().busStarted();
  for (const agent of ["bob", "cleo"]) {
    made.told({ type: "agent_joined", agent, instances: 1 });
  }
  return subscribed(made, "local 1", "jobs.*").gauges(0);
}

function subscribed(made: HandMade, mailbox: string, pattern: string) {
  return made.told({ type: "subscribed", agent: "bob", mailbox, pattern });
}

function rule(
  id: string,
  facts: Partial<RoutingRuleInfo> = {},
): RoutingRuleInfo {
  return { id, priority: 50, enabled: true, matches: 0, ...facts };
}

function ruled(made: HandMade, ...rules: RoutingRuleInfo[]): HandMade {
  return made.together((step) =>
    step.add({ type: "rules", bus: "bus#1", rules })
      .told({ type: "rules_changed", ruleId: "r" }).gauges(0)
  );
}

/** `ada` sends to `bob`. */
function direct(made: HandMade, id: string, mailboxes: string[], token = 1) {
  return made.accepted(id, {
    sender: "ada",
    recipient: "bob",
    mailboxes,
    token,
  });
}

function published(made: HandMade, id: string, mailboxes: string[]) {
  const topic = "jobs.build";
  return made.accepted(id, { type: "publish", topic, mailboxes });
}

const trial = trialOf(() => new Routes(), begun);
const { good } = trial;
const bad = (words: RegExp, write: Writer) => trial.bad("P4", words, write);

const DROP = rule("r", { action: { kind: "drop" } });
const FORWARD = rule("f", { action: { kind: "forward", recipient: "cleo" } });
const PRIORITY = rule("p", { action: { kind: "set-priority", priority: 80 } });
const TO_LETTERS = rule("d", {
  action: { kind: "dead-letter", reason: "no" },
});

Deno.test("P4 Routes rejects a message that does not go to its recipient", () => {
  bad(/m1 did not go to "bob"/, (made) => direct(made, "m1", []));
  bad(
    /m1 went to "direct cleo", which nothing asked for/,
    (made) => direct(made, "m1", ["direct bob", "direct cleo"]),
  );
  bad(
    /m1 missed "bob", who is there/,
    (made) =>
      direct(made, "m1", [])
        .letterAdded("m1", "no_recipient", { mailbox: null, agent: "bob" }),
  );
});

Deno.test("P4 Routes rejects a publish that misses a subscription, or goes elsewhere", () => {
  bad(/m1 did not go to "local 1"/, (made) => published(made, "m1", []));
  bad(
    /m1 went to "local 2", which nothing asked for/,
    (made) =>
      published(
        subscribed(made, "local 2", "logs.>"),
        "m1",
        ["local 1", "local 2"],
      ),
  );
});

Deno.test("P4 Routes rejects a broadcast to its sender, and a request to no responder", () => {
  bad(
    /m1 went to "direct ada"/,
    (made) =>
      made.accepted("m1", {
        sender: "ada",
        recipient: undefined,
        mailboxes: ["direct ada"],
      }),
  );
  bad(
    /m1 went to "direct bob"/,
    (made) =>
      made.accepted("m1", {
        type: "request",
        recipient: "bob",
        mailboxes: ["direct bob"],
      }),
  );
});

Deno.test("P4 Routes rejects a rule that has no effect", () => {
  bad(
    /m1 came to "undefined" by the rules, and should to "drop"/,
    (made) => direct(ruled(made, DROP), "m1", ["direct bob"]),
  );
  bad(
    /m1 did not go to "cleo"/,
    (made) => direct(ruled(made, FORWARD), "m1", ["direct bob"]),
  );
  bad(
    /m1 has priority 50, and should have 80/,
    (made) => direct(ruled(made, PRIORITY), "m1", ["direct bob"]),
  );
  bad(
    /m1 came to "drop" by the rules, and should to "dead-letter"/,
    (made) =>
      direct(ruled(made, TO_LETTERS), "m1", []).dropped("m1", "rule", null),
  );
});

Deno.test("P4 Routes rejects a rule that is disabled, does not match, or comes too late", () => {
  const priority80 = (made: HandMade) =>
    made.called(1, { token: 1 }).accepted("m1", {
      sender: "ada",
      recipient: "bob",
      priority: 80,
      token: 1,
      mailboxes: ["direct bob"],
    });
  const words = /m1 has priority 80, and should have 50/;
  bad(words, (made) => {
    priority80(ruled(made, { ...PRIORITY, enabled: false }));
  });
  bad(words, (made) => {
    priority80(ruled(made, { ...PRIORITY, match: { sender: "cleo" } }));
  });
  bad(words, (made) => {
    priority80(ruled(made, { ...PRIORITY, match: { topic: ">" } }));
  });
  bad(words, (made) => {
    priority80(ruled(made, rule("first", { final: true }), PRIORITY));
  });
  bad(words, (made) => {
    priority80(ruled(ruled(made, PRIORITY)));
  });
});

Deno.test("P4 Routes rejects rules in the wrong order", () => {
  const five = rule("five", { action: { kind: "set-priority", priority: 5 } });
  bad(
    /m1 has priority 50, and should have 5/,
    (made) => direct(ruled(made, PRIORITY, five), "m1", ["direct bob"]),
  );
  bad(
    /m1 went to "direct cleo", which nothing asked for/,
    (made) =>
      direct(ruled(made, DROP, FORWARD), "m1", ["direct cleo"])
        .dropped("m1", "rule", null),
  );
});

Deno.test("P4 Routes rejects a republish that does not arrive", () => {
  const again = rule("a", { action: { kind: "republish", topic: "jobs.x" } });
  bad(
    /m1 did not go to "local 1", which takes "jobs.x"/,
    (made) => direct(ruled(made, again), "m1", ["direct bob"]),
  );
});

Deno.test("Routes passes messages to those they are for", () => {
  good((made) => {
    direct(made, "m1", ["direct bob"]);
    published(made, "m2", ["local 1"]);
    made.accepted("m3", { recipient: "eve", mailboxes: [] })
      .letterAdded("m3", "no_recipient", { mailbox: null, agent: "eve" });
    made.accepted("m4", {
      type: "request",
      recipient: "bob",
      topic: "jobs.x",
      mailboxes: ["requests bob jobs.*"],
    });
    made.accepted("m5", {
      sender: "bob",
      recipient: undefined,
      mailboxes: ["direct cleo"],
    });
    made.accepted("m6", {
      type: "response",
      recipient: "bob",
      requestId: "m4",
      mailboxes: [],
    });
  });
});

Deno.test("Routes passes what rules do, each from its change on", () => {
  good((made) => {
    direct(ruled(made, FORWARD, DROP, PRIORITY), "m1", ["direct cleo"])
      .dropped("m1", "rule", null);
    direct(ruled(made, TO_LETTERS), "m2", [])
      .letterAdded("m2", "rule", { mailbox: null, agent: "bob" });
    ruled(made, PRIORITY).accepted("m3", {
      recipient: "bob",
      priority: 80,
      mailboxes: ["direct bob"],
    });
    direct(ruled(made), "m4", ["direct bob"]);
  });
});

Deno.test("Routes passes one subscription of each group", () => {
  good((made) => {
    for (const [mailbox, pattern] of [["q 1", "jobs.*"], ["q 2", ">"]]) {
      if (!mailbox || !pattern) continue;
      const queue = "q";
      made.told({ type: "subscribed", agent: "bob", mailbox, pattern, queue });
    }
    published(made, "m1", ["local 1", "q 2"]);
  });
});

Deno.test("Routes passes a message that a rule that was then removed had held up", () => {
  good((made) =>
    direct(
      ruled(ruled(made, rule("w", { handler: "wait" }), DROP)),
      "m1",
      [],
    ).dropped("m1", "rule", null)
  );
});

Deno.test("Routes passes what is missed by subscriptions that are gone, or may be", () => {
  good((made) => {
    const gone = { agent: "bob", mailbox: "local 1", pattern: "jobs.*" };
    published(made.told({ type: "unsubscribed", ...gone }), "m1", []);
    subscribed(made, "local 2", "jobs.*");
    made.told({ type: "agent_left", agent: "bob", instances: 0 });
    published(made, "m2", []);
    made.busEnded().busStarted("bus#2");
    published(made, "m3", []);
  });
});

Deno.test("Routes says nothing where more was changed at once than was written down", () => {
  good((made) => {
    made.together((step) =>
      step.add({ type: "rules", bus: "bus#1", rules: [] })
        .told({ type: "rules_changed", ruleId: "r1" })
        .accepted("m1", { recipient: "bob", mailboxes: ["direct cleo"] })
        .told({ type: "rules_changed", ruleId: "r2" })
    );
  });
});

Deno.test("Routes passes a subscription that is too late for a message whose rules still run", () => {
  const busy = (made: HandMade) =>
    subscribed(made.gauges(1, 10, { reserved: 1 }), "local 2", "jobs.*");
  good((made) => published(busy(made), "m1", ["local 1"]));
  good((made) =>
    direct(
      busy(made).told({ type: "agent_joined", agent: "eve", instances: 1 }),
      "m1",
      ["direct bob"],
    ).accepted("m2", { recipient: "eve", mailboxes: [] })
      .letterAdded("m2", "no_recipient", { mailbox: null, agent: "eve" })
  );
  bad(
    /m1 did not go to "local 2"/,
    (made) => published(busy(made).gauges(0), "m1", ["local 1"]),
  );
  good((made) =>
    published(
      busy(made).told({
        type: "unsubscribed",
        agent: "bob",
        mailbox: "local 2",
        pattern: "jobs.*",
      }).gauges(0),
      "m1",
      ["local 1"],
    )
  );
});

Deno.test("Routes passes rules that ask for another type, name or topic, and replays of requests nobody answers", () => {
  good((made) => {
    ruled(
      made,
      { ...DROP, match: { type: "publish" } },
      { ...DROP, match: { recipient: "cleo" } },
      { ...DROP, match: { topic: "jobs.*.x" } },
      { ...DROP, match: { sender: "a.>" } },
    );
    direct(made, "m1", ["direct bob"]);
    made.letterAdded("m2", "routing_failed", { mailbox: null })
      .accepted("m2", { type: "request", recipient: "bob", mailboxes: [] })
      .letterAdded("m2", "no_recipient", { mailbox: null, agent: "bob" });
  });
});

Deno.test("P4 Routes passes a request that nobody answers and a rule passes on, unless that is missed as well", () => {
  const asked = (made: HandMade, mailboxes: string[]) => {
    ruled(made, FORWARD);
    return made.letterAdded("m1", "routing_failed", { mailbox: null })
      .accepted("m1", { type: "request", recipient: "cleo", mailboxes })
      .letterAdded("m1", "no_recipient", { mailbox: null, agent: "cleo" });
  };
  good((made) => asked(made, ["direct cleo"]));
  bad(/m1 missed "cleo", who is there/, (made) => asked(made, []));
});

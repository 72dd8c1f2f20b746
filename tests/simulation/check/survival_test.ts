import { HandMade } from "./hand_made.ts";
import { Survival } from "./survival.ts";
import { trialOf } from "./trial.ts";

const STORE = { hasStore: true };
const { bad, good } = trialOf(
  () => new Survival(),
  (settings) =>
    new HandMade().busStarted("bus#1", { ...settings, ...STORE }).ready()
      .joined("a#1"),
);

/** The bus is killed, and started again on its store. */
function restarted(made: HandMade, bus = "bus#2"): HandMade {
  return made.busEnded().busStarted(bus, STORE);
}

Deno.test("S1 Survival rejects an accepted copy that is not back", () => {
  bad(
    "S1",
    /m1 of "b" was accepted, and is gone/,
    (made) => restarted(made.accepted("m1")).ready(),
  );
  bad(
    "S1",
    /m1 of "c" was accepted, and is gone/,
    (made) =>
      restarted(made.accepted("m1", { mailboxes: ["b", "c"] }))
        .restored("m1", { b: 0 }).ready(),
  );
});

Deno.test("S1 Survival rejects a copy of the bus's own process that is not back under any number", () => {
  const left = (made: HandMade) =>
    restarted(made.accepted("m1", { mailboxes: ["local 1", "local 2"] }));
  const words = /m1 of "local [12]" was accepted, and is gone/;
  bad(
    "S1",
    words,
    (made) => left(made).restored("m1", { "local 2": 0 }).ready(),
  );
  bad(
    "S1",
    words,
    (made) => left(made).restored("m1", { "local 3": 0 }).ready(),
  );
  good((made) =>
    left(made).restored("m1", { "local 2": 0, "local 3": 0 }).ready()
  );
});

Deno.test("S1 Survival rejects a copy that was in somebody's hands and is not back", () => {
  bad(
    "S1",
    /m1 of "b" was accepted, and is gone/,
    (made) =>
      restarted(
        made.accepted("m1").started("m1").handling(1, "m1").handled(1, "threw"),
      ).ready(),
  );
});

Deno.test("S1 Survival rejects a copy that is not back for the second time", () => {
  bad(
    "S1",
    /m1 of "b" was accepted, and is gone/,
    (made) =>
      restarted(
        restarted(made.accepted("m1")).restored("m1", { b: 0 }).ready(),
        "bus#3",
      ).ready(),
  );
  bad(
    "S1",
    /m1 of "b" was accepted, and is gone/,
    (made) =>
      restarted(
        restarted(made.accepted("m1")).restored("m1", { b: 0 }),
        "bus#3",
      )
        .ready(),
  );
});

Deno.test("S1 Survival rejects a copy that is gone by somebody else's ack", () => {
  bad(
    "S1",
    /m2 of "b" was accepted, and is gone/,
    (made) =>
      restarted(
        made.accepted("m1").accepted("m2").started("m1").started("m2")
          .handling(1, "m1").settling(1).handled(1),
      ).ready(),
  );
  bad(
    "S1",
    /m1 of "c" was accepted, and is gone/,
    (made) =>
      restarted(
        made.accepted("m1", { mailboxes: ["b", "c"] })
          .started("m1", { mailbox: "b" }).started("m1", { mailbox: "c" })
          .handling(1, "m1").settling(1).handled(1),
      ).ready(),
  );
});

Deno.test("S1 Survival rejects a copy that is gone by an ack that was undone before", () => {
  bad(
    "S1",
    /m1 of "b" was accepted, and is gone/,
    (made) =>
      restarted(
        restarted(
          made.accepted("m1").started("m1").handling(1, "m1").handled(1),
        ).restored("m1", { b: 1 }).ready(),
        "bus#3",
      ).ready(),
  );
});

Deno.test("S1 Survival rejects a dead letter that is not back", () => {
  bad(
    "S1",
    /the letter m1 is gone/,
    (made) =>
      restarted(
        made.accepted("m1").started("m1").ended("m1", "rejected")
          .letterAdded("m1", "rejected"),
      ).ready(),
  );
  bad(
    "S1",
    /the letter m1 is gone/,
    (made) =>
      restarted(
        restarted(made.letterAdded("m1", "too_large", { mailbox: null }))
          .letterRestored("m1", "too_large", { mailbox: null }).ready(),
        "bus#3",
      ).ready(),
  );
});

Deno.test("S2 Survival rejects what comes out of an empty store, or twice, or was not to be kept", () => {
  const { bad } = trialOf(
    () => new Survival(),
    () => new HandMade().busStarted("bus#1", STORE),
  );
  bad("S2", /store that was empty/, (made) => made.restored("m1").ready());
  bad(
    "S2",
    /m1 is back twice/,
    (made) => made.restored("m1").restored("m1").ready(),
  );
  bad(
    "S2",
    /m1 is back, which is not to be kept/,
    (made) =>
      restarted(made.ready().accepted("m1", { requiresAck: false }))
        .restored("m1", { b: 0 }, { requiresAck: false }),
  );
  bad(
    "S2",
    /m1 is back, which is not to be kept/,
    (made) =>
      restarted(made.ready().accepted("m1", { type: "request" }))
        .restored("m1", { b: 0 }, { type: "request" }),
  );
});

Deno.test("K3 Survival rejects a copy that is back after its ack was kept", () => {
  bad(
    "K3",
    /m1 of "b" is back after its ack/,
    (made) =>
      restarted(made.accepted("m1").started("m1").ended("m1").gauges(0))
        .restored("m1", { b: 1 }).ready(),
  );
  bad(
    "K3",
    /m1 of "b" is back after its ack/,
    (made) =>
      restarted(
        made.accepted("m1").accepted("m2").started("m1").started("m2")
          .ended("m1").ended("m2").gauges(1),
      ).restored("m1", { b: 1 }).ready(),
  );
  bad(
    "K3",
    /m1 of "b" is back after its ack/,
    (made) =>
      restarted(
        restarted(made.accepted("m1").started("m1").ended("m1").gauges(0))
          .ready(),
        "bus#3",
      ).restored("m1", { b: 1 }).ready(),
  );
});

Deno.test("K3 Survival rejects a letter of what was acknowledged", () => {
  bad(
    "K3",
    /m1 of "b" was acked, and has a letter/,
    (made) =>
      restarted(made.accepted("m1").started("m1").ended("m1").gauges(0))
        .letterRestored("m1", "handler_failed").ready(),
  );
});

Deno.test("Q2 Survival rejects a copy that is back with a letter of it", () => {
  bad(
    "Q2",
    /m1 of "b" is back, and so is a letter of it/,
    (made) =>
      restarted(made.accepted("m1").started("m1"))
        .restored("m1", { b: 1 }).letterRestored("m1", "handler_failed")
        .ready(),
  );
  bad(
    "Q2",
    /m1 of "b" is back, and was dead/,
    (made) =>
      restarted(
        made.accepted("m1").started("m1").ended("m1", "rejected")
          .letterAdded("m1", "rejected"),
      ).restored("m1", { b: 1 }).letterRestored("m1", "rejected").ready(),
  );
});

Deno.test("Q2 Survival passes a letter that is back as its discarding was not kept, beside a copy sent again to its place", () => {
  const twice = (made: HandMade) =>
    made.accepted("m1", { mailboxes: ["b", "c"] })
      .started("m1").ended("m1", "rejected").letterAdded("m1", "rejected")
      .started("m1", { mailbox: "c" }).ended("m1", "rejected", { mailbox: "c" })
      .letterAdded("m1", "rejected", { id: "other", mailbox: "c" })
      .replayed("m1", ["b"]).letterRemoved("m1", "replayed", "other");
  good((made) =>
    restarted(twice(made).letterRemoved("m1", "discarded"))
      .restored("m1", { b: 0 }).letterRestored("m1", "rejected").ready()
  );
  // The next letter of the message may get the id of the one before.
  good((made) =>
    restarted(
      made.accepted("m1", { mailboxes: ["b", "c"] })
        .started("m1").ended("m1", "rejected").letterAdded("m1", "rejected")
        .letterRemoved("m1", "discarded").started("m1", { mailbox: "c" })
        .ended("m1", "rejected", { mailbox: "c" }),
    ).letterRestored("m1", "rejected", { mailbox: "c" }).ready()
  );
  bad(
    "Q2",
    /m1 of "b" is back, and so is a letter of it/,
    (made) =>
      restarted(twice(made)).restored("m1", { b: 0 })
        .letterRestored("m1", "rejected", { id: "third" }).ready(),
  );
});

Deno.test("Q2 Survival rejects a copy that failed for good and is nowhere", () => {
  bad(
    "Q2",
    /m1 of "b" had failed for good, and has no letter/,
    (made) =>
      restarted(made.accepted("m1").started("m1").ended("m1", "rejected"))
        .ready(),
  );
});

const MISSING = ["no_recipient", { mailbox: null }] as const;

Deno.test("Q2 Survival rejects a letter's copy that is back without a replay, or with its letter", () => {
  const dead = (made: HandMade) =>
    made.accepted("m1").started("m1").ended("m1", "rejected")
      .letterAdded("m1", "rejected");
  bad(
    "Q2",
    /m1 of "b" is back, and was dead/,
    (made) => restarted(dead(made)).restored("m1", { b: 0 }).ready(),
  );
  bad(
    "Q2",
    /m1 of "b" was sent again, and its letter is back, too/,
    (made) =>
      restarted(dead(made).called(1, { verb: "replay", letter: "m1" }))
        .restored("m1", { b: 0 }).letterRestored("m1", "rejected").ready(),
  );
  bad(
    "Q2",
    /m1 of "b" is back, and so is a letter of it/,
    (made) =>
      restarted(dead(made).replayed("m1").letterRemoved("m1", "replayed"))
        .restored("m1", { b: 0 }).letterRestored("m1", "rejected").ready(),
  );
});

Deno.test("Survival passes a copy that a rule adds to what is sent again, and a letter of who is missing again", () => {
  const again = (made: HandMade) =>
    restarted(
      made.accepted("m1").letterAdded("m1", ...MISSING).started("m1")
        .ended("m1", "acked").gauges(0)
        .called(1, { verb: "replay", letter: "m1" }),
    ).letterRestored("m1", ...MISSING).restored("m1", { b: 0 }).ready();
  const forward = { action: { kind: "forward", recipient: "b" } } as const;
  good((made) => again(made.ruled(forward)));
  bad("Q2", /m1 of "b" was sent again, and its letter is back, too/, again);
});

Deno.test("O5 Survival rejects copies that are back in another order", () => {
  bad(
    "O5",
    /m1 is back behind one that was accepted later/,
    (made) =>
      restarted(made.accepted("m1").accepted("m2"))
        .restored("m2").restored("m1"),
  );
  bad(
    "O5",
    /m1 is back behind one that was accepted later/,
    (made) => restarted(made.accepted("m1")).restored("new").restored("m1"),
  );
});

Deno.test("Survival passes what is back as it was left, in order, as often as the bus is killed", () => {
  good((made) =>
    restarted(
      restarted(
        made.accepted("m1", { mailboxes: ["b", "c"] }).accepted("m2")
          .accepted("m3").started("m2").ended("m2", "nacked").requeued("m2", 50)
          .accepted("m4").started("m4").ended("m4").gauges(4)
          .accepted("m5", { requiresAck: false }),
      ).restored("m1", { b: 0, c: 0 }).restored("m2", { b: 1 }),
      "bus#3",
    ).restored("m1", { b: 0, c: 0 }).restored("m2", { b: 1 }).restored("m3")
      .ready().started("m3").ended("m3").gauges(3)
  );
});

Deno.test("Survival passes what was under way when the bus ended, as it happened or as it did not", () => {
  const underWay = (made: HandMade) =>
    restarted(
      made.accepted("acked").started("acked").handling(1, "acked").settling(1)
        .handled(1).accepted("told").started("told").handling(2, "told")
        .handled(2).ended("told").gauges(2).accepted("failed")
        .started("failed").ended("failed", "rejected").accepted("expired")
        .accepted("dead").started("dead").ended("dead", "rejected")
        .letterAdded("dead", "rejected").letterAdded("gone", "too_large", {
          mailbox: null,
        }).called(1, { verb: "replay", letter: "dead" })
        .called(2, { verb: "discard", letter: "gone" }),
    );
  good((made) =>
    underWay(made).letterRestored("failed", "rejected")
      .letterRestored("expired", "expired").restored("dead").restored("new")
      .ready()
  );
  good((made) =>
    underWay(made).restored("acked", { b: 1 }).restored("told", { b: 1 })
      .restored("failed", { b: 1 }).restored("expired")
      .letterRestored("dead", "rejected").letterRestored("gone", "too_large", {
        mailbox: null,
      }).ready()
  );
});

Deno.test("Survival passes a copy of what was acknowledged, which stands in for a letter that was sent again", () => {
  good((made) =>
    restarted(
      made.accepted("m1", { mailboxes: ["b", "c"] }).started("m1")
        .ended("m1", "acked")
        .letterAdded("m1", "undeliverable", { mailbox: "c" })
        .called(2, { verb: "replay", letter: "m1", token: undefined }),
    ).restored("m1", { b: 0 }).ready()
  );
});

Deno.test("Survival passes what fails before the bus is ready, and letters that newer ones push out", () => {
  good((made) =>
    restarted(made.accepted("m1", { ttlMs: 5 })).restored("m1")
      .letterAdded("m1", "expired").ready()
  );
  good((made) =>
    made.accepted("m1").letterAdded("m0", "too_large", { mailbox: null })
      .busEnded().busStarted("bus#2", { ...STORE, maxDeadLetters: 1 })
      .letterRestored("m1", "expired").ready()
  );
});

Deno.test("Survival leaves a bus alone that has no store", () => {
  const { good } = trialOf(
    () => new Survival(),
    () => new HandMade().busStarted("bus#1"),
  );
  good((made) => made.accepted("m1").busEnded().busStarted("bus#2"));
});

import { HandMade } from "./hand_made.ts";
import { Lifetimes } from "./lifetimes.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Lifetimes(),
  () =>
    new HandMade().busStarted("bus#1", { hasStore: true }).ready()
      .joined("a#1"),
);

const TTL = { ttlMs: 100 };

/** The bus is killed and started again, `downMs` later, with the message in it. */
function back(made: HandMade, id: string, downMs = 0): HandMade {
  return made.busRestarted().wait(downMs).restored(id, { b: 0 }, TTL).ready();
}

/** A replay during which the clock is set back, and a restart for which it is set forward, by less. */
function setBackWhileReplayed(made: HandMade): HandMade {
  const expired = made.wait(99_000)
    .accepted("m1", { ...TTL, timestamp: 99_000 }).wait(100)
    .letterAdded("m1", "expired");
  const replayed = expired.called(1, { verb: "replay", letter: "m1" })
    .wallSet(-90_000).wait(1).replayed("m1").letterRemoved("m1", "replayed")
    .resolved(1, "m1");
  return back(replayed.wallSet(50_000), "m1");
}

function failing(made: HandMade): HandMade {
  return made.told({ type: "store_failing", reason: "no space" });
}

Deno.test("T5 Lifetimes rejects a restored copy that lives on beyond its time", () => {
  bad(
    "T5",
    /m1 was started 0 ms after its time had ended/,
    (made) =>
      back(made.accepted("m1", TTL).wait(40), "m1", 20).wait(40).started("m1"),
  );
  bad(
    "T5",
    /m1 was started 5 ms after its time had ended/,
    (made) => back(made.accepted("m1", TTL), "m1", 9_000).wait(5).started("m1"),
  );
  bad(
    "T5",
    /m1 still waited 1001 ms/,
    (made) => back(made.accepted("m1", TTL), "m1", 100).wait(1_001).quiescent(),
  );
});

Deno.test("T5 Lifetimes rejects a restored copy that expires before its time", () => {
  bad(
    "T5",
    /m1 expired 1 ms early/,
    (made) =>
      back(made.accepted("m1", TTL).wait(40), "m1", 20).wait(39)
        .letterAdded("m1", "expired"),
  );
});

Deno.test("T5 Lifetimes rejects a restored copy that grows older when the clock is set back, or not when it is set forward", () => {
  bad(
    "T5",
    /m1 expired 10 ms early/,
    (made) =>
      back(made.accepted("m1", TTL).wait(40).wallSet(-30), "m1").wait(80)
        .letterAdded("m1", "expired"),
  );
  bad(
    "T5",
    /m1 was started 20 ms after/,
    (made) =>
      back(made.accepted("m1", TTL).wallSet(90), "m1").wait(30).started("m1"),
  );
});

Deno.test("T5 Lifetimes rejects a replay that has the rest of its first time after a restart", () => {
  bad(
    "T5",
    /m1 expired 19 ms early/,
    (made) =>
      back(
        made.accepted("m1", { ...TTL, timestamp: 0 }).wait(100)
          .letterAdded("m1", "expired").wait(50)
          .called(1, { verb: "replay", letter: "m1" })
          .replayed("m1").letterRemoved("m1", "replayed").resolved(1, "m1"),
        "m1",
        30,
      ).wait(50).letterAdded("m1", "expired"),
  );
  // Whenever it was kept, and whatever the clock showed then.
  bad(
    "T5",
    /m1 still waited 1001 ms/,
    (made) => setBackWhileReplayed(made).wait(1_101).quiescent(),
  );
});

Deno.test("T2 Lifetimes rejects what is not kept and waits for the store, and what waits when that works again", () => {
  bad(
    "T2",
    /m1 still waited 1001 ms/,
    (made) =>
      failing(made.accepted("m1", { ...TTL, requiresAck: false }))
        .wait(1_101).letterAdded("m1", "expired"),
  );
  bad(
    "T2",
    /m1 still waited 1001 ms/,
    (made) =>
      failing(made.accepted("m1", TTL)).wait(9_000)
        .told({ type: "store_recovered" }).wait(1_001)
        .letterAdded("m1", "expired"),
  );
});

Deno.test("Lifetimes passes restored copies that live as long as they may", () => {
  good((made) =>
    back(made.accepted("m1", TTL).wait(40), "m1", 20).wait(39).started("m1")
  );
  good((made) =>
    back(made.accepted("m1", TTL).wait(40), "m1", 20).wait(40)
      .letterAdded("m1", "expired")
  );
  // However often the bus is killed, it is the first accept that counts.
  good((made) =>
    back(made.accepted("m1", TTL).wait(40), "m1", 20).wait(10)
      .busRestarted("bus#3").restored("m1", { b: 0 }, TTL).ready().wait(30)
      .letterAdded("m1", "expired")
  );
  // Set back, the clock makes nothing older, and nothing live longer than its whole time.
  good((made) =>
    back(made.accepted("m1", TTL).wait(40).wallSet(-9_000), "m1").wait(100)
      .letterAdded("m1", "expired")
  );
  // It says itself when it was accepted, where nobody was told.
  good((made) =>
    made.wait(50).busRestarted().wait(20)
      .restored("m1", { b: 0 }, { ...TTL, timestamp: 40 }).ready().wait(70)
      .letterAdded("m1", "expired")
  );
});

Deno.test("Lifetimes passes a replay whose time begins anew, also if nobody was told of it before the restart", () => {
  good((made) =>
    back(
      made.accepted("m1", TTL).wait(100).letterAdded("m1", "expired").wait(50)
        .called(1, { verb: "replay", letter: "m1" })
        .replayed("m1").letterRemoved("m1", "replayed").resolved(1, "m1"),
      "m1",
      30,
    ).wait(70).letterAdded("m1", "expired")
  );
  good((made) =>
    back(
      made.accepted("m1", TTL).wait(100).letterAdded("m1", "expired").wait(50)
        .called(1, { verb: "replay", letter: "m1" }),
      "m1",
      30,
    ).wait(70).letterAdded("m1", "expired")
  );
  // It may have been kept before the clock was set back, and then nothing has passed.
  good((made) => setBackWhileReplayed(made).wait(99).started("m1"));
  // Its message still says when it was accepted first, which by now is to come.
  good((made) =>
    made.wait(99_000).accepted("m1", { ...TTL, timestamp: 99_000 }).wait(100)
      .letterAdded("m1", "expired").wallSet(-90_000)
      .called(1, { verb: "replay", letter: "m1" }).busRestarted().wait(60)
      .restored("m1", { b: 0 }, { ...TTL, timestamp: 99_000 }).ready()
      .wait(40).letterAdded("m1", "expired")
  );
});

Deno.test("Lifetimes passes what expires while the store fails, and is told when it works again", () => {
  good((made) =>
    failing(made.accepted("m1", TTL)).wait(9_000)
      .told({ type: "store_recovered" }).letterAdded("m1", "expired")
  );
});

Deno.test("Lifetimes passes the replay of a restored letter of what was refused on arrival", () => {
  good((made) =>
    made.called(1, { ttlMs: 0, token: 9 }).rejected(1, "expired")
      .letterAdded("m1", "expired", { mailbox: null }).busRestarted()
      .letterRestored("m1", "expired", { mailbox: null }).ready()
      .accepted("m1", { ttlMs: 0, token: 9 })
  );
});

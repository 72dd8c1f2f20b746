import { HandMade } from "./hand_made.ts";
import { Lifetimes } from "./lifetimes.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("a#1");
}

const { bad, good } = trialOf(() => new Lifetimes(), begun);

Deno.test("T1 Lifetimes rejects a start when the time has ended", () => {
  bad(
    "T1",
    /m1 was started 0 ms after its time had ended/,
    (made) => made.accepted("m1", { ttlMs: 100 }).wait(100).started("m1"),
  );
});

Deno.test("T1 Lifetimes rejects a second start when the time has ended", () => {
  bad(
    "T1",
    /m1 was started 5 ms after its time had ended/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).started("m1").ended("m1", "nacked")
        .requeued("m1", 50).wait(105).started("m1", { attempt: 2 }),
  );
});

Deno.test("T2 Lifetimes rejects a copy that outlives its time unseen", () => {
  bad(
    "T2",
    /m1 still waited 1001 ms after its time had ended/,
    (made) => made.accepted("m1", { ttlMs: 100 }).wait(1_101).quiescent(),
  );
  bad(
    "T2",
    /m1 still waited 1001 ms/,
    (made) => made.accepted("m1", { ttlMs: 100 }).wait(1_101).busEnded(),
  );
  bad(
    "T2",
    /m1 still waited 1001 ms/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).wait(1_101)
        .letterAdded("m1", "expired"),
  );
  bad(
    "T2",
    /m1 still waited 2000 ms/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).wait(2_100)
        .dropped("m1", "undeliverable"),
  );
});

Deno.test("T2 Lifetimes rejects a copy that expires early, twice, or without a time to live", () => {
  bad(
    "T2",
    /m1 expired 1 ms early/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).wait(99)
        .letterAdded("m1", "expired"),
  );
  bad(
    "T2",
    /m1 expired though it has no time to live/,
    (made) => made.accepted("m1").letterAdded("m1", "expired"),
  );
  bad(
    "T2",
    /m1 expired twice/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).wait(100)
        .letterAdded("m1", "expired").letterAdded("m1", "expired", { id: "x" }),
  );
});

Deno.test("T3 Lifetimes rejects an end of what is in hand", () => {
  bad(
    "T3",
    /m1 expired while it was in hand/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).started("m1").wait(100)
        .letterAdded("m1", "expired"),
  );
});

Deno.test("T3 Lifetimes rejects a further try of what failed after its time", () => {
  bad(
    "T3",
    /m1 is to be tried again though its time has ended/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).started("m1").wait(100)
        .ended("m1", "nacked").requeued("m1", 5),
  );
});

Deno.test("T4 Lifetimes rejects a message whose time to live is none, or over on arrival", () => {
  bad(
    "T4",
    /call 1 was taken though its time to live is none/,
    (made) => made.called(1, { fault: "ttl", ttlMs: -1 }).resolved(1, "m1"),
  );
  bad(
    "T4",
    /call 1 was taken though its time to live was over/,
    (made) => made.called(1, { ttlMs: 0 }).resolved(1, "m1"),
  );
  bad(
    "T4",
    /m1 was accepted though its time to live was over/,
    (made) =>
      made.called(1, { ttlMs: 0, token: 9 })
        .accepted("m1", { ttlMs: 0, token: 9 }),
  );
  bad(
    "T4",
    /m1 was accepted though its time to live is none/,
    (made) =>
      made.called(1, { fault: "ttl", ttlMs: 1.5, token: 9 })
        .accepted("m1", { token: 9 }),
  );
  bad(
    "T4",
    /m1 may live 1.5 ms/,
    (made) => made.accepted("m1", { ttlMs: 1.5 }),
  );
});

Deno.test("T5 Lifetimes rejects times that follow a wall clock that was set", () => {
  const set = (made: HandMade) =>
    made.accepted("m1", { ttlMs: 100 }).add({ type: "wall_set", byMs: 90 });
  bad(
    "T5",
    /m1 expired 90 ms early/,
    (made) => set(made).wait(10).letterAdded("m1", "expired"),
  );
  bad(
    "T5",
    /m1 was started 20 ms after/,
    (made) => set(made).wait(120).started("m1"),
  );
  bad(
    "T5",
    /m1 still waited/,
    (made) => set(made).wait(5_000).letterAdded("m1", "expired"),
  );
});

Deno.test("T6 Lifetimes rejects a start of what has expired", () => {
  bad(
    "T6",
    /m1 was started and expired/,
    (made) =>
      made.accepted("m1", { ttlMs: 100 }).wait(100)
        .letterAdded("m1", "expired").started("m1"),
  );
});

Deno.test("Lifetimes passes what starts in time, and what expires in time", () => {
  good((made) =>
    made.accepted("m1", { ttlMs: 100 }).accepted("m2", { ttlMs: 100 })
      .wait(99).started("m1").ended("m1").wait(1_000)
      .letterAdded("m2", "expired").wait(60_000).quiescent()
  );
});

Deno.test("Lifetimes passes what is in hand when its time ends", () => {
  good((made) =>
    made.accepted("acked", { ttlMs: 100 }).accepted("failed", { ttlMs: 100 })
      .accepted("returned", { ttlMs: 100 }).started("acked").started("failed")
      .started("returned").wait(5_000).ended("acked")
      .ended("failed", "nacked").letterAdded("failed", "handler_failed")
      .ended("returned", "returned").letterAdded("returned", "expired")
  );
});

Deno.test("Lifetimes passes a replay, whose time begins anew", () => {
  good((made) =>
    made.accepted("m1", { ttlMs: 100 }).wait(100).letterAdded("m1", "expired")
      .wait(9_000).replayed("m1").letterRemoved("m1", "replayed").wait(99)
      .started("m1").ended("m1")
  );
});

Deno.test("Lifetimes passes what is refused on arrival, and the replay of its letter", () => {
  good((made) =>
    made.called(1, { ttlMs: 0, token: 9 }).rejected(1, "expired")
      .letterAdded("m1", "expired", { mailbox: null })
      .called(2, { fault: "ttl", ttlMs: NaN }).rejected(2, "invalid_message")
      .accepted("m1", { ttlMs: 0, token: 9 }).letterRemoved("m1", "replayed")
      .letterAdded("m1", "expired")
  );
});

Deno.test("Lifetimes passes a send over a connection that is late on arrival, and handed over", () => {
  good((made) =>
    made.joined("c#1", { local: false, process: "p1" })
      .called(1, { instance: "c#1", ttlMs: 0, requiresAck: false })
      .resolved(1, "m1")
      .letterAdded("m1", "expired", { mailbox: null })
  );
});

Deno.test("Lifetimes passes a bus that is killed in time, and its next life", () => {
  good((made) =>
    made.accepted("m1", { ttlMs: 100 }).wait(900).busEnded()
      .busStarted("bus#2").accepted("m1", { ttlMs: 100 }).wait(50)
      .started("m1").ended("m1").add({ type: "wall_set", byMs: -9e9 })
      .accepted("m2", { ttlMs: 100 }).wait(100).letterAdded("m2", "expired")
  );
});

Deno.test("Lifetimes passes a copy that expires a second late, and no later", () => {
  good((made) =>
    made.accepted("m1", { ttlMs: 100 }).wait(1_100).letterAdded("m1", "expired")
  );
});

Deno.test("T4 Lifetimes rejects what only an at-most-once send over a connection may do", () => {
  const words = /call 1 was taken though its time to live was over/;
  bad(
    "T4",
    words,
    (made) =>
      made.called(1, { ttlMs: 0, requiresAck: false }).resolved(1, "m1"),
  );
  for (const verb of ["request", "stream"] as const) {
    bad(
      "T4",
      words,
      (made) =>
        made.joined("c#1", { local: false, process: "p1" })
          .called(1, { instance: "c#1", verb, ttlMs: 0, requiresAck: false })
          .resolved(1),
    );
  }
});

Deno.test("Lifetimes passes a second send that resolves to the first one's id", () => {
  good((made) =>
    made.called(1, { deduplicationId: "x" }).accepted("m1").resolved(1, "m1")
      .called(2, { deduplicationId: "x", ttlMs: 0, token: 9 })
      .resolved(2, "m1")
  );
});

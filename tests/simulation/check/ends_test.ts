import { Ends } from "./ends.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("b#1").attached(1)
    .attached(2, { kind: "requests" }).attached(3, { kind: "inbox" })
    .accepted("m1").started("m1");
}

const { bad, good } = trialOf(() => new Ends(), begun);

Deno.test("K3 Ends rejects a start after an ack", () => {
  bad(
    "K3",
    /m1 of "b" is handed out after acked/,
    (made) =>
      made.handling(1, "m1").handled(1).ended("m1")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("K4 Ends rejects a start after a letter", () => {
  bad(
    "K4",
    /m1 of "b" is handed out after dead/,
    (made) =>
      made.handling(1, "m1").handled(1, "threw").ended("m1", "nacked")
        .letterAdded("m1", "handler_failed").started("m1", { attempt: 2 }),
  );
});

Deno.test("K4 Ends rejects what is both acknowledged and dead", () => {
  bad(
    "K4",
    /m1 of "b" is dead after acked/,
    (made) =>
      made.handling(1, "m1").handled(1).ended("m1").letterAdded(
        "m1",
        "expired",
      ),
  );
  bad(
    "K4",
    /m1 of "b" is acked after dead/,
    (made) =>
      made.handling(1, "m1").letterAdded("m1", "expired").handled(1).ended(
        "m1",
      ),
  );
  bad(
    "K4",
    /m1 of "b" is dropped after dead/,
    (made) => made.letterAdded("m1", "expired").dropped("m1", "deadline"),
  );
});

Deno.test("K4 Ends rejects a call that is both confirmed and refused", () => {
  bad(
    "K4",
    /call 1 is rejected after resolved/,
    (made) => made.called(1).resolved(1, "m1").rejected(1, "unreachable"),
  );
  bad(
    "K4",
    /call 1 is resolved after resolved/,
    (made) => made.called(1).resolved(1, "m1").resolved(1, "m1"),
  );
});

Deno.test("K6 Ends rejects an ack that counts twice", () => {
  bad(
    "K6",
    /m1 of "b" is acked after acked/,
    (made) => made.handling(1, "m1").handled(1).ended("m1").ended("m1"),
  );
});

Deno.test("K4 Ends rejects what is dropped, and handed out all the same", () => {
  bad(
    "K4",
    /m1 of "b" is handed out after dropped/,
    (made) =>
      made.ended("m1", "returned").dropped("m1", "undeliverable")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("Ends passes retries, replays, and the same message in another mailbox", () => {
  good((made) =>
    made.ended("m1", "nacked").requeued("m1").started("m1", { attempt: 2 })
      .ended("m1", "rejected", { attempt: 2 }).letterAdded("m1", "rejected")
      .replayed("m1").started("m1").ended("m1")
      .accepted("m2", { mailboxes: ["b", "c"] }).started("m2").ended("m2")
      .started("m2", { mailbox: "c" })
      .ended("m2", "nacked", { mailbox: "c" })
      .letterAdded("m2", "handler_failed", { mailbox: "c" })
      .letterAdded("m3", "too_large", { mailbox: null })
  );
});

Deno.test("Ends passes two copies in one mailbox, of which one was replayed", () => {
  good((made) => made.replayed("m1").ended("m1").started("m1").ended("m1"));
});

Deno.test("Ends passes a message that a further life of the bus hands out again, and calls that end once", () => {
  good((made) =>
    made.ended("m1").busEnded().busStarted("bus#2")
      .accepted("m1", { token: 1 }).started("m1").ended("m1")
      .called(1).called(2).resolved(1, "m1").rejected(2, "overflow")
  );
});

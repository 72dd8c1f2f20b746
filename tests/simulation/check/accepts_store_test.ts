import { Accepts } from "./accepts.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Accepts(),
  () =>
    new HandMade().busStarted("bus#1", { hasStore: true }).ready()
      .joined("r#1", { local: false, process: "p1" }),
);

const BY_R = { instance: "r#1" };
const X = { ...BY_R, deduplicationId: "x" };
const DROP = { action: { kind: "drop" } } as const;

/** `r` sends `m1`, and the bus is killed and started again. */
function restarted(made: HandMade, what: typeof X | typeof BY_R = BY_R) {
  return made.called(1, what).accepted("m1", { sender: "r", token: 1 })
    .resolved(1, "m1").busRestarted();
}

/** `r` sends `m1`, the clock is set back before it is written, and forward after the bus was killed, that did not tell. */
function backAfterSetBack(made: HandMade, forwardMs: number) {
  return made.ready().called(1, X).wallSet(-200_000).busRestarted()
    .wallSet(forwardMs)
    .restored("m1", { b: 0 }, { sender: "r", token: 1, timestamp: 0 })
    .ready();
}

Deno.test("S3 Accepts rejects a send that is made again after a restart, and accepted again", () => {
  const again = /m1 is accepted again by bus#2 after a restart/;
  bad(
    "S3",
    again,
    (made) => restarted(made).ready().accepted("m1", { sender: "r", token: 1 }),
  );
  bad(
    "S3",
    again,
    (made) =>
      restarted(made).restored("m1", { b: 0 }, { sender: "r" }).ready()
        .wait(119_999).accepted("m1", { sender: "r", token: 1 }),
  );
  // Nobody was told that it was accepted.
  bad("S3", again, (made) =>
    made.called(1, BY_R).busRestarted()
      .restored("m1", { b: 0 }, { sender: "r", token: 1 }).ready()
      .accepted("m1", { sender: "r", token: 1 }));
});

Deno.test("S3 Accepts rejects after a restart a second letter of a send that has left no copy", () => {
  const send = (made: HandMade, call: number, id: string) =>
    made.called(call, X)
      .accepted(id, { sender: "r", token: call, mailboxes: [] })
      .letterAdded(id, "no_recipient", { mailbox: null });
  bad(
    "S3",
    /m1 is accepted again by bus#2/,
    (made) =>
      send(made, 1, "m1").resolved(1, "m1").busRestarted().ready()
        .accepted("m1", { sender: "r", token: 1 }),
  );
  bad("S3", /m2 is accepted although m1 of r had the same/, (made) =>
    send(
      send(made, 1, "m1").resolved(1, "m1").busRestarted().ready(),
      2,
      "m2",
    ));
  // Also of one whose sender was not told: its letter is kept when it is accepted.
  bad(
    "S3",
    /m1 is accepted again by bus#2/,
    (made) =>
      send(made, 1, "m1").busRestarted().ready()
        .accepted("m1", { sender: "r", token: 1, mailboxes: [] }),
  );
});

Deno.test("S3 Accepts rejects a second message with the same deduplicationId after a restart", () => {
  const again = (made: HandMade) =>
    made.called(2, X).accepted("m2", { sender: "r", token: 2 });
  const words = /m2 is accepted although m1 of r had the same/;
  bad("S3", words, (made) => again(restarted(made, X).wait(119_999).ready()));
  // Set back, the clock makes it no older; set forward, it is as much older.
  bad(
    "S3",
    words,
    (made) =>
      again(restarted(made.ready(), X).wallSet(-9e6).ready().wait(119_998)),
  );
  bad(
    "S3",
    words,
    (made) => again(restarted(made, X).wallSet(60_000).ready().wait(59_999)),
  );
  bad("S3", words, (made) =>
    again(
      restarted(made, X).ready().wait(60_000).busRestarted("bus#3").ready()
        .wait(59_999),
    ));
  bad("S3", words, (made) =>
    again(
      made.called(1, X).wait(50).busRestarted()
        .restored("m1", { b: 0 }, { sender: "r", token: 1, timestamp: 40 })
        .ready().wait(119_989),
    ));
  bad(
    "S3",
    words,
    (made) => again(backAfterSetBack(made, 60_000).wait(59_998)),
  );
});

Deno.test("Accepts passes a send that is made again when it is forgotten, or was never kept", () => {
  const again = (made: HandMade, requiresAck = true) =>
    made.called(2, { ...X, requiresAck })
      .accepted("m2", { sender: "r", token: 2, requiresAck });
  good((made) => again(restarted(made, X).ready().wait(120_000)));
  good((made) =>
    again(restarted(made, X).wallSet(60_000).ready().wait(60_000))
  );
  // Written by a clock that was set back, which has gone on by more than the window since.
  good((made) => again(backAfterSetBack(made, 130_000)));
  good((made) => {
    const unkept = { sender: "r", token: 1, requiresAck: false };
    return again(
      made.called(1, { ...X, requiresAck: false }).accepted("m1", unkept)
        .resolved(1, "m1").busRestarted().ready(),
      false,
    );
  });
});

Deno.test("Accepts passes a send that resolves to the first id after a restart", () => {
  good((made) => restarted(made, X).ready().called(2, X).resolved(2, "m1"));
});

Deno.test("S1 Accepts rejects a send that is confirmed after a restart of which nothing is back", () => {
  const words = /m1 was confirmed to r, and not accepted/;
  bad(
    "S1",
    words,
    (made) => made.called(1, BY_R).busRestarted().ready().resolved(1, "m1"),
  );
  // It was sent after what a rule has dropped.
  bad(
    "S1",
    words,
    (made) =>
      made.ruled(DROP).busRestarted().ready().wait(1).called(1, BY_R)
        .resolved(1, "m1"),
  );
});

Deno.test("Accepts passes a send of which a letter is back, or that a rule has dropped", () => {
  good((made) =>
    made.called(1, BY_R).busRestarted().letterRestored("m1", "no_recipient")
      .ready().resolved(1, "m1")
  );
  good((made) =>
    made.ruled(DROP).called(1, BY_R).busRestarted().ready()
      .resolved(1, "m1")
  );
  // One of the same deduplicationId is told the same, also later.
  good((made) =>
    made.ruled(DROP).called(1, X).busRestarted().ready().resolved(1, "m1")
      .wait(1).called(2, X).resolved(2, "m1")
  );
  good((made) =>
    made.ruled(DROP).called(1, X).busRestarted().ready().wait(1)
      .called(2, X).resolved(2, "m1")
  );
});

Deno.test("S2 Accepts rejects a letter of a message that was refused, or that nobody has sent", () => {
  const back = (made: HandMade) =>
    made.busRestarted().letterRestored("m1", "no_subscriber");
  bad("S2", /nobody has sent m1/, back);
  bad(
    "S2",
    /m1 is back after it was refused/,
    (made) => back(made.called(1, BY_R).rejected(1, "storage")),
  );
});

Deno.test("Accepts passes letters of an earlier life that are sent again", () => {
  good((made) =>
    restarted(made).letterRestored("m1", "rejected")
      .letterRestored("m1", "rejected", { mailbox: "c", id: "x1" }).ready()
      .called(2, { verb: "replay", letter: "m1", token: undefined })
      .accepted("m1", { sender: "r", token: 1 })
      .called(3, { verb: "replay", letter: "x1", token: undefined })
      .accepted("m1", { sender: "r", token: 1, mailboxes: ["c"] })
  );
  // What was refused is not remembered, also if its letter is back as a copy.
  good((made) =>
    made.called(1, X).letterAdded("m1", "routing_failed", { mailbox: null })
      .called(3, { verb: "replay", letter: "m1", token: undefined })
      .busRestarted()
      .restored("m1", { b: 0 }, { sender: "r", token: 1, timestamp: 0 }).ready()
      .called(2, X).accepted("m2", { sender: "r", token: 2 })
  );
});

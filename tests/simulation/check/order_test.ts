import { HandMade } from "./hand_made.ts";
import { Order } from "./order.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("a#1").joined("r#2", {
    local: false,
    process: "p1",
  });
}

const { bad, good } = trialOf(() => new Order(), begun);

Deno.test("O1 Order rejects a first start before that of an older message", () => {
  bad(
    "O1",
    /m1 of a is handed out of "b" after one that was accepted later/,
    (made) => made.accepted("m1").accepted("m2").started("m2").started("m1"),
  );
});

Deno.test("O1 Order rejects it also with others in between", () => {
  bad(
    "O1",
    /m2 of a is handed out/,
    (made) =>
      made.accepted("m1").accepted("m2").accepted("x", { sender: "c" })
        .accepted("m3").started("m1").ended("m1").started("x").started("m3")
        .started("m2"),
  );
});

Deno.test("O1 Order rejects it in each mailbox of its own", () => {
  bad(
    "O1",
    /m1 of a is handed out of "c"/,
    (made) =>
      made.accepted("m1", { mailboxes: ["b", "c"] })
        .accepted("m2", { mailboxes: ["b", "c"] })
        .started("m1").started("m2").started("m2", { mailbox: "c" })
        .started("m1", { mailbox: "c" }),
  );
});

Deno.test("O3 Order rejects messages that are accepted in another order than they were sent in, one after the other", () => {
  bad(
    "O3",
    /m1 of call 1 is accepted after that of call 2/,
    (made) =>
      made.called(1, { instance: "r#2", requiresAck: false }).resolved(1, "m1")
        .called(2, { instance: "r#2", requiresAck: false }).resolved(2, "m2")
        .accepted("m2", { token: 2, sender: "r", requiresAck: false })
        .accepted("m1", { token: 1, sender: "r", requiresAck: false }),
  );
});

Deno.test("O5 Order rejects another order of what was sent at the same time, also after a lost connection", () => {
  bad(
    "O5",
    /m1 of call 1 is accepted after that of call 2/,
    (made) =>
      made.called(1, { instance: "r#2" }).called(2, { instance: "r#2" })
        .told({ type: "connection_closed", remote: "r", agent: "r" })
        .accepted("m2", { token: 2, sender: "r" })
        .accepted("m1", { token: 1, sender: "r" }),
  );
  bad(
    "O5",
    /m1 of call 1 is accepted after that of call 2/,
    (made) =>
      made.called(1).called(2).accepted("m2", { token: 2 })
        .accepted("m1", { token: 1 }),
  );
});

Deno.test("O5 Order rejects it in a further life of the bus", () => {
  bad(
    "O5",
    /m1 of call 1 is accepted after that of call 2/,
    (made) =>
      made.called(1, { instance: "r#2" }).called(2, { instance: "r#2" })
        .accepted("m1", { token: 1, sender: "r" })
        .accepted("m2", { token: 2, sender: "r" })
        .busEnded().busStarted("bus#2")
        .accepted("m2", { token: 2, sender: "r" })
        .accepted("m1", { token: 1, sender: "r" }),
  );
});

Deno.test("Order passes what is not promised: other senders, priorities, mailboxes, retries", () => {
  good((made) =>
    made.accepted("m1").accepted("m2", { sender: "c" })
      .accepted("m3", { priority: 60 }).accepted("m4", { mailboxes: ["d"] })
      .started("m4").started("m3").started("m2").started("m1")
      .ended("m1", "nacked").requeued("m1", 9).accepted("m5").started("m5")
      .started("m1", { attempt: 2 })
  );
});

Deno.test("Order passes a message whose older neighbour is given up, or comes back from the dead", () => {
  good((made) =>
    made.accepted("m1").accepted("m2").letterAdded("m1", "expired")
      .started("m2").replayed("m1").started("m1")
  );
});

Deno.test("Order passes a send that was refused, or timed out, on a lost connection and is tried again", () => {
  good((made) =>
    made.called(1, { instance: "r#2" }).called(2, { instance: "r#2" })
      .letterAdded("m1", "routing_failed", { mailbox: null })
      .accepted("m2", { token: 2, sender: "r" })
      .accepted("m1", { token: 1, sender: "r" })
      .called(3, { instance: "r#2" }).called(4, { instance: "r#2" })
      .accepted("m4", { token: 4, sender: "r" }).wait(30_000)
      .accepted("m3", { token: 3, sender: "r" })
  );
});

Deno.test("Order passes what programs send to other agents, publish, or send once more", () => {
  good((made) =>
    made.called(1).called(2, { recipient: "c" })
      .accepted("m2", { token: 2, recipient: "c", mailboxes: ["c"] })
      .accepted("m1", { token: 1 })
      .called(3, { verb: "publish", topic: "t" })
      .called(4, { verb: "publish", topic: "t" })
      .accepted("m4", { token: 4, type: "publish", topic: "t" })
      .accepted("m3", { token: 3, type: "publish", topic: "t" })
      .called(5, { token: 9 }).called(6).called(7, { token: 9 })
      .accepted("m6", { token: 6 }).accepted("m5", { token: 9 })
  );
});

Deno.test("Order passes a message that waits for room for a rule's copy of it", () => {
  good((made) =>
    made.ruled({ action: { kind: "forward", recipient: "c" } })
      .called(1).called(2).accepted("m2", { token: 2 })
      .accepted("m1", { token: 1, mailboxes: ["b", "c"] })
  );
});

Deno.test("Order passes two of one message in a mailbox: one that waits there, and one that comes back from the dead", () => {
  const two = (made: HandMade) =>
    made.accepted("m1").accepted("m2").accepted("m3").accepted("m1")
      .started("m1");
  good((made) => two(made).started("m2").started("m1"));
  bad(
    "O1",
    /m2 of a is handed out/,
    (made) => two(made).started("m3").started("m2"),
  );
});

Deno.test("Order passes one that is back, and may have been handed out before, beside one of the same message", () => {
  good((made) =>
    made.busEnded().busStarted("bus#2", { hasStore: true })
      .accepted("m1").started("m1").busRestarted("bus#3")
      .restored("m1").accepted("m2").accepted("m1")
      .started("m1").started("m2").started("m1")
  );
});

Deno.test("O1 Order goes by the order in which copies are back, each in its own mailbox", () => {
  // Of m1, the copy of "c" was sent again after m2: it is back behind it.
  const back = (made: HandMade) =>
    made.restored("m1").restored("m2", { c: 0 }).restored("m1", { c: 0 });
  const from = { mailbox: "c" };
  good((made) => back(made).started("m2", from).started("m1", from));
  bad(
    "O1",
    /m2 of a is handed out of "c" after one that was accepted later/,
    (made) => back(made).started("m1", from).started("m2", from),
  );
});

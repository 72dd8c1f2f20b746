import { HandMade } from "./hand_made.ts";
import { Leases } from "./leases.ts";
import { trialOf, type Writer } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted("bus#1", { ackTimeoutMs: 100 })
    .joined("b#1").attached(1)
    .joined("r#2", { local: false, process: "p1" })
    .attached(2, { instance: "r#2", ackTimeoutMs: 50 })
    .accepted("m1", { mailboxes: ["direct b"] }).started("m1", { agent: "b" });
}

const trial = trialOf(() => new Leases(), begun);
const { good } = trial;
const bad = (words: RegExp, write: Writer) => trial.bad("K5", words, write);

Deno.test("K5 Leases rejects a lease that ends before its time", () => {
  bad(
    /m1 is taken back after 99 of 100 ms/,
    (made) => made.wait(99).ended("m1", "lease_ended"),
  );
});

Deno.test("K5 Leases rejects a lease that ends as if it had not been extended", () => {
  bad(
    /m1 is taken back after 40 of 100 ms/,
    (made) =>
      made.handling(1, "m1").wait(60).settling(1, "extend").wait(40)
        .ended("m1", "lease_ended"),
  );
});

Deno.test("K5 Leases rejects an extension by the holder of another lease", () => {
  bad(
    /m1 is in the hands of b for 101 ms, and may be for 100/,
    (made) =>
      made.handling(1, "m1").wait(100).ended("m1", "lease_ended").requeued("m1")
        .started("m1", { attempt: 2 }).settling(1, "extend").wait(101)
        .ended("m1", "acked", { attempt: 2 }),
  );
});

Deno.test("K5 Leases rejects a lease that goes on when its time is over", () => {
  bad(
    /m1 is in the hands of b for 101 ms/,
    (made) => made.wait(101).ended("m1"),
  );
  bad(
    /m1 is in the hands of b for 500 ms/,
    (made) => made.wait(500).snapshot({}, false),
  );
});

Deno.test("K5 Leases rejects the lease of a restored copy that ends before its time, or goes on", () => {
  const back = (made: HandMade) =>
    made.busRestarted().restored("m1", { "direct b": 1 })
      .started("m1", { attempt: 2, agent: "b" });
  bad(
    /m1 is taken back after 99 of 100 ms/,
    (made) => back(made).wait(99).ended("m1", "lease_ended", { attempt: 2 }),
  );
  bad(
    /m1 is in the hands of b for 101 ms/,
    (made) => back(made).wait(101).ended("m1", "acked", { attempt: 2 }),
  );
});

Deno.test("K5 Leases rejects the end of either lease of two copies of one message, when it is the time of neither", () => {
  bad(
    /m1 is taken back after 99 of 100 ms/,
    (made) =>
      made.wait(9).replayed("m1", ["direct b"]).started("m1", { agent: "b" })
        .wait(90).ended("m1", "lease_ended"),
  );
  good((made) =>
    made.wait(9).replayed("m1", ["direct b"]).started("m1", { agent: "b" })
      .wait(9).ended("m1").wait(82).ended("m1", "lease_ended")
  );
});

Deno.test("K5 Leases rejects a lease that goes by the time of the bus, not of its consumer", () => {
  bad(
    /m2 is in the hands of r for 100 ms, and may be for 50/,
    (made) =>
      made.accepted("m2", { mailboxes: ["direct r"] }).started("m2").wait(100)
        .ended("m2", "lease_ended"),
  );
});

Deno.test("K5 Leases rejects a lease that ends where no ack is required", () => {
  bad(
    /the lease of m2 ends, which requires no ack/,
    (made) =>
      made.accepted("m2", { requiresAck: false, mailboxes: ["direct b"] })
        .started("m2").wait(100)
        .ended("m2", "lease_ended"),
  );
});

Deno.test("Leases passes leases that end in time, by their holder or by themselves", () => {
  good((made) =>
    made.wait(100).ended("m1", "lease_ended").requeued("m1")
      .started("m1", { attempt: 2 }).wait(30)
      .ended("m1", "nacked", { attempt: 2 }).requeued("m1")
      .started("m1", { attempt: 3 }).handling(1, "m1", { attempt: 3 }).wait(90)
      .settling(1, "extend").wait(90).ended("m1", "acked", { attempt: 3 })
      .accepted("m2", { mailboxes: ["direct r"] }).started("m2").wait(50)
      .ended("m2", "lease_ended")
  );
});

Deno.test("Leases passes work that is given up as nobody waits for it, and what is for at most one delivery", () => {
  good((made) =>
    made.told({
      type: "delivery_ended",
      messageId: "m1",
      mailbox: "direct b",
      agent: "b",
      attempt: 1,
      outcome: "lease_ended",
      error: "cancelled",
    })
      .accepted("m2", { requiresAck: false, mailboxes: ["direct b"] }).started(
        "m2",
      ).wait(9_999)
      .snapshot({}, false).ended("m2")
  );
});

Deno.test("Leases passes an extension over a connection, whenever the bus has heard of it", () => {
  good((made) =>
    made.accepted("m2", { mailboxes: ["direct r"] }).started("m2").ended("m1")
      .handling(1, "m2", { consumer: 2 }).wait(40).settling(1, "extend")
      .wait(45).ended("m2", "lease_ended")
      .requeued("m2").started("m2", { attempt: 2 })
      .busEnded().wait(1_000).busStarted("bus#2")
  );
});

Deno.test("Leases passes an extension that may be of another of the agent's leases", () => {
  good((made) =>
    made.accepted("m2", { mailboxes: ["direct b", "local 1"] })
      .told({
        type: "subscribed",
        agent: "b",
        mailbox: "local 1",
        pattern: "t",
      })
      .started("m2").handling(1, "m2").wait(50)
      .started("m2", { agent: "b", mailbox: "local 1" }).wait(30)
      .settling(1, "extend").wait(20)
      .ended("m1").ended("m2", "lease_ended").requeued("m2")
      .wait(130).ended("m2", "acked", { agent: "b", mailbox: "local 1" })
  );
});

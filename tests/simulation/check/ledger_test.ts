import type { AgentInfo } from "../../../mod.ts";
import { HandMade } from "./hand_made.ts";
import { Ledger } from "./ledger.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Ledger(),
  () => new HandMade().busStarted(),
);

const agent = {
  name: "b",
  instances: 1,
  mailboxDepth: 0,
  inFlight: 0,
  lastSeen: 0,
  durable: false,
  subscriptions: [],
};

/** What a bus shows that has these agents, and one copy that is not finished. */
function onePending(agents: readonly AgentInfo[]) {
  return {
    agents,
    stats: { pendingMessages: 1 },
    backpressure: { pending: 1 },
  };
}

Deno.test("Ledger rejects a copy that the bus holds and has not told of", () => {
  bad(
    "conservation",
    /pending copies are 2 as shown, and 1 as told/,
    (made) => made.accepted("m1").gauges(2),
  );
});

Deno.test("Ledger rejects a copy that is still counted when it is acknowledged", () => {
  bad(
    "conservation",
    /pending copies are 1 as shown, and 0/,
    (made) => made.accepted("m1").started("m1").ended("m1").gauges(1),
  );
});

Deno.test("Ledger rejects bytes that are given back for another message than they were taken for", () => {
  bad(
    "conservation",
    /pending bytes are 20 as shown, and 10/,
    (made) =>
      made.accepted("m1", { bytes: 10 }).accepted("m2", { bytes: 20 })
        .gauges(2, 30).started("m2").ended("m2").gauges(1, 20),
  );
});

Deno.test("Ledger rejects figures that are negative", () => {
  bad(
    "conservation",
    /no figure is ever negative: -1/,
    (made) => made.accepted("m1").gauges(1, 10, { waiting: -1 }),
  );
});

Deno.test("S6 Ledger rejects a second lease of a copy that is handed out", () => {
  bad(
    "S6",
    /cannot start as it is leased/,
    (made) => made.accepted("m1").started("m1").started("m1", { attempt: 2 }),
  );
});

Deno.test("Ledger rejects a start of a copy that has ended", () => {
  bad(
    "conservation",
    /cannot start as it is not there/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("Ledger rejects a start out of a mailbox where the copy is not", () => {
  bad(
    "conservation",
    /"direct c" cannot start as it is not there/,
    (made) => made.accepted("m1").started("m1", { mailbox: "direct c" }),
  );
});

Deno.test("Ledger rejects the end of a delivery that another has, or another attempt", () => {
  bad(
    "conservation",
    /in the hands of b for the 1. time, not of c/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "acked", { agent: "c" }),
  );
  bad(
    "conservation",
    /for the 1. time, not of b for the 2./,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "acked", { attempt: 2 }),
  );
});

Deno.test("Ledger rejects a copy that waits again though its delivery has not ended", () => {
  bad(
    "conservation",
    /cannot wait again as it is leased/,
    (made) => made.accepted("m1").started("m1").requeued("m1"),
  );
});

Deno.test("Ledger rejects a copy that is nowhere after its delivery has ended", () => {
  for (
    const outcome of ["nacked", "rejected", "lease_ended", "returned"] as const
  ) {
    bad(
      "conservation",
      new RegExp(`m1 is nowhere: .* ended ${outcome}`),
      (made) =>
        made.accepted("m1").started("m1").ended("m1", outcome).gauges(0),
    );
  }
});

Deno.test("Ledger rejects two letters of one copy, and a letter of one that is handed out", () => {
  bad(
    "conservation",
    /cannot be given up as it is not there/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "rejected")
        .letterAdded("m1", "rejected").letterAdded("m1", "rejected", {
          id: "l2",
        }),
  );
  bad(
    "conservation",
    /cannot be given up as it is leased/,
    (made) => made.accepted("m1").started("m1").letterAdded("m1", "expired"),
  );
});

Deno.test("Ledger rejects a message that is accepted for nobody and vanishes", () => {
  bad(
    "conservation",
    /m1 had no copy, and is neither dropped nor dead/,
    (made) => made.accepted("m1", { mailboxes: [] }).gauges(0),
  );
});

Deno.test("Ledger rejects a depth that is not what waits", () => {
  bad(
    "conservation",
    /messages that wait for b are 0 as shown, and 1/,
    (made) =>
      made.accepted("m1", { mailboxes: ["direct b"] }).gauges(1)
        .snapshot(onePending([agent])),
  );
});

Deno.test("Ledger rejects a depth of a group that is not what waits", () => {
  const subscriptions = [{ pattern: "t.*", queue: "q", mailboxDepth: 2 }];
  bad(
    "conservation",
    /wait for the group q are 2 as shown, and 1/,
    (made) =>
      made.accepted("m1", { mailboxes: ["queue q t.*"] }).gauges(1)
        .snapshot(onePending([{ ...agent, subscriptions }])),
  );
});

Deno.test("Ledger rejects a figure of messages in hand that is not what was handed out", () => {
  bad(
    "conservation",
    /messages in hand of b are 2 as shown, and 1/,
    (made) =>
      made.accepted("m1").started("m1").gauges(1)
        .snapshot(onePending([{ ...agent, inFlight: 2 }])),
  );
});

Deno.test("Ledger rejects statistics that show another figure than backpressure does", () => {
  bad(
    "conservation",
    /pending messages are 2 as shown, and 1/,
    (made) =>
      made.accepted("m1").gauges(1)
        .snapshot({
          stats: { pendingMessages: 2 },
          backpressure: { pending: 1 },
        }),
  );
});

Deno.test("Ledger rejects backpressure that shows another figure than was told", () => {
  bad(
    "conservation",
    /pending copies are 2 as shown, and 1/,
    (made) =>
      made.accepted("m1").gauges(1)
        .snapshot({
          stats: { pendingMessages: 2 },
          backpressure: { pending: 2 },
        }),
  );
});

Deno.test("Ledger rejects an agent that has something in hand and is not there", () => {
  bad(
    "conservation",
    /b has messages in hand, and is not shown/,
    (made) =>
      made.accepted("m1").started("m1").gauges(1)
        .snapshot(onePending([])),
  );
});

Deno.test("S1 Ledger rejects a message that is in somebody's hands when nothing is left to happen", () => {
  bad(
    "S1",
    /m1 is leased in "direct b"/,
    (made) =>
      made.accepted("m1", { mailboxes: ["direct b"] })
        .started("m1", { agent: "b" }).gauges(1).quiescent(),
  );
});

Deno.test("S1 Ledger rejects a message that waits for ever where somebody would take it", () => {
  bad(
    "S1",
    /m1 is waiting in "direct b"/,
    (made) =>
      made.joined("b#1").attached(1)
        .accepted("m1", { mailboxes: ["direct b"] }).gauges(1).quiescent(),
  );
  bad(
    "S1",
    /m1 is waiting in "queue q t"/,
    (made) =>
      made.joined("b#1").attached(1, {
        kind: "topic",
        pattern: "t",
        queue: "q",
      })
        .accepted("m1", { mailboxes: ["queue q t"] }).gauges(1).quiescent(),
  );
});

Deno.test("Ledger rejects a bus that closes with something in it", () => {
  bad(
    "conservation",
    /m1 is waiting in "b" of a closed bus/,
    (made) => made.accepted("m1").gauges(1).told({ type: "closed" }),
  );
});

Deno.test("Ledger passes redelivery, dead letters, drops and replays", () => {
  good((made) =>
    made.accepted("m1").started("m1").ended("m1", "nacked").requeued("m1", 50)
      .gauges(1).started("m1", { attempt: 2 }).ended("m1", "returned", {
        attempt: 2,
      })
      .requeued("m1").started("m1", { attempt: 3 })
      .ended("m1", "lease_ended", { attempt: 3 })
      .letterAdded("m1", "handler_failed").gauges(0)
      .replayed("m1").letterRemoved("m1", "replayed").gauges(1)
      .dropped("m1", "undeliverable").gauges(0)
      .quiescent().told({ type: "closed" })
  );
});

Deno.test("Ledger passes what no mailbox has had: refused, dropped, dead on arrival, and replies", () => {
  good((made) =>
    made.letterAdded("m1", "too_large", { mailbox: null })
      .accepted("m2", { mailboxes: [] }).dropped("m2", "no_subscriber", null)
      .accepted("m3", { mailboxes: [] })
      .letterAdded("m3", "no_recipient", { mailbox: null })
      .accepted("r1", { mailboxes: [], type: "response", requestId: "m0" })
      .gauges(0)
  );
});

Deno.test("Ledger passes a responder that throws: its request is answered", () => {
  good((made) =>
    made.accepted("m1", { type: "request", mailboxes: ["requests b"] })
      .started("m1").ended("m1", "nacked")
      .accepted("r1", { mailboxes: [], type: "error", requestId: "m1" })
      .gauges(0)
  );
});

Deno.test("Ledger passes two copies of a message in one mailbox, of which one came back", () => {
  good((made) =>
    made.accepted("m1", { mailboxes: ["direct b"] })
      .letterAdded("m1", "no_recipient", { mailbox: null })
      .started("m1").replayed("m1", ["direct b"]).gauges(2)
      .started("m1").ended("m1").ended("m1").gauges(0)
  );
});

Deno.test("Ledger passes two copies of a message that two have in hand for the first time", () => {
  const [b, c] = [{ agent: "b" }, { agent: "c" }];
  good((made) =>
    made.accepted("m1", { mailboxes: ["queue q"] })
      .letterAdded("m1", "no_recipient", { mailbox: null })
      .started("m1", b).replayed("m1", ["queue q"]).started("m1", c)
      .ended("m1", "acked", c).gauges(1).ended("m1", "acked", b).gauges(0)
  );
});

Deno.test("Ledger passes room that is reserved while rules run", () => {
  good((made) => made.accepted("m1").gauges(2, 500, { reserved: 1 }));
});

Deno.test("Ledger passes what is kept for an agent that is away, and a killed bus", () => {
  good((made) =>
    made.joined("b#1", { durable: true }).attached(1)
      .add({ type: "left", instance: "b#1" })
      .accepted("m1", { mailboxes: ["direct b"] }).gauges(1)
      .snapshot(onePending([
        { ...agent, instances: 0, durable: true, mailboxDepth: 1 },
      ]))
      .quiescent().busEnded().busStarted("bus#2").gauges(0)
  );
});

Deno.test("Ledger passes an agent that has something in hand where it takes nothing more", () => {
  good((made) =>
    made.joined("b#1").attached(1).accepted("m1").started("m1").gauges(1)
      .detached(1, "drain")
      .snapshot(onePending([{ ...agent, inFlight: 1 }]), false)
  );
});

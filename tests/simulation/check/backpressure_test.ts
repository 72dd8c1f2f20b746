import type { BusSettings } from "../history.ts";
import { Backpressure } from "./backpressure.ts";
import { HandMade } from "./hand_made.ts";
import { passes } from "./rejects.ts";
import { trialOf } from "./trial.ts";

const TIGHT: Partial<BusSettings> = {
  maxPending: 10,
  maxPendingBytes: 100,
  waitTimeoutMs: 1_000,
};

function begun(settings: Partial<BusSettings> = TIGHT): HandMade {
  return new HandMade().busStarted("bus#1", settings).joined("a#1")
    .joined("b#1").joined("c#1", { local: false, process: "p1" })
    .attached(1);
}

const { bad, good } = trialOf(() => new Backpressure(), begun);

function signal(made: HandMade, saturated: boolean, waiting = 0, pending = 0) {
  return made.told({ type: "backpressure", saturated, pending, waiting });
}

function many(made: HandMade, count: number): HandMade {
  for (let index = 0; index < count; index++) made.accepted(`many${index}`);
  return made;
}

Deno.test("B1 Backpressure rejects a room that is never given back, or given back twice", () => {
  bad(
    "B1",
    /1 copies are pending, 0 of them reserved, and 0 are not finished/,
    (made) => made.accepted("m1").started("m1").ended("m1").gauges(1),
  );
  bad(
    "B1",
    /0 copies are pending, 0 of them reserved, and 1 are not finished/,
    (made) =>
      made.accepted("m1").accepted("m2").dropped("m1", "overflow").gauges(0),
  );
  bad(
    "B1",
    /2 copies are pending, 2 of them reserved, and 1 are not finished/,
    (made) => made.accepted("m1").gauges(2, 20, { reserved: 2 }),
  );
});

Deno.test("B1 Backpressure rejects what is over a limit", () => {
  bad(
    "B1",
    /11 copies of 50 bytes are pending/,
    (made) => many(made, 11).gauges(11, 50),
  );
  bad(
    "B1",
    /2 copies of 101 bytes are pending/,
    (made) => many(made, 2).gauges(2, 101),
  );
  bad("B1", /-1 senders waiting/, (made) => made.gauges(0, 0, { waiting: -1 }));
  bad("B1", /NaN bytes/, (made) => made.gauges(0, NaN));
});

Deno.test("B2 Backpressure rejects a refusal that comes early, late, or not", () => {
  bad(
    "B2",
    /call 1 was refused after 999 ms, and not 1000/,
    (made) => made.called(1).wait(999).rejected(1, "backpressure_timeout"),
  );
  bad(
    "B2",
    /call 1 was refused after 1051 ms/,
    (made) => made.called(1).wait(1_051).rejected(1, "backpressure_timeout"),
  );
  bad(
    "B2",
    /call 1 still waits after 1051 ms/,
    (made) => many(made.called(1), 10).wait(1_051).gauges(10),
  );
});

Deno.test("B2 Backpressure rejects a message that was refused, and accepted", () => {
  bad(
    "B2",
    /call 1 was refused for want of room, and accepted/,
    (made) =>
      made.called(1, { token: 7 }).wait(1_000)
        .rejected(1, "backpressure_timeout").accepted("m1", { token: 7 }),
  );
  bad(
    "B2",
    /call 1 was refused for want of room, and accepted/,
    (made) =>
      made.called(1, { token: 7 }).accepted("m1", { token: 7 }).wait(1_000)
        .rejected(1, "backpressure_timeout"),
  );
});

Deno.test("B3 Backpressure rejects a wait while there is room", () => {
  bad(
    "B3",
    /1 senders wait though nothing is full/,
    (made) => made.gauges(0, 0, { waiting: 1 }),
  );
  bad(
    "B3",
    /2 senders wait though nothing is full/,
    (made) => made.accepted("m1").gauges(1, 10, { waiting: 2 }),
    { ...TIGHT, maxPendingBytes: 1_000_000 },
  );
});

Deno.test("B3 Backpressure rejects a sender that is overtaken", () => {
  bad(
    "B3",
    /call 1 still waits, and call 2 that came later does not/,
    (made) =>
      made.called(1).called(2, { instance: "b#1", token: 2 })
        .accepted("m2", { token: 2 }),
  );
});

Deno.test("B3 Backpressure lets a send to nobody go past, also before its sender is told", () => {
  good((made) =>
    made.called(1).accepted("m1", { token: 1, mailboxes: [] })
      .called(2, { instance: "b#1", token: 2 }).accepted("m2", { token: 2 })
  );
});

Deno.test("B4 Backpressure rejects signals that come twice, or are not true", () => {
  bad(
    "B4",
    /the bus said twice that it was full/,
    (made) => signal(signal(made, true, 1), true, 1),
  );
  bad(
    "B4",
    /the bus said twice that it was free/,
    (made) => signal(made, false),
  );
  bad(
    "B4",
    /the bus said it was full with 0 pending and 0 waiting/,
    (made) => signal(made, true),
  );
  bad(
    "B4",
    /the bus said it was free with 10 pending/,
    (made) => signal(signal(made, true, 1), false, 0, 10),
  );
});

Deno.test("B6 Backpressure rejects an ack that a full bus does not take", () => {
  bad(
    "B6",
    /the ack of m1 was not taken by a full bus/,
    (made) =>
      made.accepted("m1").started("m1").handling(1, "m1")
        .gauges(1, 10, { waiting: 1 }).settling(1),
    { ...TIGHT, maxPendingBytes: 10 },
  );
});

Deno.test("B7 Backpressure rejects a counter that is not 0 when all is quiet", () => {
  const quiet = { pending: 0, pendingBytes: 0, reserved: 0, waiting: 0 };
  for (const name of ["pending", "pendingBytes", "reserved", "waiting"]) {
    bad(
      "B7",
      /all is quiet with/,
      (made) => made.snapshot({ backpressure: { ...quiet, [name]: 1 } }),
    );
  }
  bad("B7", /and 3 requests/, (made) => made.snapshot({ requests: 3 }));
});

Deno.test("B7 Backpressure rejects a copy that waits for somebody who is there", () => {
  const agent = {
    name: "b",
    instances: 1,
    mailboxDepth: 1,
    inFlight: 0,
    lastSeen: 0,
    durable: true,
    subscriptions: [],
  };
  const parked = { pending: 1, pendingBytes: 10 };
  bad(
    "B7",
    /1 copies \(10 bytes\) pending, 0 of them for those who are away/,
    (made) =>
      made.accepted("m1", { mailboxes: ["direct b"] })
        .snapshot({ backpressure: parked, agents: [agent] }),
  );
  good((made) =>
    made.accepted("m1", { mailboxes: ["direct b"] }).snapshot({
      backpressure: parked,
      agents: [{ ...agent, instances: 0 }],
    })
  );
});

Deno.test("Backpressure passes copies that end in every way", () => {
  good((made) => {
    many(made, 6).gauges(6).started("many0").ended("many0").gauges(5)
      .dropped("many1", "overflow").letterAdded("many2", "expired")
      .started("many3").ended("many3", "nacked").requeued("many3", 5)
      .gauges(3).letterRemoved("many2", "replayed");
    made.accepted("q", {
      type: "request",
      requestId: "q",
      mailboxes: ["requests b"],
    }).started("q").ended("q", "nacked").accepted("r", {
      type: "error",
      requestId: "q",
      mailboxes: [],
    }).gauges(3).busEnded().busStarted("bus#2").accepted("m1").gauges(1);
  });
});

Deno.test("Backpressure passes a message that is larger than all there is room for, alone", () => {
  good((made) => made.accepted("m1").gauges(1, 5_000));
});

Deno.test("Backpressure passes senders that wait, in order, and are refused in time", () => {
  good((made) =>
    many(made, 10).called(1).called(2, { token: 2 })
      .gauges(10, 100, { waiting: 2 }).started("many0").together((step) =>
        step.ended("many0").accepted("m1", { token: 1 }).resolved(1)
          .gauges(10, 100, { waiting: 1 })
      ).wait(1_000).rejected(2, "backpressure_timeout").gauges(10)
  );
  good((made) =>
    made.called(1).called(2, { token: 2 }).together((step) =>
      step.accepted("m2", { token: 2 }).resolved(2).rejected(1, "closed")
    )
  );
});

Deno.test("Backpressure passes a message that was accepted by a bus that died, and then refused", () => {
  good((made) =>
    made.called(1, { instance: "c#1", token: 7 })
      .accepted("m1", { token: 7 }).busEnded().busStarted("bus#2")
      .wait(1_500).rejected(1, "backpressure_timeout")
  );
});

Deno.test("Backpressure passes signals in turn, and an ack that is taken, or comes too late", () => {
  good((made) => {
    signal(signal(signal(made, true, 1), false, 0, 9), true, 1);
    made.accepted("m1").started("m1").handling(1, "m1")
      .accepted("m2").started("m2").handling(2, "m2");
    many(made, 8).gauges(10, 100, { waiting: 1 })
      .together((step) => step.settling(1).ended("m1"))
      .ended("m2", "lease_ended").requeued("m2").settling(2);
  });
});

Deno.test("Backpressure passes senders that wait for a mailbox, for letters to go, or for many recipients", () => {
  const waits = (settings: Partial<BusSettings>, figures = {}) => {
    const made = begun(settings);
    made.accepted("m1").gauges(1, 10, { waiting: 1, ...figures });
    passes(new Backpressure(), made);
  };
  const roomy = { ...TIGHT, maxPendingBytes: 1_000_000 };
  waits({ ...roomy, maxMailboxMessages: 1 });
  waits({ ...roomy, maxDeadLetters: 1 }, { letters: 1 });
  waits({ ...roomy, maxPending: 2 });
  waits({ ...roomy, maxPendingBytes: 15_000 });
  const made = begun(roomy);
  for (const mailbox of ["t1", "t2", "t3", "t4"]) {
    made.told({ type: "subscribed", agent: "b", mailbox, pattern: ">" })
      .told({ type: "agent_joined", agent: mailbox, instances: 1 });
  }
  many(made, 2).gauges(2, 20, { waiting: 1 });
  passes(new Backpressure(), made);
});

Deno.test("Backpressure passes waits that are no waits for room", () => {
  good((made) =>
    made.ruled({ handler: "wait" }).called(1).called(2, {
      instance: "b#1",
      token: 2,
    })
      .accepted("m2", { token: 2 }).wait(9_000).accepted("m1", { token: 1 })
      .gauges(2)
  );
  good((made) =>
    made.called(1, { verb: "request", recipient: "b" })
      .called(2, { instance: "c#1", token: 2 })
      .called(3, { deduplicationId: "x", token: 3 }).accepted("m1", {
        token: 1,
      }).wait(1_500).gauges(1).rejected(3, "backpressure_timeout")
  );
  good((made) =>
    made.called(1).called(2, { token: 2 })
      .accepted("m2", { token: 2, mailboxes: [] })
  );
});

Deno.test("Backpressure says nothing of acks whose delivery cannot be told from another", () => {
  good((made) =>
    made.together((step) =>
      step.accepted("m1", { mailboxes: ["t1", "t2"] })
        .started("m1", { mailbox: "t1", agent: "b" })
        .started("m1", { mailbox: "t2", agent: "b" }).handling(1, "m1")
        .handling(2, "m1")
    ).gauges(2, 20, { waiting: 1 })
      .together((step) =>
        step.settling(1).ended("m1", "acked", { mailbox: "t2", agent: "b" })
      ).attached(5, { kind: "requests" }).handling(3, "m1", { consumer: 5 })
      .settling(3)
  );
});

import { HandMade } from "./hand_made.ts";
import { Topics } from "./topics.ts";
import { trialOf, type Writer } from "./trial.ts";

const published = { type: "publish", topic: "t.a" } as const;
const publish = { verb: "publish", topic: "t.a" } as const;

/** One subscription of `b`, told by the bus and known to its program. */
function subscribed(
  made: HandMade,
  consumer: number,
  mailbox: string,
  { queue, durable, instance = "b#1", pattern = "t.*" }: {
    queue?: string;
    durable?: string;
    instance?: string;
    pattern?: string;
  } = {},
): HandMade {
  const agent = instance.replace(/#.*/, "");
  return made.told({ type: "subscribed", agent, mailbox, pattern, queue })
    .attached(consumer, { instance, kind: "topic", pattern, queue, durable });
}

function begun(): HandMade {
  const made = new HandMade().busStarted().joined("a#1").joined("b#1")
    .joined("r#2", { local: false, process: "p1" });
  return subscribed(made, 1, "local 1");
}

const trial = trialOf(() => new Topics(), begun);
const { good } = trial;
const bad = (words: RegExp, write: Writer) => trial.bad("S5", words, write);

Deno.test("S5 Topics rejects a publish without a copy for who had subscribed", () => {
  bad(
    /m1 has 0 copies for "private b t\.\*", which are 1/,
    (made) =>
      made.called(1, publish).accepted("m1", { ...published, mailboxes: [] }),
  );
});

Deno.test("S5 Topics rejects a publish with a copy for one of two subscriptions of an agent", () => {
  bad(
    /m1 has 1 copies for "private b t\.\*", which are 2/,
    (made) =>
      subscribed(made, 2, "local 2").called(1, publish)
        .accepted("m1", { ...published, mailboxes: ["local 1"] }),
  );
});

Deno.test("S5 Topics rejects a publish without a copy for a group, or a durable subscription", () => {
  bad(
    /m1 has 0 copies for "queue q"/,
    (made) =>
      subscribed(made, 2, "queue q t.*", { queue: "q" }).called(1, publish)
        .accepted("m1", { ...published, mailboxes: ["local 1"] }),
  );
  bad(
    /m1 has 0 copies for "durable b d"/,
    (made) =>
      subscribed(made, 2, "durable b d", { durable: "d" }).called(1, publish)
        .accepted("m1", { ...published, mailboxes: ["local 1"] }),
  );
});

Deno.test("S5 Topics rejects a publish without a copy for a subscriber in another process", () => {
  bad(
    /m1 has 0 copies for "private r t\.>"/,
    (made) =>
      subscribed(made, 2, "private x 1", { instance: "r#2", pattern: "t.>" })
        .called(1, publish)
        .accepted("m1", { ...published, mailboxes: ["local 1"] }),
  );
});

Deno.test("S5 Topics rejects two copies for one subscription, or one group", () => {
  bad(/m1 has two copies in one mailbox/, (made) =>
    made.called(1, publish)
      .accepted("m1", { ...published, mailboxes: ["local 1", "local 1"] }));
  bad(
    /m1 goes to the group of queue q 2 times/,
    (made) =>
      made.called(1, publish).accepted("m1", {
        ...published,
        mailboxes: ["local 1", "queue q t.*", "queue q >"],
      }),
  );
});

Deno.test("S5 Topics rejects a subscriber that is handed what its pattern does not stand for", () => {
  bad(
    /b handles m1 of "u" for its "t\.\*"/,
    (made) => made.handling(1, "m1", { type: "publish", topic: "u" }),
  );
});

Deno.test("S5 Topics rejects a broadcast to its own sender", () => {
  bad(
    /m1 is a broadcast of a, and goes to a/,
    (made) =>
      made.called(1, { verb: "broadcast" }).accepted("m1", {
        recipient: undefined,
        mailboxes: ["direct a"],
      }),
  );
});

Deno.test("S5 Topics rejects a broadcast that leaves out who receives, or whose mailbox is durable", () => {
  bad(
    /m1 has 0 copies for "direct b"/,
    (made) =>
      made.attached(2).called(1, { verb: "broadcast" })
        .accepted("m1", { recipient: undefined, mailboxes: [] }),
  );
  bad(
    /m1 has 0 copies for "direct c"/,
    (made) =>
      made.joined("c#3", { durable: true }).called(1, { verb: "broadcast" })
        .accepted("m1", { recipient: undefined, mailboxes: [] }),
  );
});

Deno.test("S5 Topics rejects a publish that found nobody and came to the wrong end", () => {
  bad(
    /m1 found nobody, and is dead by no_subscriber/,
    (made) =>
      made.accepted("m1", {
        type: "publish",
        topic: "u",
        requiresAck: false,
        mailboxes: [],
      }).letterAdded("m1", "no_subscriber", { mailbox: null }),
  );
  bad(
    /m1 found nobody, and is dropped by no_subscriber/,
    (made) =>
      made.accepted("m1", { type: "publish", topic: "u", mailboxes: [] })
        .dropped("m1", "no_subscriber", null),
  );
});

Deno.test("Topics passes publishes and broadcasts that go where they should", () => {
  good((made) => {
    subscribed(made, 2, "local 2");
    subscribed(made, 3, "queue q t.*", { queue: "q" });
    subscribed(made, 4, "queue q >", { queue: "q", pattern: ">" });
    return made.attached(5).called(1, publish)
      .accepted("m1", {
        ...published,
        mailboxes: ["local 1", "local 2", "queue q >"],
      })
      .handling(1, "m1", { ...published })
      .called(2, { verb: "broadcast" })
      .accepted("m2", { recipient: undefined, mailboxes: ["direct b"] })
      .accepted("m3", { type: "publish", topic: "u", mailboxes: [] })
      .letterAdded("m3", "no_subscriber", { mailbox: null })
      .accepted("m4", {
        type: "publish",
        topic: "u",
        requiresAck: false,
        mailboxes: [],
      })
      .dropped("m4", "no_subscriber", null);
  });
});

Deno.test("Topics passes a publish that began before the subscription was there", () => {
  good((made) =>
    subscribed(made.called(1, publish), 2, "local 2")
      .accepted("m1", { ...published, mailboxes: ["local 1"] })
  );
});

Deno.test("Topics passes a publish that is accepted when the subscription is to end, or has", () => {
  good((made) =>
    made.called(1, publish).detached(1)
      .accepted("m1", { ...published, mailboxes: [] })
      .letterAdded("m1", "no_subscriber", { mailbox: null })
  );
});

Deno.test("Topics passes a subscriber whose connection was lost, and one of an earlier life of the bus", () => {
  good((made) =>
    subscribed(made, 2, "private x 1", { instance: "r#2" })
      .told({ type: "agent_left", agent: "r", instances: 0 })
      .called(1, publish)
      .accepted("m1", { ...published, mailboxes: ["local 1"] })
      .busEnded().busStarted("bus#2").joined("a#4").called(2, {
        ...publish,
        instance: "a#4",
      })
      .accepted("m2", { ...published, mailboxes: [] })
      .letterAdded("m2", "no_subscriber", { mailbox: null })
  );
});

Deno.test("Topics passes a subscriber that hears of it when its connection is lost already", () => {
  const facts = { instance: "r#2", kind: "topic", pattern: "t.*" } as const;
  const subscription = { agent: "r", mailbox: "private x 1", pattern: "t.*" };
  good((made) => {
    const consumer = { consumer: 2, agent: "r", concurrency: 1, ...facts };
    made.add({ type: "attaching", consumer })
      .told({ type: "subscribed", ...subscription })
      .told({ type: "agent_left", agent: "r", instances: 0 })
      .add({ type: "attached", consumer: 2 })
      .called(1, publish)
      .accepted("m1", { ...published, mailboxes: ["local 1"] });
  });
});

Deno.test("Topics passes what a rule may have sent elsewhere", () => {
  good((made) =>
    made.ruled({ enabled: false, action: { kind: "drop" } }).called(1, publish)
      .accepted("m1", { ...published, mailboxes: [] })
      .dropped("m1", "rule", null)
  );
});

Deno.test("Topics passes a subscriber that hears late from a bus that has died, and is not known to the next", () => {
  good((made) =>
    made.busEnded().busStarted("bus#2").joined("a#4")
      .attached(2, { instance: "r#2", kind: "topic", pattern: "t.*" })
      .called(1, { ...publish, instance: "a#4" })
      .accepted("m1", { ...published, mailboxes: [] })
      .letterAdded("m1", "no_subscriber", { mailbox: null })
  );
});

import assert from "node:assert/strict";
import type { Consumer, ConsumerSpec } from "../../bus/consumer.ts";
import { Copy } from "../../bus/copy.ts";
import { Dispatcher } from "../../bus/dispatcher.ts";
import { WholeEnvelope } from "../../bus/envelope.ts";
import { MessageRecord } from "../../bus/message_record.ts";
import type { Lease } from "../../bus/lease.ts";
import { Attachment, Mailbox, type MailboxOptions } from "../../bus/mailbox.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

/** A mailbox whose starts are noted; a started copy stays in hand. */
function open(options: Partial<MailboxOptions> = {}) {
  const clock = new VirtualClock();
  const started: string[] = [];
  const room = { told: 0 };
  const mailbox = new Mailbox({
    agent: "b",
    kind: "direct",
    maxMessages: 3,
    overflow: "wait",
    agingStepMs: 1_000,
    monotonic: () => clock.monotonic(),
    dispatcher: new Dispatcher({
      soon: (task) => void Promise.resolve().then(task),
      later: (task) => void Promise.resolve().then(task),
    }),
    start: (copy, attachment) => {
      // A lease as a mailbox sees one: a thing that is in hand.
      attachment.leases.add({ copy } as Lease);
      started.push(`${copy.seq} to ${attachment.agent}`);
      return true;
    },
    onRoom: () => room.told++,
    onParked: () => {},
    ...options,
  });
  return { clock, started, room, mailbox };
}

let seq = 0;

function copyFor(
  mailbox: Mailbox,
  { priority = 50, at = 0 }: { priority?: number; at?: number } = {},
): Copy {
  const envelope = WholeEnvelope.ofValue(
    {
      id: "m",
      type: "direct",
      sender: "a",
      priority,
      timestamp: 0,
      requiresAck: true,
    },
    null,
    4,
  );
  return new Copy({
    seq: ++seq,
    acceptedAt: at,
    envelope,
    mailbox,
    record: new MessageRecord(envelope, [], 0),
    kept: undefined,
  });
}

function attach(
  mailbox: Mailbox,
  agent: string,
  { concurrency = 1, ready = () => true }: {
    concurrency?: number;
    ready?: () => boolean;
  } = {},
): Attachment {
  const consumer: Consumer<Lease> = {
    ready,
    take: () => {},
    ended: () => {},
    granted: () => {},
  };
  const spec: ConsumerSpec = { kind: "direct", concurrency };
  const attachment = new Attachment(agent, mailbox, consumer, spec);
  mailbox.attach(attachment);
  return attachment;
}

Deno.test("Mailbox hands out what waits once there is a consumer, within its concurrency", async () => {
  const { clock, started, mailbox } = open();
  const copies = [1, 2, 3].map(() => copyFor(mailbox));
  for (const copy of copies) mailbox.put(copy);
  await clock.advance(0);
  assert.deepEqual(started, []);
  assert.equal(mailbox.waiting, 3);
  attach(mailbox, "b", { concurrency: 2 });
  assert.deepEqual(started, [], "not inside attach");
  await clock.advance(0);
  assert.deepEqual(
    started,
    copies.slice(0, 2).map((copy) => `${copy.seq} to b`),
  );
  assert.deepEqual([mailbox.waiting, mailbox.inFlight], [1, 2]);
});

Deno.test("Mailbox gives to the consumer with the least in hand, in turn among equals", async () => {
  const { clock, started, mailbox } = open();
  for (const agent of ["x", "y", "z"]) {
    attach(mailbox, agent, { concurrency: 2 });
  }
  for (let count = 0; count < 6; count++) mailbox.put(copyFor(mailbox));
  await clock.advance(0);
  const agents = started.map((entry) => entry.split(" to ")[1]);
  assert.deepEqual(agents.slice(0, 3).sort(), ["x", "y", "z"]);
  assert.deepEqual(agents.slice(3).sort(), ["x", "y", "z"]);
});

Deno.test("Mailbox passes over a consumer that is not ready, and asks again when woken", async () => {
  const { clock, started, mailbox } = open();
  let isReady = false;
  attach(mailbox, "b", { ready: () => isReady });
  mailbox.put(copyFor(mailbox));
  await clock.advance(0);
  assert.equal(started.length, 0);
  isReady = true;
  mailbox.wake();
  await clock.advance(0);
  assert.equal(started.length, 1);
});

Deno.test("Mailbox.dispatch() takes the most urgent, with its age", async () => {
  const { clock, started, mailbox } = open();
  const old = copyFor(mailbox, { priority: 10, at: 0 });
  mailbox.put(old);
  await clock.advance(5_000);
  const fresh = copyFor(mailbox, { priority: 14, at: 5_000 });
  const urgent = copyFor(mailbox, { priority: 16, at: 5_000 });
  mailbox.put(fresh);
  mailbox.put(urgent);
  attach(mailbox, "b", { concurrency: 3 });
  await clock.advance(0);
  assert.deepEqual(
    started,
    [urgent, old, fresh].map((copy) => `${copy.seq} to b`),
  );
});

Deno.test("Mailbox.dispatch() does not count a copy that was found expired", () => {
  let isExpired = true;
  const { mailbox } = open({ start: () => !isExpired });
  attach(mailbox, "b", { concurrency: 9 });
  mailbox.put(copyFor(mailbox));
  mailbox.put(copyFor(mailbox));
  assert.equal(mailbox.dispatch(1), 0);
  assert.equal(mailbox.ready.size, 0);
  isExpired = false;
  mailbox.put(copyFor(mailbox));
  assert.equal(mailbox.dispatch(9), 1);
});

Deno.test("Mailbox.waiting counts what is delayed and what is promised", () => {
  const { mailbox } = open({ maxMessages: 3 });
  mailbox.put(copyFor(mailbox));
  mailbox.delayed.add(copyFor(mailbox));
  assert.equal(mailbox.hasRoom, true);
  mailbox.reserved++;
  assert.equal(mailbox.waiting, 3);
  assert.equal(mailbox.hasRoom, false);
});

Deno.test("Mailbox.detach() takes a consumer out once, and nothing more goes to it", async () => {
  const { clock, started, mailbox } = open();
  const attachment = attach(mailbox, "b");
  assert.equal(mailbox.detach(attachment), true);
  assert.equal(mailbox.detach(attachment), false);
  mailbox.put(copyFor(mailbox));
  await clock.advance(0);
  assert.deepEqual(started, []);
});

Deno.test("Mailbox.dispatch() tells senders of room only when some wait", async () => {
  const { clock, mailbox, room } = open();
  attach(mailbox, "b", { concurrency: 2 });
  mailbox.put(copyFor(mailbox));
  await clock.advance(0);
  assert.equal(room.told, 0);
  mailbox.line.join({ ticket: 1, line: undefined, attempt: () => undefined });
  mailbox.put(copyFor(mailbox));
  await clock.advance(0);
  assert.equal(room.told, 1);
});

import type { Line } from "../history.ts";
import { AckChecks } from "./ack_checks.ts";
import { Callers, type OpenCall } from "./callers.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import type { Life, ToldLine } from "./copy.ts";
import { checkBounds, checkSignal, type Signals } from "./room_checks.ts";
import { SendQueues } from "./send_queues.ts";
import { Tokens } from "./tokens.ts";

type Gauges = Line & { readonly type: "gauges" };
type Ending = Line & { readonly type: "resolved" | "rejected" };

/** What is known of a life of a bus beside its copies. */
interface Figures extends Signals {
  /** Rules with handlers keep messages for as long as they run. */
  hasHandlers: boolean;
  /** Every mailbox there has been. */
  readonly mailboxes: Set<string>;
  /** It stands at a limit. */
  isFull: boolean;
  /** What an earlier life has left is back: before that, nothing comes in. */
  isOpen: boolean;
}

/** How often open waits are looked at, in milliseconds. */
const LOOK_MS = 50;
/** How long it may take, in milliseconds, until what has its room is kept, or refused as it cannot be. */
const KEEPING_MS = 2_000;

/**
 * Backpressure: what is pending is what was accepted and is not finished,
 * within the limits (B1); who has no room waits, not too long, and leaves
 * nothing behind (B2); in order, and not when there is room (B3); signals
 * alternate (B4); acks are taken when all is full (B6); and when all is quiet,
 * every counter is 0 but for what waits for those who are away (B7).
 */
export class Backpressure implements Checker {
  readonly laws = ["B1", "B2", "B3", "B4", "B6", "B7"];
  readonly #lives = new Map<string, Figures>();
  readonly #copies = new Copies({});
  readonly #callers = new Callers({
    called: (call) => this.#called(call),
    ended: (call, line) => this.#ended(call, line),
    lost: (call) => this.#queues.ended(call),
  });
  readonly #queues = new SendQueues();
  readonly #acks = new AckChecks(this.#copies);
  readonly #calls = new Tokens<number>();
  /** The lives that have accepted the message of a token. */
  readonly #acceptedBy = new Map<number, string>();
  readonly #refused = new Set<number>();
  /** Those of the life before: with a store they are there again for a while, and nothing tells of it. */
  #leftMailboxes: ReadonlySet<string> = new Set();
  #leastLimit = Infinity;
  #lookedMs = 0;
  #last: Line | undefined;

  /** Looks at the next line. */
  take(line: Line): void {
    if (this.#last && line.step !== this.#last.step) this.#endStep(this.#last);
    this.#last = line;
    switch (line.type) {
      case "bus_started":
        this.#start(line);
        break;
      case "bus_ended":
        if (line.how !== "closing") this.#endLife(line.bus);
        break;
      case "rules":
        this.#takeRules(line);
        return;
      case "attaching": {
        const { maxMessages = Infinity } = line.consumer;
        this.#leastLimit = Math.min(this.#leastLimit, maxMessages);
        break;
      }
      case "told":
        this.#copies.take(line);
        this.#told(line);
        return;
      case "gauges":
        this.#copies.take(line);
        return this.#gauge(line);
      case "snapshot":
        if (line.quiet) this.#checkQuiet(line);
        return;
    }
    this.#copies.take(line);
    this.#callers.take(line);
    this.#acks.take(line, (bus) => this.#lives.get(bus)?.isFull === true);
  }

  /** Judges the last step. */
  end(): void {
    if (this.#last) this.#endStep(this.#last);
  }

  #start({ bus, settings }: Line & { type: "bus_started" }): void {
    this.#leastLimit = Math.min(this.#leastLimit, settings.maxMailboxMessages);
    this.#lives.set(bus, {
      settings,
      isSaturated: false,
      hasHandlers: false,
      mailboxes: new Set(settings.hasStore ? this.#leftMailboxes : []),
      isFull: false,
      isOpen: !settings.hasStore,
    });
    if (settings.hasStore) this.#queues.addStore(bus);
  }

  #endLife(bus: string): void {
    const life = this.#lives.get(bus);
    if (life?.settings.hasStore) this.#leftMailboxes = life.mailboxes;
    this.#lives.delete(bus);
  }

  #takeRules({ bus, rules }: Line & { type: "rules" }): void {
    const life = this.#lives.get(bus);
    if (rules.length === 0 || !life) return;
    this.#queues.forget(bus);
    life.hasHandlers ||= rules.some(({ handler }) => handler !== undefined);
  }

  #called(call: OpenCall): void {
    const { what } = call;
    this.#calls.add(what.token, what.call);
    this.#queues.called(call);
  }

  #ended(call: OpenCall, line: Ending): void {
    this.#queues.ended(call);
    if (line.type !== "rejected" || line.code !== "backpressure_timeout") {
      return;
    }
    const { what, by, calledMs } = call;
    const { token = NaN } = what;
    if (this.#calls.get(token) === undefined) return;
    const bus = this.#acceptedBy.get(token);
    if (bus !== undefined && this.#lives.has(bus)) {
      failAccepted(what.call, line);
    }
    this.#refused.add(token);
    const life = by?.local ? this.#lives.get(by.bus) : undefined;
    if (!life || what.deduplicationId !== undefined) return;
    const waitedMs = line.atMs - calledMs;
    const { waitTimeoutMs } = life.settings;
    if (waitedMs >= waitTimeoutMs && waitedMs <= withSlack(waitTimeoutMs)) {
      return;
    }
    const text =
      `call ${what.call} was refused after ${waitedMs} ms, and not ${waitTimeoutMs}`;
    throw new Violation("B2", text, line);
  }

  #told(line: ToldLine): void {
    const { event, bus } = line;
    const life = this.#lives.get(bus);
    if (!life) return;
    if (event.type === "backpressure") return checkSignal(life, event, line);
    if (event.type === "store_opened") life.isOpen = true;
    if (event.type === "message_restored") life.mailboxes.add(event.mailbox);
    if (event.type === "subscribed") life.mailboxes.add(event.mailbox);
    if (event.type === "agent_joined") {
      life.mailboxes.add(`direct ${event.agent}`);
    }
    if (event.type !== "message_accepted") return;
    for (const mailbox of event.mailboxes) life.mailboxes.add(mailbox);
    const { token } = event.message;
    const call = this.#calls.get(token);
    if (call === undefined) return;
    if (this.#refused.has(token)) failAccepted(call, line);
    this.#acceptedBy.set(token, bus);
    if (event.mailboxes.length > 0) this.#queues.accepted(bus, call);
    // To a name that nobody serves any more nothing needs room in a mailbox.
    else this.#queues.wentPast(call);
  }

  #gauge(line: Gauges): void {
    const figures = this.#lives.get(line.bus);
    const life = this.#copies.life(line.bus);
    if (!figures || !life) return;
    const { pending, reserved, waiting } = line;
    const { settings } = figures;
    checkBounds(line, settings, life);
    if (life.open !== pending - reserved) {
      const text =
        `${pending} copies are pending, ${reserved} of them reserved, and ${life.open} are not finished`;
      throw new Violation("B1", text, line);
    }
    figures.isFull = waiting > 0 || pending >= settings.maxPending;
    if (waiting > 0 && figures.isOpen) this.#checkWakeUp(line, figures, life);
    if (line.atMs < this.#lookedMs + LOOK_MS) return;
    this.#lookedMs = line.atMs;
    this.#lookAtWaits(line);
  }

  /** If anybody waits, something is full. */
  #checkWakeUp(
    line: Gauges,
    { settings, mailboxes }: Figures,
    life: Life,
  ): void {
    const { pending, pendingBytes, letters } = line;
    const { maxPending, maxPendingBytes, maxMessageBytes } = settings;
    const isStopped = settings.whenDeadLettersFull === "stop" &&
      letters >= settings.maxDeadLetters;
    if (isStopped) return;
    // No message has more copies than there are mailboxes.
    const most = mailboxes.size + 1;
    const hasRoom = pending === 0 ||
      (pending + most <= maxPending &&
        pendingBytes + most * maxMessageBytes <= maxPendingBytes &&
        line.reserved === 0 && this.#hasRoomEverywhere(life));
    if (!hasRoom) return;
    const text = `${line.waiting} senders wait though nothing is full`;
    throw new Violation("B3", text, line);
  }

  #hasRoomEverywhere({ mailboxes }: Life): boolean {
    for (const copies of mailboxes.values()) {
      let count = 0;
      for (const { twins } of copies.values()) count += twins;
      if (count >= this.#leastLimit) return false;
    }
    return true;
  }

  #lookAtWaits(line: Gauges): void {
    const life = this.#lives.get(line.bus);
    if (!life || life.hasHandlers) return;
    const { waitTimeoutMs } = life.settings;
    for (const { what, by, calledMs } of this.#callers.open.values()) {
      const isBounded = by?.local && by.bus === line.bus && isSend(what.verb) &&
        what.deduplicationId === undefined;
      const waitedMs = line.atMs - calledMs;
      const isKept = life.settings.hasStore && what.requiresAck;
      const mostMs = withSlack(waitTimeoutMs) + (isKept ? KEEPING_MS : 0);
      if (!isBounded || waitedMs <= mostMs) continue;
      const text = `call ${what.call} still waits after ${waitedMs} ms`;
      throw new Violation("B2", text, line);
    }
  }

  #checkQuiet(line: Line & { type: "snapshot" }): void {
    const { backpressure, requests, agents } = line.shown;
    const { pending, pendingBytes, reserved, waiting } = backpressure;
    const life = this.#copies.life(line.bus);
    const isThere = new Set<string>();
    for (const { name, instances } of agents) {
      if (instances > 0) isThere.add(name);
    }
    let parked = 0;
    for (const copies of life?.mailboxes.values() ?? []) {
      for (const { mailbox, state, message, twins } of copies.values()) {
        const agent = agentOf(mailbox) ?? message.recipient ?? "";
        if (state === "waiting" && !isThere.has(agent)) parked += twins;
      }
    }
    const isQuiet = waiting === 0 && reserved === 0 && requests === 0 &&
      pending === parked && (pending > 0 || pendingBytes === 0);
    if (isQuiet) return;
    const text =
      `all is quiet with ${pending} copies (${pendingBytes} bytes) pending, ${parked} of them for those who are away, ${reserved} reserved, ${waiting} senders waiting and ${requests} requests`;
    throw new Violation("B7", text, line);
  }

  #endStep(last: Line): void {
    this.#queues.endStep(last);
    this.#acks.endStep(last);
  }
}

function failAccepted(call: number, line: Line): never {
  const text = `call ${call} was refused for want of room, and accepted`;
  throw new Violation("B2", text, line);
}

function isSend(verb: string): boolean {
  return verb === "send" || verb === "publish" || verb === "broadcast";
}

function withSlack(ms: number): number {
  return ms + Math.max(50, ms / 100);
}

/** The agent whose mailbox it is, as far as its name tells. */
function agentOf(mailbox: string): string | undefined {
  const [kind, agent] = mailbox.split(" ");
  return kind === "direct" || kind === "requests" || kind === "durable"
    ? agent
    : undefined;
}

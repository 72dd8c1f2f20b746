import type { Line, MessageFacts } from "../history.ts";
import { Copies } from "./copies.ts";
import type { Copy, CopyWatcher, End, ToldLine } from "./copy.ts";

/** Names that statistics count; what comes later is counted together. */
const MOST_NAMES = 10_000;
const OTHER = "(other)";
const NEVER = { fromMs: NaN, toMs: NaN };

/** What the told lines of one life of a bus add up to. */
export class Counted {
  totalMessages = 0;
  totalSent = 0;
  totalDelivered = 0;
  totalAcked = 0;
  totalFailed = 0;
  totalExpired = 0;
  totalDropped = 0;
  totalRedelivered = 0;
  deadLetters = 0;
  readonly perTopic: Map<string, number> = new Map();
  readonly perSender: Map<string, number> = new Map();
  readonly perType: Map<string, number> = new Map();
  /** From accept to the first start, in milliseconds, unsorted. */
  readonly latenciesMs: number[] = [];

  /** A message is accepted. */
  accept(message: MessageFacts): void {
    this.totalMessages++;
    if (isReply(message)) this.totalDelivered++;
    else this.totalSent++;
    if (message.topic !== undefined) addOne(this.perTopic, message.topic);
    addOne(this.perSender, message.sender);
    addOne(this.perType, message.type);
  }

  /** A letter is filed: each was counted as what it failed by. */
  file(reason: string): void {
    this.deadLetters++;
    if (reason === "expired") this.totalExpired++;
    else if (reason === "overflow") this.totalDropped++;
    else this.totalFailed++;
  }

  /** A copy is handed out. */
  start(attempt: number, waitedMs: number | undefined): void {
    if (attempt > 1) {
      this.totalRedelivered++;
      return;
    }
    this.totalDelivered++;
    this.latenciesMs.push(waitedMs ?? NaN);
  }

  /** A copy is finished. */
  finish({ message }: Copy, end: End): void {
    const isHandled = end === "acked" || end === "answered";
    if (isHandled && message.requiresAck) this.totalAcked++;
  }
}

/** Follows what all buses tell, and adds it up. */
export class Counting {
  readonly lives: Map<string, Counted> = new Map();
  readonly copies: Copies;

  /** Adds up; `onFinished` hears of each copy that is finished. */
  constructor(onFinished: NonNullable<CopyWatcher["finished"]>) {
    this.copies = new Copies({
      finished: (copy, line, end, reason) => {
        if ("bus" in line) this.lives.get(line.bus)?.finish(copy, end);
        onFinished(copy, line, end, reason);
      },
    });
  }

  /** Looks at lines that buses do not tell. */
  follow(line: Line): void {
    if (line.type === "bus_started") this.lives.set(line.bus, new Counted());
    this.copies.take(line);
    if (line.type === "bus_ended" && line.how !== "closing") {
      this.lives.delete(line.bus);
    }
  }

  /** Looks at what a bus tells next. */
  take(line: ToldLine): void {
    const life = this.lives.get(line.bus);
    if (life) this.#count(life, line);
    this.copies.take(line);
  }

  #count(life: Counted, { event, bus, atMs }: ToldLine): void {
    switch (event.type) {
      case "message_accepted":
        return life.accept(event.message);
      case "delivery_started": {
        const { mailbox, messageId, attempt } = event;
        const copy = this.copies.life(bus)?.find(mailbox, messageId);
        const { fromMs, toMs } = copy?.accepted ?? NEVER;
        const isSure = copy?.isVague === false && fromMs === toMs;
        const waitedMs = isSure ? atMs - toMs : undefined;
        return life.start(attempt, waitedMs);
      }
      case "dead_letter_added":
        return life.file(event.reason);
      case "dead_letter_restored":
        life.deadLetters++;
        return;
      case "dead_letter_removed":
        life.deadLetters--;
        return;
      case "message_dropped":
        life.totalDropped++;
    }
  }
}

/** Whether a message answers another. */
export function isReply({ type, requestId }: MessageFacts): boolean {
  return requestId !== undefined && (type === "response" || type === "error");
}

function addOne(counts: Map<string, number>, name: string): void {
  const isNew = !counts.has(name) && counts.size >= MOST_NAMES;
  const place = isNew ? OTHER : name;
  counts.set(place, (counts.get(place) ?? 0) + 1);
}

import type { Line, MessageFacts } from "../history.ts";

/** What a bus tells in one line. */
export type ToldLine = Line & { readonly type: "told" };

/** A moment, as far as it is known: no earlier, and no later. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A copy of a message, as far as its bus has told. Times are those of the history. */
export interface Copy {
  readonly messageId: string;
  readonly mailbox: string;
  /** The message as it was accepted. */
  readonly message: MessageFacts;
  /** Its priority, as the rules have set it. */
  readonly priority: number;
  /** Place in the order of accepting, replays among them. */
  readonly seq: number;
  /** When it was accepted; of one that came out of the store, by the wall clock, and no earlier than those before it. */
  readonly accepted: Span;
  /** When that was by the wall clock, where it was told, and the copy may come out of the store. */
  readonly wall: Span | undefined;
  /** When its time to live ends. */
  readonly deadline: Span;
  /** It came out of the dead letters. */
  readonly isReplay: boolean;
  /** It came out of the store. */
  readonly isRestored: boolean;
  /** `ended` is its delivery, whose outcome is being kept, or what comes of it told. */
  state: "waiting" | "leased" | "ended";
  /** While it waits: since when it can be handed out. */
  readyMs: number;
  /** It waits, or has waited, to be tried again later. */
  isDelayed: boolean;
  /** How often it was handed out. */
  attempts: number;
  /** How often its handler failed. */
  failures: number;
  /** How often its consumer left. */
  returns: number;
  /** Who had it last. */
  agent: string | undefined;
  /** How its last delivery ended. */
  outcome: string | undefined;
  /**
   * Copies of one message in one mailbox: a second one comes when the letter of
   * a mailbox that is no more is replayed. What is told cannot tell them apart,
   * so that nothing is known but their number from then on.
   */
  twins: number;
  isVague: boolean;
}

/** How a copy is finished: `answered` is a request whose responder threw. */
export type End = "acked" | "answered" | "dead" | "dropped";

/** Told of what happens to copies of which more is known than their number, each time before the copy is changed. */
export interface CopyWatcher {
  made?(copy: Copy, line: ToldLine, life: Life): void;
  started?(copy: Copy, line: ToldLine, life: Life): void;
  ended?(copy: Copy, line: ToldLine, outcome: string): void;
  requeued?(copy: Copy, line: ToldLine, delayMs: number): void;
  /** Told of each copy, also if no more is known. */
  finished?(copy: Copy, line: Line, end: End, reason?: string): void;
  /** Told of each copy, also if no more is known, when the bus dies or closes with it. */
  lost?(copy: Copy, line: Line): void;
}

/** One life of a bus: what it holds. */
export class Life {
  /** What must be handled outlives it. */
  readonly hasStore: boolean;
  /** Unfinished copies, by mailbox and message. */
  readonly mailboxes: Map<string, Map<string, Copy>> = new Map();
  /** Messages that have unfinished copies or dead letters, with how many. */
  readonly messages: Map<string, { facts: MessageFacts; uses: number }> =
    new Map();
  /** Dead letters of messages that were accepted before. */
  readonly letters: Set<string> = new Set();
  /** The message accepted last: what is told next may be that it found nobody. */
  newest: string | undefined;
  /** Handed out of it just now, with nothing told of what became of it. */
  loose: Copy | undefined;
  /** Acknowledged, and not let go of, as that is being kept; in the order in which it is. */
  readonly leaving: Copy[] = [];
  /** Unfinished copies. */
  open = 0;
  seq = 0;

  constructor(hasStore: boolean) {
    this.hasStore = hasStore;
  }

  /** Whether a message is one that outlives this life. */
  keeps(message: MessageFacts): boolean {
    return this.hasStore && isKept(message);
  }

  /** Messages with unfinished copies; looks at all of them. */
  messageCount(): number {
    const ids = new Set<string>();
    for (const copies of this.mailboxes.values()) {
      for (const id of copies.keys()) ids.add(id);
    }
    return ids.size;
  }

  /** The unfinished copy of a message in a mailbox. */
  find(mailbox: string | undefined, messageId: string): Copy | undefined {
    return mailbox === undefined
      ? undefined
      : this.mailboxes.get(mailbox)?.get(messageId);
  }
}

/** Whether a message is kept where there is a store: whoever waits for a reply would be gone. */
export function isKept({ requiresAck, type }: MessageFacts): boolean {
  return requiresAck && type !== "request";
}

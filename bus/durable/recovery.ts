import type { Clock } from "../../core/clock.ts";
import { errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { IdSource } from "../../core/random.ts";
import type { Store, StoredRecord } from "../../storage/store.ts";
import type { Acceptance } from "../acceptance.ts";
import type { Backpressure } from "../backpressure.ts";
import type { Letter, LetterInit } from "../dead_letter_office.ts";
import type { Deduplication } from "../deduplication.ts";
import type { Directory, MailboxInit } from "../directory.ts";
import type { Envelope } from "../envelope.ts";
import type { History } from "../history.ts";
import type { Mailbox } from "../mailbox.ts";
import type { MessageRecord } from "../message_record.ts";
import { type CopyState, decodeCopyState } from "./copy_state.ts";
import { damagedLetter } from "./damaged_letter.ts";
import type { Keeper } from "./keeper.ts";
import { KeptCopy, type KeptMessage } from "./kept_copy.ts";
import type { KeptMailbox } from "./kept_mailboxes.ts";
import type { KeptHistory } from "./kept_history.ts";
import type { KeptRules } from "./kept_rules.ts";
import { decodeLetter } from "./letter_bytes.ts";
import { decodeMailbox } from "./mailbox_bytes.ts";
import { MessageBytes } from "./message_bytes.ts";
import type { SendsLog } from "./sends_log.ts";

/** What a {@linkcode Recovery} works with. */
export interface RecoveryOptions {
  /** Where time comes from. */
  clock: Clock;
  /** What is read. */
  store: Store;
  /** Who is there. */
  directory: Directory;
  /** Where copies come in again. */
  acceptance: Acceptance;
  /** Where they take their room. */
  backpressure: Backpressure;
  /** Which sends were made before. */
  deduplication: Deduplication;
  /** The same, as it is kept. */
  sends: SendsLog;
  /** The rules. */
  rules: KeptRules;
  /** What is kept from here on. */
  keeper: Keeper;
  /** Where ended messages are remembered. */
  history: History;
  /** The same, as it is kept. */
  keptHistory: KeptHistory | undefined;
  /** Takes a dead letter in. */
  addLetter: (letter: Letter) => void;
  /** Writes one. */
  fileLetter: (init: LetterInit) => void;
  /** Where ids come from. */
  ids: IdSource;
  /** Makes the mailbox that a dead letter names, of which nothing else is left. */
  formerMailbox: (init: MailboxInit) => Mailbox;
  /** Told when all is back, before anything of it is handed out. */
  onOpened: () => void;
  /** Told of each record that cannot be used, with what can be read of it. */
  onDamaged: (record: StoredRecord, problem: string) => void;
}

/** A copy that was read, and waits until all are. */
interface ReadCopy {
  readonly key: number;
  readonly envelope: Envelope;
  readonly message: KeptMessage | undefined;
  readonly state: CopyState;
}

/** A mailbox, and what the store has of it. */
interface Place {
  readonly mailbox: Mailbox;
  readonly kept: KeptMailbox;
}

/** A message that several copies share. */
interface ReadMessage {
  readonly envelope: Envelope;
  readonly kept: KeptMessage;
}

/**
 * Brings back what an earlier process has left: everything is read first, then
 * put where it was in one go, in its order.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #bytes = new MessageBytes();
  readonly #mailboxes: StoredRecord[] = [];
  /** Where copies go back to, by the keys of the mailboxes' records. */
  readonly #places = new Map<number, Place>();
  readonly #messages = new Map<number, ReadMessage>();
  readonly #copies: ReadCopy[] = [];
  readonly #letters: StoredRecord[] = [];
  readonly #ended: MessageRecord[] = [];
  readonly #damaged: { record: StoredRecord; problem: string }[] = [];
  /** What the history has of messages with several recipients. */
  readonly #records = new Map<KeptMessage, MessageRecord>();
  #lastKey = 0;
  /** When all was read, by both clocks. */
  #opened = { now: 0, monotonic: 0 };

  /** Has read nothing yet. */
  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /**
   * Reads the store and brings back what it holds.
   *
   * @throws {BusError} With code `"storage"` if the store cannot be read.
   */
  async run(): Promise<void> {
    for await (const records of this.#options.store.open()) {
      for (const record of records) this.#read(record);
    }
    const { keeper, rules, clock } = this.#options;
    this.#opened = { now: clock.now(), monotonic: clock.monotonic() };
    keeper.open(this.#lastKey);
    rules.open();
    this.#restoreHistory();
    this.#restoreMailboxes();
    for (const copy of this.#copies) this.#placeOf(copy).kept.open++;
    for (const { kept } of this.#places.values()) {
      if (kept.isClosed && kept.open === 0) keeper.forgetPlace(kept);
    }
    // Before the copies: what becomes a letter in that moment must find an id that is free.
    for (const letter of this.#letters) this.#attempt(letter, this.#letter);
    for (const copy of this.#copies) this.#restore(copy);
    const { directory } = this.#options;
    directory.hold(this.#openMailboxes(), LIMITS.reconnectGraceMs);
    for (const { kept } of this.#messages.values()) {
      if (kept.open === 0) keeper.forgetMessage(kept);
    }
    for (const { record, problem } of this.#damaged) {
      this.#tellOfDamage(record, problem);
    }
    this.#options.onOpened();
  }

  #read(record: StoredRecord): void {
    this.#lastKey = Math.max(this.#lastKey, record.key);
    if (record.damage !== undefined) {
      this.#damaged.push({ record, problem: record.damage });
      return;
    }
    this.#attempt(record, this.#readWhole);
  }

  /** What cannot be used is told of, and stops nothing else. */
  #attempt(record: StoredRecord, use: (record: StoredRecord) => void): void {
    try {
      use(record);
    } catch (error) {
      this.#damaged.push({ record, problem: errorText(error) });
    }
  }

  #tellOfDamage(record: StoredRecord, problem: string): void {
    const { clock, ids, fileLetter, onDamaged } = this.#options;
    onDamaged(record, problem);
    // What the store has not set aside will be told of the next time, too.
    if (record.damage === undefined) return;
    const parts = { newId: () => ids.next(), now: clock.now() };
    const bytes = this.#bytes;
    const letter = damagedLetter(record, problem, { bytes, ...parts });
    if (letter) fileLetter(letter);
  }

  readonly #readWhole = (record: StoredRecord): void => {
    const { rules, sends, deduplication } = this.#options;
    switch (record.kind) {
      case "rule":
        return rules.restore(record);
      case "sends":
        return sends.restore(record, deduplication);
      case "message": {
        const envelope = this.#bytes.decode(record.body);
        const kept = { key: record.key, open: 0 };
        return void this.#messages.set(record.key, { envelope, kept });
      }
      case "copy":
        return this.#readCopy(record);
      case "letter":
        return void this.#letters.push(record);
      case "history":
        return void this.#ended.push(
          ...this.#options.keptHistory?.restore(record) ?? [],
        );
      default:
        this.#mailboxes.push(record);
    }
  };

  #readCopy({ key, body, state: bytes }: StoredRecord): void {
    const state = decodeCopyState(bytes);
    if (!state) throw new Error("its state cannot be read");
    if (state.message === 0) {
      const envelope = this.#bytes.decode(body);
      this.#copies.push({ key, envelope, message: undefined, state });
      return;
    }
    const message = this.#messages.get(state.message);
    if (!message) throw new Error("its message is not there");
    const { envelope, kept } = message;
    kept.open++;
    this.#copies.push({ key, envelope, message: kept, state });
  }

  /** In the order of accepting; of what is under way again, and so twice, the later is the truth. */
  #restoreHistory(): void {
    const { history, keptHistory } = this.#options;
    keptHistory?.open();
    const underWay = new Set(
      this.#copies.map(({ envelope }) => idOf(envelope)),
    );
    const byId = new Map(this.#ended.map((one) => [idOf(one.envelope), one]));
    const inOrder = [...byId.values()].sort(byAccept);
    for (const record of inOrder) {
      if (!underWay.has(idOf(record.envelope))) history.add(record);
    }
  }

  #restoreMailboxes(): void {
    const { directory, keeper, formerMailbox } = this.#options;
    for (const record of this.#mailboxes) {
      this.#attempt(record, () => {
        const { init, state } = decodeMailbox(record);
        const kind = record.kind === "agent" ? "direct" : "topic";
        const mailbox = state === "closed"
          ? formerMailbox({ ...init, kind })
          : directory.restore({ ...init, kind }, state === "durable");
        this.#place(record, mailbox, state === "durable");
      });
    }
    for (const { mailbox, isDurable } of directory.lasting()) {
      keeper.keepMailbox(mailbox, isDurable);
    }
  }

  #place(
    record: Pick<StoredRecord, "key" | "kind">,
    mailbox: Mailbox,
    isDurable = false,
  ): Place {
    const { keeper } = this.#options;
    const kept = keeper.restoredMailbox(mailbox, record, isDurable);
    const place = { mailbox, kept };
    this.#places.set(record.key, place);
    return place;
  }

  *#openMailboxes(): Generator<Mailbox> {
    const mailboxes = new Set<Mailbox>();
    for (const { mailbox } of this.#places.values()) {
      if (!mailbox.closed) mailboxes.add(mailbox);
    }
    yield* mailboxes;
  }

  /** Where a copy goes back to: where the mailbox's record was damaged, to one for which nobody will come. */
  #placeOf({ envelope, state }: ReadCopy): Place {
    const known = this.#places.get(state.mailbox);
    if (known) return known;
    const { recipient: agent = "(unknown)" } = envelope.head;
    const mailbox = this.#options.formerMailbox({ agent, kind: "direct" });
    return this.#place({ key: state.mailbox, kind: "agent" }, mailbox);
  }

  #restore(copy: ReadCopy): void {
    const { key, envelope, message, state } = copy;
    const { acceptance, backpressure } = this.#options;
    const { mailbox, kept } = this.#placeOf(copy);
    const { acceptedAt, expiresAt, delayMs } = this.#timesOf(envelope, state);
    backpressure.acquire(1, envelope.bytes);
    const record = acceptance.restore({
      envelope,
      record: message && this.#records.get(message),
      mailbox,
      acceptedAt,
      kept: new KeptCopy(key, kept, {
        message,
        acceptedAt: state.acceptedAt,
        restored: { expiresAt },
      }),
      attempts: state.attempts,
      failures: state.failures,
      returns: state.returns,
      delayMs,
    });
    if (message) this.#records.set(message, record);
  }

  /** A copy's times by the clock of this process. Only what has passed by the wall clock counts, and never backwards. */
  #timesOf({ head: { timestamp, ttlMs } }: Envelope, state: CopyState) {
    const { now, monotonic } = this.#opened;
    const elapsedMs = Math.max(0, now - (state.acceptedAt || timestamp));
    const untilMs = state.notBefore - now;
    return {
      acceptedAt: this.#inOrder(monotonic - elapsedMs),
      expiresAt: ttlMs === undefined
        ? undefined
        : monotonic + Math.max(0, ttlMs - elapsedMs),
      delayMs: Math.max(0, Math.min(untilMs, state.delayMs)),
    };
  }

  #lastAcceptedAt = -Infinity;

  /** What was accepted later is not older, whatever the wall clock did meanwhile. */
  #inOrder(acceptedAt: number): number {
    this.#lastAcceptedAt = Math.max(this.#lastAcceptedAt, acceptedAt);
    return this.#lastAcceptedAt;
  }

  readonly #letter = ({ key, body, state }: StoredRecord): void => {
    const { addLetter, formerMailbox } = this.#options;
    const envelope = this.#bytes.decode(body);
    const { letter, cut, mailbox } = decodeLetter(state, envelope);
    const origin = {
      envelope,
      mailbox: mailbox && formerMailbox(mailbox),
      cut,
      kept: key,
    };
    addLetter({ letter, bytes: envelope.bytes, origin });
  };
}

/** Of one millisecond, ids tell the order: they are made to. */
function byAccept(one: MessageRecord, other: MessageRecord): number {
  return one.acceptedMs - other.acceptedMs ||
    (idOf(one.envelope) < idOf(other.envelope) ? -1 : 1);
}

function idOf({ head }: Envelope): string {
  return head.id;
}

import { isDeepStrictEqual } from "node:util";
import type { Agent, Message, MessageBus, Subscription } from "../../mod.ts";
import { Ledger } from "./ledger.ts";
import type { Notebook } from "./notebook.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { LIMITS, type Note, READY, ROLES, TOPICS } from "./work.ts";
import type { Plan, PlanOrder, ReportOrder } from "./work.ts";
import type { Verdict, WorkItem } from "./work.ts";

/** What the foreman tells while the work goes on. */
export interface Watcher {
  /** A file has got its verdict, or became a dead letter. */
  progress(done: number, total: number): void;
  /** A process told what it does. */
  note(note: Note): void;
  /** A dead letter was sent back, and got its verdict. */
  mended(path: string): void;
}

/** What is noted of a verdict. */
interface Judged {
  /** The message that brought it. */
  readonly id: string;
  readonly verdict: Verdict;
}

/** The name of the note that says whether a round's report is written. */
const REPORTED = "reported";
/** What the names of notes of verdicts begin with; the file's path follows. */
const VERDICT = "verdict:";

/** Has one round after the other done, and keeps account of each. */
export class Foreman {
  readonly #bus: MessageBus;
  readonly #agent: Agent;
  readonly #watcher: Watcher;
  readonly #notebook: Notebook;
  /** Processes that are ready, by label, with the name they serve. */
  readonly #ready = new Map<string, string>();
  readonly #complete = Promise.withResolvers<void>();
  #ledger = new Ledger();
  #round: number;
  /** Whether the latest round was begun by an earlier process. */
  #isResumed: boolean;

  /** Works through an agent in the bus's own process, and goes on where the notebook ends. */
  constructor(bus: MessageBus, watcher: Watcher, notebook: Notebook) {
    this.#bus = bus;
    this.#agent = bus.agent("main");
    this.#watcher = watcher;
    this.#notebook = notebook;
    this.#round = notebook.round;
    this.#isResumed = notebook.read(this.#round, REPORTED) === false;
    if (!this.#isResumed) return;
    for (const [name] of notebook.readAll()) {
      if (!name.startsWith(VERDICT)) continue;
      this.#ledger.verdict(name.slice(VERDICT.length));
    }
  }

  /** The round that goes on where an earlier process has left it, if one does. */
  get resumed(): number | undefined {
    return this.#isResumed ? this.#round : undefined;
  }

  /** The account of the latest round. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Starts to listen to the others. */
  async open(): Promise<void> {
    const subscriptions: Promise<Subscription>[] = [
      this.#agent.subscribe<Note>(
        TOPICS.progress("*"),
        (message) => this.#noted(message),
        { maxMessages: 1_000, overflow: "drop-oldest" },
      ),
      this.#agent.subscribe<Verdict>(
        "verdicts.*",
        (message) => this.#judged(message),
        { durable: "account" },
      ),
    ];
    await Promise.all(subscriptions);
  }

  /**
   * Waits until everybody is there and listens.
   *
   * @throws The `reason` of `signal`, as soon as it aborts.
   */
  async everybody(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#complete.promise, signal);
  }

  /**
   * Has the folder looked at, once: resolves when each planned file has a
   * verdict or is a dead letter.
   *
   * @throws The `reason` of `signal`, as soon as it aborts.
   */
  async round(
    order: Omit<PlanOrder, "round">,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#notebook.read(this.#round, REPORTED) !== false) this.#begin();
    const [ledger, round] = [this.#ledger, this.#round];
    const over = new AbortController();
    const reading = this.#readLetters(AbortSignal.any([signal, over.signal]));
    try {
      const { payload: plan } = await this.#agent.request<Plan>(
        "planner",
        { ...order, round },
        { topic: TOPICS.planOrder, timeoutMs: LIMITS.planTimeoutMs, signal },
      );
      ledger.plan(plan.paths);
      this.#look();
      await unlessAborted(ledger.settled, signal);
    } finally {
      over.abort();
      await reading;
    }
  }

  /** The report on the latest round, piece by piece. */
  report(folder: string, signal: AbortSignal): AsyncIterable<string> {
    const order: ReportOrder = {
      round: this.#round,
      folder,
      unreadable: this.#ledger.letters(),
    };
    return this.#agent.stream<string>("editor", order, {
      topic: TOPICS.reportOrder,
      timeoutMs: LIMITS.answerTimeoutMs,
      signal,
    });
  }

  /** The report on the latest round is written: the next one is another. */
  reported(): void {
    this.#notebook.write(this.#round, REPORTED, true);
  }

  /** Letters of rounds before say nothing any more, and would fill the room that there is. */
  #begin(): void {
    this.#ledger = new Ledger();
    this.#round++;
    this.#isResumed = false;
    this.#notebook.write(this.#round, REPORTED, false);
    for (const { id } of this.#bus.deadLetters.entries({ agent: "analyst" })) {
      this.#bus.deadLetters.discard(id);
    }
  }

  #judged({ id, payload: verdict }: Message<Verdict>): void {
    const { round, path } = verdict;
    if (round !== this.#round) return;
    const name = VERDICT + path;
    const known = this.#notebook.read<Judged>(round, name);
    if (known !== undefined && this.#isRepeat(known, { id, verdict })) return;
    this.#notebook.write(round, name, { id, verdict });
    const fate = this.#ledger.verdict(path);
    this.#watcher.progress(this.#ledger.done, this.#ledger.total);
    if (fate === "mended") this.#watcher.mended(path);
  }

  /**
   * The same message may come again. So may another one that says the same, but
   * only after a restart: what was sent just before may not be remembered then.
   */
  #isRepeat(known: Judged, { id, verdict }: Judged): boolean {
    if (known.id === id) return true;
    const { analyst } = verdict;
    return this.#isResumed &&
      isDeepStrictEqual({ ...known.verdict, analyst }, verdict);
  }

  async #readLetters(signal: AbortSignal): Promise<void> {
    try {
      for await (const { type } of this.#bus.events({ signal })) {
        if (type === "dead_letter_added") this.#look();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Reads all letters, not the newest: events may be lost when many come at once. */
  #look(): void {
    for (const letter of this.#bus.deadLetters.entries({ agent: "analyst" })) {
      const item = letter.message.payload as Partial<WorkItem>;
      if (item.round !== this.#round || item.path === undefined) continue;
      this.#ledger.letter(item.path, letter.detail ?? letter.reason);
    }
    this.#watcher.progress(this.#ledger.done, this.#ledger.total);
  }

  #noted({ sender, payload }: Message<Note>): void {
    this.#watcher.note(payload);
    if (payload.doing !== READY) return;
    this.#ready.set(payload.label, sender);
    const ready = [...this.#ready.values()];
    const complete = ROLES.every((role) =>
      ready.filter((name) => name === role).length >=
        (role === "analyst" ? LIMITS.analysts : 1)
    );
    if (complete) this.#complete.resolve();
  }
}

import type { MessageRouter } from "../../router/message_router.ts";
import type { RoutingRule } from "../../router/rule.ts";
import type { StoredRecord } from "../../storage/store.ts";
import type { Journal } from "./journal.ts";
import { readJson, writeJson } from "./json_bytes.ts";

const NO_BYTES = new Uint8Array(0);

/** Routing rules that outlive the process. */
export class KeptRules {
  readonly #journal: Journal;
  readonly #router: MessageRouter;
  readonly #nextKey: () => number;
  /** The records of the rules, by their ids. */
  readonly #keys = new Map<string, number>();
  #isOpen = false;

  /** Nothing is kept before what an earlier process has left is back. */
  constructor(
    journal: Journal,
    router: MessageRouter,
    nextKey: () => number,
  ) {
    this.#journal = journal;
    this.#router = router;
    this.#nextKey = nextKey;
  }

  /**
   * Puts a rule back that an earlier process has left.
   *
   * @throws {BusError} With code `"storage"` if it is none.
   * @throws {TypeError | RangeError} If it is not one that could be added.
   */
  restore({ key, body }: StoredRecord): void {
    const rule = readJson<RoutingRule>(body, "rule", ["id"]);
    this.#keys.set(rule.id, key);
    this.#router.restore(rule);
  }

  /** What was left is back: from now on rules are kept as they change. */
  open(): void {
    this.#isOpen = true;
    const there = this.#router.rules().map(({ id }) => id);
    // One that was left may have been removed again as others were read.
    for (const id of new Set([...there, ...this.#keys.keys()])) {
      this.changed(id);
    }
  }

  /** A rule was added, removed, enabled or disabled. */
  changed(id: string): void {
    if (!this.#isOpen) return;
    const rule = this.#router.rule(id);
    const known = this.#keys.get(id);
    if (rule) return this.#put(rule, known ?? this.#nextKey());
    if (known === undefined) return;
    this.#keys.delete(id);
    const changes = [{ type: "remove", kind: "rule", key: known }] as const;
    this.#journal.write({ changes, grows: false });
  }

  #put(
    { matches: _, ...rule }: RoutingRule & { matches: number },
    key: number,
  ) {
    this.#keys.set(rule.id, key);
    const body = writeJson(rule);
    const changes = [
      { type: "put", kind: "rule", key, body, state: NO_BYTES },
    ] as const;
    this.#journal.write({ changes, grows: false });
  }
}

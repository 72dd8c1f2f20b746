import { standsFor } from "./route_oracle.ts";

/**
 * Patterns of subscriptions that earlier lives of a bus on a store have had:
 * their mailboxes may be there again before anybody subscribes.
 */
export class LeftPatterns {
  readonly #patterns = new Map<string, Set<string>>();

  /** Somebody has subscribed. */
  add(mailbox: string, pattern: string): void {
    const name = nameOf(mailbox);
    const patterns = this.#patterns.get(name);
    if (patterns) patterns.add(pattern);
    else this.#patterns.set(name, new Set([pattern]));
  }

  /** Whether a mailbox of this name may take what is published under a topic. */
  mayTake(mailbox: string, topic: string): boolean {
    for (const pattern of this.#patterns.get(nameOf(mailbox)) ?? []) {
      if (standsFor(pattern, topic)) return true;
    }
    return false;
  }
}

/** Those of the bus's own process may be there under another number. */
function nameOf(mailbox: string): string {
  return mailbox.startsWith("local ") ? "local" : mailbox;
}

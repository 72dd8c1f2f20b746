import type { Copy } from "./copy.ts";

/** A dead letter, as far as it matters whether it is there again. */
export interface KeptLetter {
  readonly id: string;
  readonly messageId: string;
  /** Which copy it tells of; none, where its message never had one. */
  readonly mailbox: string | undefined;
  /** Told when it was kept. One of a message that was in memory alone is kept a little later. */
  readonly isSure: boolean;
}

/** What one life of a bus leaves to the next, or what the next has back of it. */
export class Outlived {
  /** Unfinished copies that must be handled; of several of one message in one mailbox, how many. */
  readonly copies: Map<string, LeftCopy> = new Map();
  /** By id, oldest first. */
  readonly letters: Map<string, KeptLetter> = new Map();
  /** Letters that were discarded, which may not have been kept; another may have got the id of one since. */
  readonly discarded: Map<string, KeptLetter> = new Map();
  readonly #renamed = new Set<string>();

  /** Whether there is a letter that tells of this copy: others had it before, of another one in the same place. */
  buried({ messageId, mailbox }: LeftCopy, others: Outlived): boolean {
    for (const { id, ...letter } of this.letters.values()) {
      const isIts = letter.messageId === messageId &&
        letter.mailbox === mailbox;
      const isOld = others.letters.has(id) ||
        others.discarded.get(id)?.mailbox === mailbox;
      if (isIts && !isOld) return true;
    }
    return false;
  }

  /**
   * Whether a copy is there under another name, as the subscriptions of the
   * bus's own process are numbered anew. Each such copy is there for one.
   */
  takeRenamed(copy: LeftCopy, left: Outlived): boolean {
    if (!isLocal(copy)) return false;
    for (const [key, other] of this.copies) {
      const isOther = other.messageId === copy.messageId && isLocal(other);
      if (!isOther || left.copies.has(key) || this.#renamed.has(key)) continue;
      this.#renamed.add(key);
      return true;
    }
    return false;
  }

  /** Adds a copy. */
  add({ messageId, mailbox, isVague, state, outcome }: LeftCopy): void {
    const copy = { messageId, mailbox, isVague, state, outcome };
    this.copies.set(keyOf(copy), copy);
  }
}

/** A copy that a life of a bus has left. */
export type LeftCopy = Pick<
  Copy,
  "messageId" | "mailbox" | "isVague" | "state" | "outcome"
>;

/** Names a copy. Ids have no spaces. */
export function keyOf(
  { messageId, mailbox }: { messageId: string; mailbox: string },
): string {
  return `${messageId} ${mailbox}`;
}

function isLocal({ mailbox }: LeftCopy): boolean {
  return mailbox.startsWith("local ");
}

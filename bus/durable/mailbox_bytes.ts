import type { Overflow } from "../agent.ts";
import type { Mailbox } from "../mailbox.ts";
import { readJson, writeJson } from "./json_bytes.ts";

/** A mailbox as it is kept. */
export interface MailboxFacts {
  /** Whose messages wait in it. */
  readonly agent: string;
  /** The topics that it takes in; an agent's own has none. */
  readonly pattern?: string;
  /** The group that shares it. */
  readonly queue?: string;
  /** The name under which it outlives its consumers. */
  readonly durable?: string;
  /** What makes two subscriptions the same. */
  readonly key?: string;
  /** Messages that may wait. */
  readonly maxMessages: number;
  /** What happens to the next one then. */
  readonly overflow: Overflow;
}

/** The kind of a mailbox's record. */
export function mailboxKind({ options }: Mailbox): "agent" | "subscription" {
  return options.kind === "direct" ? "agent" : "subscription";
}

/**
 * What becomes of a mailbox: an `open` one waits a little for its consumers to
 * come back, a `durable` one for ever, and a `closed` one has copies that are
 * still to end, and takes no more.
 */
export type MailboxState = "open" | "durable" | "closed";

const STATES: readonly MailboxState[] = ["open", "durable", "closed"];

/** A mailbox's state in the bytes that are kept. */
export function mailboxState(state: MailboxState): Uint8Array {
  return Uint8Array.of(STATES.indexOf(state));
}

/** A mailbox in the bytes that are kept. */
export function encodeMailbox({ options }: Mailbox): Uint8Array {
  const { agent, pattern, queue, durable, key } = options;
  const { maxMessages, overflow } = options;
  const kept: MailboxFacts = {
    ...{ agent, pattern, queue, durable, key },
    ...{ maxMessages, overflow },
  };
  return writeJson(kept);
}

/**
 * Reads what {@linkcode encodeMailbox} wrote.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function decodeMailbox(
  { body, state: bytes }: { body: Uint8Array; state: Uint8Array },
): { init: MailboxFacts; state: MailboxState } {
  const init = readJson<MailboxFacts>(body, "mailbox", ["agent"]);
  return { init, state: STATES[bytes[0] ?? 0] ?? "open" };
}

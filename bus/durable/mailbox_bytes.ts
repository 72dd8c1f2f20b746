import type { Overflow } from "../agent.ts";
import type { Mailbox } from "../mailbox.ts";
import { readJson, writeJson } from "./json_bytes.ts";

/** A mailbox as it is kept. */
export interface KeptMailbox {
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

/** A mailbox in the bytes that are kept. */
export function encodeMailbox(
  { options }: Mailbox,
  isDurable: boolean,
): { body: Uint8Array; state: Uint8Array } {
  const { agent, pattern, queue, durable, key } = options;
  const { maxMessages, overflow } = options;
  const kept: KeptMailbox = {
    ...{ agent, pattern, queue, durable, key },
    ...{ maxMessages, overflow },
  };
  return { body: writeJson(kept), state: Uint8Array.of(isDurable ? 1 : 0) };
}

/**
 * Reads what {@linkcode encodeMailbox} wrote.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function decodeMailbox(
  { body, state }: { body: Uint8Array; state: Uint8Array },
): KeptMailbox & { readonly isDurable: boolean } {
  const kept = readJson<KeptMailbox>(body, "mailbox", ["agent"]);
  return { ...kept, isDurable: state[0] === 1 };
}

import type { DeadLetter, DeadLetterReason } from "../../dlq/dead_letter.ts";
import type { Letter } from "../dead_letter_office.ts";
import { type Envelope, forDisplay } from "../envelope.ts";
import type { MailboxOptions } from "../mailbox.ts";
import { readJson, writeJson } from "./json_bytes.ts";

/** Which mailbox a letter's message was in. */
export type LetterMailbox = Pick<
  MailboxOptions,
  "agent" | "kind" | "pattern" | "queue" | "durable" | "key"
>;

/** A dead letter as it is kept, beside its message. */
interface KeptLetter {
  readonly id: string;
  readonly reason: DeadLetterReason;
  readonly detail?: string;
  readonly attempts: number;
  readonly agent?: string;
  readonly failedAt: number;
  readonly cut?: boolean;
  readonly mailbox?: LetterMailbox;
}

/** What a letter says beside its message, in the bytes that are kept. */
export function encodeLetter({ letter, origin }: Letter): Uint8Array {
  const { id, reason, detail, attempts, agent, failedAt } = letter;
  const kept: KeptLetter = {
    ...{ id, reason, detail, attempts, agent, failedAt },
    cut: origin.cut,
    mailbox: origin.mailbox && mailboxOf(origin.mailbox),
  };
  return writeJson(kept);
}

/**
 * Reads what {@linkcode encodeLetter} wrote.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function decodeLetter(
  state: Uint8Array,
  envelope: Envelope,
): { letter: DeadLetter; cut?: boolean; mailbox?: LetterMailbox } {
  const kept = readJson<KeptLetter>(state, "dead letter", ["id", "reason"]);
  const { mailbox, cut, ...said } = kept;
  const message = forDisplay(envelope, Math.max(1, said.attempts));
  return { letter: { ...said, message }, cut, mailbox };
}

function mailboxOf(
  { options }: NonNullable<Letter["origin"]["mailbox"]>,
): LetterMailbox {
  const { agent, kind, pattern, queue, durable, key } = options;
  return { agent, kind, pattern, queue, durable, key };
}

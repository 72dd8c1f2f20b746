import { BusError } from "../core/errors.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Envelope } from "./envelope.ts";
import type { Mailbox } from "./mailbox.ts";
import type { WaitLine } from "./wait_line.ts";

/** What a message needs room for in the bus as a whole. */
export interface Claim {
  /** Its copies; one, where its dead letter is to be kept and it has none. */
  readonly copies: number;
  /** The message, which says how many bytes each has. */
  readonly envelope: Envelope;
}

/**
 * Where a message has to wait that needs room in these mailboxes, and in the bus
 * as a whole; nowhere, if there is room for all of it and nobody with a lower
 * ticket waits for the same.
 *
 * @throws {BusError} With code `"overflow"` if waiting would be no use.
 */
export function lineInFrontOf(
  { copies, envelope }: Claim,
  mailboxes: readonly Mailbox[],
  ticket: number,
  backpressure: Backpressure,
): WaitLine | undefined {
  const { line, maxPending } = backpressure;
  if (mailboxes.length > maxPending) {
    throw new BusError(
      "overflow",
      `Cannot send message as it must not have more recipients than maxPending: ${mailboxes.length} > ${maxPending}`,
    );
  }
  for (const mailbox of mailboxes) {
    const { overflow, agent, maxMessages } = mailbox.options;
    if (overflow === "wait") {
      const isBehind = mailbox.line.hasOlderThan(ticket);
      if (isBehind || !mailbox.hasRoom) return mailbox.line;
    } else if (overflow === "reject" && !mailbox.hasRoom) {
      throw new BusError(
        "overflow",
        `Cannot send message as the mailbox of "${agent}" is full: ${maxMessages} messages wait`,
      );
    }
  }
  if (copies === 0) return undefined;
  return line.hasOlderThan(ticket) ||
      !backpressure.fits(copies, copies * envelope.bytes)
    ? line
    : undefined;
}

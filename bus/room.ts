import { BusError } from "../core/errors.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Mailbox } from "./mailbox.ts";
import type { WaitLine } from "./wait_line.ts";

/**
 * Where a message has to wait that needs room in these mailboxes, and for so
 * many bytes in the bus as a whole; nowhere, if there is room for all of it and
 * nobody with a lower ticket waits for the same.
 *
 * @throws {BusError} With code `"overflow"` if waiting would be no use.
 */
export function lineInFrontOf(
  mailboxes: readonly Mailbox[],
  bytes: number,
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
  if (mailboxes.length === 0) return undefined;
  return line.hasOlderThan(ticket) ||
      !backpressure.fits(mailboxes.length, bytes)
    ? line
    : undefined;
}

import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";

type End = "acked" | "dead" | "dropped";

/** The copies of one message in one mailbox: more than one, where a dead one came back. */
interface Copies {
  readonly mailbox: string;
  /** Not ended. */
  live: number;
  /** How the last one to end has ended. */
  end: End | "";
}

/** The messages of one life of a bus, with their copies, also those that have ended. */
type Messages = Map<string, Copies[]>;
type OfCopy = { messageId: string; mailbox?: string };

/**
 * What has ended stays ended: what is acknowledged is never handed out again,
 * nor dead as well; nothing ends twice; and no call is both confirmed and
 * refused.
 */
export class Ends implements Checker {
  readonly laws = ["K3", "K4", "K6"];
  readonly #lives = new Map<string, Messages>();
  readonly #calls = new Map<number, string>();

  take(line: Line): void {
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Map());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "resolved":
      case "rejected":
        return this.#callEnded(line);
      case "told": {
        const messages = this.#lives.get(line.bus);
        if (messages) told(messages, line);
      }
    }
  }

  end(): void {}

  #callEnded(line: Line & { type: "resolved" | "rejected" }): void {
    const before = this.#calls.get(line.call);
    if (before !== undefined) {
      fail("K4", `call ${line.call} is ${line.type} after ${before}`, line);
    }
    this.#calls.set(line.call, line.type);
  }
}

function told(messages: Messages, line: Line & { type: "told" }): void {
  const { event } = line;
  switch (event.type) {
    case "message_accepted":
      return make(messages, event.message.id, event.mailboxes);
    case "message_replayed":
      return make(messages, event.messageId, event.mailboxes);
    case "message_restored":
      return make(messages, event.message.id, [event.mailbox]);
    case "delivery_started":
      return checkStart(messages, event, line);
    case "delivery_ended":
      if (event.outcome !== "acked") return;
      return finish(messages, event, "acked", line);
    case "dead_letter_added":
      return finish(messages, event, "dead", line);
    case "message_dropped":
      return finish(messages, event, "dropped", line);
  }
}

function make(
  messages: Messages,
  messageId: string,
  mailboxes: readonly string[],
): void {
  const all = messages.get(messageId) ?? [];
  messages.set(messageId, all);
  for (const mailbox of mailboxes) {
    const known = all.find((one) => one.mailbox === mailbox);
    if (known) known.live++;
    else all.push({ mailbox, live: 1, end: "" });
  }
}

function find(
  messages: Messages,
  { messageId, mailbox }: OfCopy,
): Copies | undefined {
  return messages.get(messageId)?.find((one) => one.mailbox === mailbox);
}

function checkStart(messages: Messages, started: OfCopy, line: Line): void {
  const copies = find(messages, started);
  if (!copies || copies.live > 0) return;
  const { end, mailbox } = copies;
  const text =
    `${started.messageId} of "${mailbox}" is handed out after ${end}`;
  fail(end === "acked" ? "K3" : "K4", text, line);
}

function finish(messages: Messages, ended: OfCopy, end: End, line: Line): void {
  const copies = find(messages, ended);
  if (!copies) return;
  if (copies.live === 0) {
    const text =
      `${ended.messageId} of "${copies.mailbox}" is ${end} after ${copies.end}`;
    fail(copies.end === end ? "K6" : "K4", text, line);
  }
  copies.live--;
  copies.end = end;
}

function fail(law: string, text: string, line: Line): never {
  throw new Violation(law, text, line);
}

import type { BusEvent, DeadLetter, HistoryEntry, Message } from "../mod.ts";
import type { Redaction } from "./redaction.ts";
import { type ShownOptions, shownPayload } from "./shown.ts";

/** Shows what the bus holds as JSON can say it, without what is to be hidden. */
export class Display {
  /** What is hidden. */
  readonly redaction: Redaction;

  /** Hides what `redaction` names. */
  constructor(redaction: Redaction) {
    this.redaction = redaction;
  }

  /** A message. */
  message(message: Message, options?: ShownOptions): Message {
    const shown = shownPayload(message.payload, options);
    const { headers } = message;
    return {
      ...message,
      payload: this.redaction.apply(shown),
      ...(headers &&
        { headers: this.redaction.apply(headers) as Record<string, string> }),
    };
  }

  /** An entry of the history. */
  entry(entry: HistoryEntry, options?: ShownOptions): HistoryEntry {
    return { ...entry, message: this.message(entry.message, options) };
  }

  /** A dead letter. */
  letter(letter: DeadLetter, options?: ShownOptions): DeadLetter {
    return { ...letter, message: this.message(letter.message, options) };
  }

  /** An event. */
  event(event: BusEvent, options?: ShownOptions): BusEvent {
    if (!("message" in event)) return event;
    return { ...event, message: this.message(event.message, options) };
  }
}

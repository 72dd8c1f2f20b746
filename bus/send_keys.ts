import type { Envelope } from "./envelope.ts";

/** What tells a send from others of its sender, where that has to outlive the process. */
export interface SendKeys {
  /** Its `deduplicationId` with the sender's name in front, as sends that have one are known by. */
  readonly name: string | undefined;
  /** Whether the id of its message does, too, as the sender's end of a connection gave it. */
  readonly byId: boolean;
}

/** A send, and what tells it from others. */
export interface KeyedSend {
  /** Its message. */
  readonly envelope: Envelope;
  /** What tells it from others; nothing where it need not be known again. */
  readonly sends: SendKeys | undefined;
}

/** What nearly all have that are known again. */
export const BY_ID: SendKeys = { name: undefined, byId: true };

/** What a send is known by that has a name of its own, or an id that cannot be read as numbers. */
export function keyOf(sender: string, name: string): string {
  return `${sender} ${name}`;
}

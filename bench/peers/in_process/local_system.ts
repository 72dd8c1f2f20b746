import type { BenchMessage } from "../../message.ts";

/** One way for the parts of a program to talk to each other, within the process. */
export interface LocalSystem {
  /**
   * Sets up so many receivers.
   *
   * @returns Sends one message to all of them; a promise where it is not done at once.
   */
  sender(
    receivers: number,
    take: (message: { readonly payload: unknown }) => void,
  ): Promise<(message: BenchMessage) => unknown>;
  /**
   * Sets up a responder that gives the payload back.
   *
   * @returns Asks it.
   */
  requester(): Promise<(message: BenchMessage) => unknown>;
}

import type { MessageHead } from "./envelope.ts";

/** What was accepted; of bytes that came over a connection, its id is text only once somebody asks. */
export type Accepted = Pick<MessageHead, "id">;

/** Whoever is told what has become of a send. */
export interface DecisionListener {
  /** The bus has it. */
  accepted(accepted: Accepted): void;
  /** The bus does not have it, and why. */
  refused(error: unknown): void;
}

/**
 * What will become of a send that takes its time: it is decided once. Whoever
 * listens is told within that call, in the order of coming; a refusal that
 * nobody listens to is nobody's fault. Most sends have three listeners, and a
 * promise for each would cost more than the send itself.
 */
export class Decision {
  #isMade = false;
  #accepted: Accepted | undefined;
  #error: unknown;
  // Hardly more than two, so that a list for all of them would be waste.
  #first: DecisionListener | undefined;
  #second: DecisionListener | undefined;
  #others: readonly DecisionListener[] | undefined;

  /** What a promise will say. */
  static of(promise: Promise<Accepted>): Decision {
    const decision = new Decision();
    promise.then(
      (accepted) => decision.accept(accepted),
      (error) => decision.refuse(error),
    );
    return decision;
  }

  /** Made already: it is refused. */
  static refused(error: unknown): Decision {
    const decision = new Decision();
    decision.refuse(error);
    return decision;
  }

  /** Decides that the bus has it. Once it is decided, nothing changes that. */
  accept(accepted: Accepted): void {
    if (this.#isMade) return;
    this.#isMade = true;
    this.#accepted = accepted;
    this.#tellAll();
  }

  /** Decides that the bus does not have it. Once it is decided, nothing changes that. */
  refuse(error: unknown): void {
    if (this.#isMade) return;
    this.#isMade = true;
    this.#error = error;
    this.#tellAll();
  }

  /** Tells a listener when it is decided; at once where it is. */
  tell(listener: DecisionListener): void {
    if (this.#isMade) this.#tell(listener);
    else if (!this.#first) this.#first = listener;
    else if (!this.#second) this.#second = listener;
    else this.#others = [...this.#others ?? [], listener];
  }

  /** The same for whoever awaits it. */
  toPromise(): Promise<Accepted> {
    const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
    this.tell({ accepted: resolve, refused: reject });
    return promise;
  }

  #tellAll(): void {
    const others = this.#others;
    if (this.#first) this.#tell(this.#first);
    if (this.#second) this.#tell(this.#second);
    // It may be remembered for longer than they are of use.
    this.#first = this.#second = this.#others = undefined;
    for (const listener of others ?? []) this.#tell(listener);
  }

  #tell(listener: DecisionListener): void {
    if (this.#accepted) listener.accepted(this.#accepted);
    else listener.refused(this.#error);
  }
}

/** The same for whoever awaits it. */
export function toPromise(
  accepted: Accepted | Decision,
): Accepted | Promise<Accepted> {
  return accepted instanceof Decision ? accepted.toPromise() : accepted;
}

/** The id alone: it may be remembered for longer than what was accepted. */
export function idOf(accepted: Accepted | Decision): string | Promise<string> {
  return accepted instanceof Decision
    ? accepted.toPromise().then(({ id }) => id)
    : accepted.id;
}

/** What was accepted under this id. */
export function toAccepted(id: string | Promise<string>): Accepted | Decision {
  return typeof id === "string"
    ? { id }
    : Decision.of(id.then((id) => ({ id })));
}

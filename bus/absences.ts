import type { AgentEntry, Instance } from "./agent_entry.ts";
import type { Mailbox } from "./mailbox.ts";

/** One loss of a connection, until the time to come back is over. */
export interface Absence {
  /** Who was lost. */
  readonly instance: Instance;
  /** What is kept for it. */
  readonly mailboxes: ReadonlySet<Mailbox>;
}

/** Instances whose connection was lost, and the mailboxes that stay open for them to come back to. */
export class Absences {
  readonly #away = new Map<string, Absence>();
  readonly #holds = new Map<Mailbox, Set<Absence>>();

  /** An instance was lost: these mailboxes are held for it. */
  begin(instance: Instance, mailboxes: ReadonlySet<Mailbox>): Absence {
    const absence = { instance, mailboxes };
    this.#away.set(instance.id, absence);
    for (const mailbox of mailboxes) {
      const holds = this.#holds.get(mailbox) ?? new Set();
      this.#holds.set(mailbox, holds.add(absence));
    }
    return absence;
  }

  /** Who comes back under this id, if it was lost. What is held for it stays so until its consumers are back. */
  end(id: string): Instance | undefined {
    const absence = this.#away.get(id);
    this.#away.delete(id);
    return absence?.instance;
  }

  /** The time to come back is over. */
  expire(absence: Absence): void {
    const { id } = absence.instance;
    // It may have come back, and have been lost again since.
    if (this.#away.get(id) === absence) this.#away.delete(id);
    for (const mailbox of absence.mailboxes) this.#drop(mailbox, absence);
  }

  /** An instance has left a mailbox for good: it is held for it no longer. */
  release(instance: Instance, mailbox: Mailbox): void {
    for (const absence of this.#holds.get(mailbox) ?? []) {
      if (absence.instance === instance) this.#drop(mailbox, absence);
    }
  }

  /** Whether somebody may come back to this mailbox. */
  holds(mailbox: Mailbox): boolean {
    return this.#holds.has(mailbox);
  }

  /** Whether an instance of this agent may come back. */
  mayReturn(agent: AgentEntry): boolean {
    for (const { instance } of this.#away.values()) {
      if (instance.agent === agent) return true;
    }
    return false;
  }

  #drop(mailbox: Mailbox, absence: Absence): void {
    const holds = this.#holds.get(mailbox);
    holds?.delete(absence);
    if (holds?.size === 0) this.#holds.delete(mailbox);
  }
}

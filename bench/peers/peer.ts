import type { Build } from "../process/build.ts";
import type { Figures } from "../rounds.ts";

/** Kinds of work that systems are compared at, between processes. */
export const WORKS = [
  "one-way",
  "request",
  "fan-out",
  "acked",
  "durable",
] as const;

/** One of them. */
export type WorkName = typeof WORKS[number];

/** A server that runs. */
export interface Server extends AsyncDisposable {
  /** What clients are told to reach it. */
  readonly address: string;
  /** Its process; none where programs talk directly. */
  readonly pid?: number;
  /** What Node runs where a system's programs are not for Deno. */
  readonly nodeProgram?: string;
  /** Starts to look at more of it. */
  watch?(): Promise<unknown>;
  /** What was seen; `usedUs` is the processor time it took since. */
  watched?(): Promise<Figures>;
}

/** One system that carries messages between processes. */
export interface Peer {
  /** What it is called in the tables. */
  readonly name: string;
  /** What it is in the comparison: ours, another's, or what the platform allows. */
  readonly role: "ours" | "peer" | "ceiling";
  /** How it is set up, in a sentence. */
  readonly setup: string;
  /** The file in `clients/` that programs use it with. */
  readonly client: string;
  /** Which of several ways that file knows. */
  readonly mode?: string;
  /** What it can do. */
  readonly works: readonly WorkName[];
  /** Whether round trips are also measured with every process on one core. */
  readonly onOneCore?: boolean;
  /** Whether the start of a program that joins it is timed. @default {whether it is measured at "one-way"} */
  readonly startsAlone?: boolean;
  /** Whether it is measured as its package has it, and not as this tree does. @default {false} */
  readonly isPackaged?: boolean;
  /**
   * Starts what it needs, with `folder` for its files; ours, with a state of
   * the library.
   *
   * @throws {MissingProgram} If this machine does not have its server.
   */
  start(folder: string, build?: Build): Promise<Server>;
  /** Its versions, for the page. */
  version(): Promise<string>;
}

/** A server program that is not installed: its system is left out. */
export class MissingProgram extends Error {
  /** @param program The program. @param packageName The Debian package that it comes with. */
  constructor(program: string, packageName: string) {
    super(`${program} is not installed (apt-get install ${packageName})`);
    this.name = "MissingProgram";
  }
}

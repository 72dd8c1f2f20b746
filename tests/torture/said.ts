/** What a program says while it works. `at` is milliseconds since the Unix epoch, `copy` is `TOKEN>MAILBOX`. */
export type Said =
  & { readonly at: number }
  & (
    | {
      /** Sends, once more if it was said before. */
      readonly say: "try";
      readonly token: string;
      readonly from: string;
      /** The mailboxes that are to get a copy. */
      readonly to: readonly string[];
      readonly deduplicationId?: string;
    }
    /** The send has resolved. */
    | { readonly say: "ok"; readonly token: string; readonly id: string }
    | {
      /** The send has failed, and is not made again where that is for good. */
      readonly say: "refused";
      readonly token: string;
      readonly code: string;
      readonly isForGood: boolean;
    }
    | {
      /** A handler begins. */
      readonly say: "start";
      readonly copy: string;
      /** The message's id. */
      readonly id: string;
      readonly attempt: number;
      readonly redelivered: boolean;
      /** Tells one life of a connection, or of the process of the bus, from others. */
      readonly life: string;
    }
    /** A handler ends, or will not end before its lease. */
    | {
      readonly say: "end";
      readonly copy: string;
      readonly attempt: number;
      readonly how: "ack" | "nack" | "reject" | "stall";
    }
    | {
      /** The bus has said that a copy is acknowledged, or a dead letter. */
      readonly say: "acked" | "dead";
      readonly id: string;
      /** Whose copy it was. */
      readonly agent: string;
    }
    /** Agents' processes are killed: from `at` on, and at `until` they are gone. */
    | { readonly say: "killed"; readonly until: number }
  );

/** What {@linkcode Said} is without the time, which {@linkcode Diary} adds. */
export type Saying = Said extends infer One
  ? One extends Said ? Omit<One, "at"> : never
  : never;

/**
 * Where a program writes down what it does: a line in one call each, so that
 * what was said stays said when the process is killed.
 */
export class Diary {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  /** Goes on at the end of a file, or begins it. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true, create: true });
  }

  /** Says it now. */
  say(saying: Saying): void {
    const line = JSON.stringify({ at: Date.now(), ...saying }) + "\n";
    const bytes = this.#encoder.encode(line);
    const written = this.#file.writeSync(bytes);
    if (written < bytes.length) throw new Error("A line was not written whole");
  }
}

/** Reads what was said; a last line that is not whole is left out. */
export function readSaid(text: string): Said[] {
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Said);
}

/**
 * Puts what several programs said in the order of time, their own orders kept.
 * Where two speak of one copy in the same millisecond, its attempts tell who was first.
 */
export function inOrderOfTime(
  ...diaries: readonly (readonly Said[])[]
): Said[] {
  const all = diaries.flat().sort((a, b) => a.at - b.at);
  return [...Map.groupBy(all, ({ at }) => at).values()].flatMap(byAttempt);
}

/** Of one millisecond: what is said of a copy keeps its places, and takes them attempt by attempt. */
function byAttempt(said: readonly Said[]): Said[] {
  const handlings = said.filter(isHandling);
  const sorted = Map.groupBy(
    handlings.toSorted((a, b) => a.attempt - b.attempt),
    ({ copy }) => copy,
  );
  return said.map((one) =>
    isHandling(one) ? sorted.get(one.copy)?.shift() ?? one : one
  );
}

function isHandling(
  said: Said,
): said is Extract<Said, { say: "start" | "end" }> {
  return said.say === "start" || said.say === "end";
}

/** How a copy is called. */
export function copyOf(token: string, mailbox: string): string {
  return `${token}>${mailbox}`;
}

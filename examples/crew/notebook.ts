import { DatabaseSync } from "node:sqlite";

/** How long a process that is about to end may take to let go of its notebook, in milliseconds. */
const LET_GO_MS = 5_000;

/**
 * What a member has done in the latest round, on the disk before it says that
 * it is done: whoever takes its place goes on from there. As large as a round
 * is; the next one begins it anew.
 */
export class Notebook implements Disposable {
  readonly #database: DatabaseSync;

  /** Opens a notebook, and begins it where there is none. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: LET_GO_MS });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS note
        (round INTEGER, name TEXT, text TEXT NOT NULL, PRIMARY KEY (round, name))
    `);
  }

  /** The latest round that something is noted of; 0 if nothing is. */
  get round(): number {
    const row = this.#database.prepare("SELECT max(round) AS round FROM note")
      .get();
    return Number(row?.round ?? 0);
  }

  /** Notes something of a round under a name, in the place of what was noted there. Of rounds before the latest nothing is noted. */
  write(round: number, name: string, value: unknown): void {
    const latest = this.round;
    if (round < latest) return;
    if (round > latest) this.#database.exec("DELETE FROM note");
    this.#database.prepare("INSERT OR REPLACE INTO note VALUES (?, ?, ?)")
      .run(round, name, JSON.stringify(value));
  }

  /** What is noted of the latest round under a name; `undefined` if nothing is, or if the round is another. */
  read<T>(round: number, name: string): T | undefined {
    const row = this.#database.prepare(
      "SELECT text FROM note WHERE round = ? AND name = ?",
    ).get(round, name);
    return row && JSON.parse(String(row.text)) as T;
  }

  /** All that is noted of the latest round, in the order of the names. */
  readAll<T>(): [name: string, value: T][] {
    const rows = this.#database.prepare(
      "SELECT name, text FROM note WHERE round = ? ORDER BY name",
    ).all(this.round);
    return rows.map((row) => [
      String(row.name),
      JSON.parse(String(row.text)) as T,
    ]);
  }

  /** Lets go of it. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

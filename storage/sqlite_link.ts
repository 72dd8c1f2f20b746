import { BusError } from "../core/errors.ts";
import type {
  SqliteAnswer,
  SqliteCall,
  SqliteResults,
} from "./sqlite_calls.ts";
import type { SqliteProgram } from "./sqlite_worker.ts";
import type { StoreSize } from "./store.ts";
import { startThread, type StoreThread } from "./store_thread.ts";

/** Calls that may wait for their answer. */
const MAX_CALLS = 16;

/** What a call that went well comes to. */
export interface SqliteDone<Type extends SqliteCall["type"]> {
  readonly size: StoreSize;
  readonly result: SqliteResults[Type];
}

/** Beside this file, and as it is: the package has all of them translated. */
function ownProgram(): URL {
  const { url } = import.meta;
  const name: SqliteProgram = "sqlite_worker";
  return new URL(`./${name}${url.slice(url.lastIndexOf("."))}`, url);
}

// deno-lint-ignore no-explicit-any -- each waits for the result of its own call.
type Waiting = PromiseWithResolvers<SqliteDone<any>>;

/** This side of the thread that has a store's file. */
export class SqliteLink {
  readonly #thread: StoreThread;
  readonly #waiting: Waiting[] = [];
  #end: BusError | undefined;

  /** Starts the thread. Its program must not be looked for where a user's program is. */
  constructor(program: URL = ownProgram()) {
    this.#thread = startThread(program, {
      onAnswer: (answer) => this.#take(answer),
      onEnd: (reason) => this.#die(reason),
    });
  }

  /**
   * Asks the thread to do something.
   *
   * @throws {BusError} With code `"storage"` if it could not.
   */
  call<Type extends SqliteCall["type"]>(
    call: SqliteCall & { readonly type: Type },
    transfer: ArrayBuffer[] = [],
  ): Promise<SqliteDone<Type>> {
    if (this.#end) return Promise.reject(this.#end);
    if (this.#waiting.length >= MAX_CALLS) {
      return Promise.reject(
        new BusError(
          "storage",
          `Cannot ${call.type} as at most ${MAX_CALLS} calls may wait for the store: so many wait`,
        ),
      );
    }
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.push(waiting);
    this.#thread.post(call, transfer);
    return waiting.promise;
  }

  /** Ends the thread, whatever it does. Safe to call twice. */
  end(): void {
    this.#thread.end();
    this.#fail("it was closed");
  }

  #take(answer: SqliteAnswer): void {
    const waiting = this.#waiting.shift();
    if (answer.type === "done") return waiting?.resolve(answer);
    const { text, retryable, cause } = answer;
    waiting?.reject(
      new BusError("storage", text, {
        retryable,
        ...(cause === undefined ? {} : { cause: new Error(cause) }),
      }),
    );
  }

  #die(text: string): void {
    this.#thread.end();
    this.#fail(`it ended: ${text}`);
  }

  #fail(text: string): void {
    this.#end ??= new BusError(
      "storage",
      `Cannot use store as its thread must live: ${text}`,
      { retryable: false },
    );
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#end);
  }
}

import { type RecordGroup, transferablesOf } from "./record_group.ts";
import type {
  SqliteAnswer,
  SqliteCall,
  SqliteResults,
} from "./sqlite_calls.ts";
import { storageError } from "./sqlite_errors.ts";
import { SqliteFile } from "./sqlite_file.ts";

/** Sends an answer, and hands over buffers instead of copying them. */
export type SendAnswer = (
  answer: SqliteAnswer,
  transfer: ArrayBuffer[],
) => void;

/** Has a store's file, and does what is asked of it: one call after the other, each with one answer. */
export class SqliteThread {
  readonly #send: SendAnswer;
  #file: SqliteFile | undefined;
  #groups: Generator<RecordGroup, void> | undefined;

  constructor(send: SendAnswer) {
    this.#send = send;
  }

  /** Does what is asked, and answers. */
  take(call: SqliteCall): void {
    try {
      const result = this.#do(call);
      const size = this.#file?.size ?? { bytes: 0, records: 0 };
      const transfer = isGroup(result) ? transferablesOf(result) : [];
      this.#send({ type: "done", size, result }, transfer);
    } catch (error) {
      this.#send(failure(error), []);
    }
    // Whoever waited for the answer has it.
    if (call.type === "commit") this.#file?.tidy();
  }

  #do(call: SqliteCall): SqliteResults[SqliteCall["type"]] {
    switch (call.type) {
      case "open":
        this.#file = SqliteFile.open(call.path, call.options);
        this.#groups = this.#file.read();
        return null;
      case "read":
        return this.#groups?.next().value ?? null;
      case "commit":
        this.#file?.commit(call.batch, call.urgent);
        return null;
      case "backup":
        this.#file?.backup(call.path);
        return null;
      case "verify":
        return this.#file?.verify() ?? null;
      case "close":
        this.#groups?.return();
        this.#file?.close();
        this.#file = undefined;
        return null;
    }
  }
}

function isGroup(
  result: SqliteResults[SqliteCall["type"]],
): result is RecordGroup {
  return result !== null && "keys" in result;
}

function failure(thrown: unknown): SqliteAnswer {
  const { message: text, retryable, cause } = storageError("use store", thrown);
  return {
    type: "failed",
    text,
    retryable,
    ...(cause instanceof Error ? { cause: cause.message } : {}),
  };
}

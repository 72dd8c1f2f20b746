import type { SqliteCall } from "./sqlite_calls.ts";
import { type SendAnswer, SqliteThread } from "./sqlite_thread.ts";

/** What this program is called: who names it so has it with the package. */
export type SqliteProgram = "sqlite_worker";

/** What a worker has of its own; the library's types are those of the main thread. */
interface WorkerScope {
  postMessage: SendAnswer;
  onmessage: ((event: MessageEvent<SqliteCall>) => void) | null;
}

if ("Deno" in globalThis) {
  const scope = globalThis as unknown as WorkerScope;
  const thread = new SqliteThread((answer, transfer) =>
    scope.postMessage(answer, transfer)
  );
  scope.onmessage = ({ data }) => thread.take(data);
} else {
  const { parentPort } = await import("node:worker_threads");
  const thread = new SqliteThread((answer, transfer) =>
    parentPort?.postMessage(answer, transfer)
  );
  parentPort?.on("message", (call: SqliteCall) => thread.take(call));
}

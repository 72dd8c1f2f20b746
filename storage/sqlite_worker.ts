import type { SqliteCall } from "./sqlite_calls.ts";
import { type SendAnswer, SqliteThread } from "./sqlite_thread.ts";

/** What a worker has of its own; the library's types are those of the main thread. */
interface WorkerScope {
  postMessage: SendAnswer;
  onmessage: ((event: MessageEvent<SqliteCall>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const thread = new SqliteThread((answer, transfer) =>
  scope.postMessage(answer, transfer)
);
scope.onmessage = ({ data }) => thread.take(data);

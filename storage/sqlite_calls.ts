import type { RecordGroup } from "./record_group.ts";
import type { SqliteFileOptions } from "./sqlite_file.ts";
import type { StoreReport } from "./sqlite_report.ts";
import type { StoreSize } from "./store.ts";

/** What a store asks of the thread that has its file. Calls are answered in their order. */
export type SqliteCall =
  | {
    readonly type: "open";
    readonly path: string;
    readonly options: SqliteFileOptions;
  }
  | { readonly type: "read" }
  | {
    readonly type: "commit";
    readonly batch: ArrayBuffer;
    readonly urgent: boolean;
  }
  | { readonly type: "backup"; readonly path: string }
  | { readonly type: "verify" }
  | { readonly type: "close" };

/** What the calls come to. */
export interface SqliteResults {
  readonly open: null;
  /** Records that were read; `null` when all have been. */
  readonly read: RecordGroup | null;
  readonly commit: null;
  readonly backup: null;
  readonly verify: StoreReport;
  readonly close: null;
}

/** What the thread answers. */
export type SqliteAnswer =
  | {
    readonly type: "done";
    readonly size: StoreSize;
    readonly result: SqliteResults[SqliteCall["type"]];
  }
  | {
    readonly type: "failed";
    readonly text: string;
    readonly retryable: boolean;
    readonly cause?: string;
  };

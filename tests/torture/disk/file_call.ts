/**
 * A system call on a file. `from` and `to` are the lines of the recording on
 * which it began and ended; `to` is `Infinity` where it never did.
 */
export type FileCall =
  & { readonly path: string; readonly from: number; readonly to: number }
  & (
    | {
      readonly type: "write";
      /** Where in the file; at its end, if left out. */
      readonly at?: number;
      readonly bytes: Uint8Array;
      /** Whether its program was killed meanwhile: it may have done its work, or part of it, or nothing. */
      readonly isUnsure?: true;
    }
    | { readonly type: "truncate"; readonly size: number }
    | { readonly type: "create" | "unlink" | "sync" }
    | { readonly type: "rename"; readonly target: string }
  );

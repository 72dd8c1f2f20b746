import type { FileCall } from "./file_call.ts";

/** Where copies are of what each life has found, from the directory of a recording. */
export const FOUND = "found-";

/**
 * Puts in the place of each write whose program was killed meanwhile what the
 * next life has found there: all of it, a part, or what was there before. That
 * life has gone on from it. Where none came, all of it stays.
 *
 * @param calls Those of the copies among them, which begin with their creation.
 * @param read Reads a copy; nothing where there is none.
 */
export function asFound(
  calls: readonly FileCall[],
  read: (path: string) => Uint8Array | undefined,
): FileCall[] {
  return calls.flatMap((call) => {
    if (call.type !== "write" || !call.isUnsure) return call;
    const copied = calls.find(({ type, path, from }) =>
      type === "create" && path.startsWith(FOUND) && from > call.from
    );
    if (!copied || call.at === undefined) return call;
    const [folder] = copied.path.split("/");
    const found = read(`${folder}/${call.path.split("/").at(-1)}`);
    const bytes = found?.slice(call.at, call.at + call.bytes.length);
    return bytes && bytes.length > 0 ? { ...call, bytes } : [];
  });
}

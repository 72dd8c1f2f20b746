import { fault, type Finding, fine, unknown, warning } from "./finding.ts";

const CHECK = "store";
/** Where Linux lists who has locked what. */
const LOCKS = "/proc/locks";

/** Looks at a store's file and who holds it, without opening it: that would take it from its bus. */
export async function checkStore(
  store: string,
  busPid: number | undefined,
): Promise<Finding> {
  const found = await Deno.stat(store).catch(() => undefined);
  if (!found?.isFile) {
    return warning(
      CHECK,
      `there is no file ${store}`,
      "a bus makes it when it starts; see whether you are where it was started",
    );
  }
  const bits = (found.mode ?? 0) & 0o777;
  if ((bits & 0o077) !== 0) {
    return warning(
      CHECK,
      `others may read the messages in ${store}: its mode is ${
        bits.toString(8)
      }`,
      `take that from them with "chmod go-rwx ${store}"`,
    );
  }
  const locks = await Deno.readTextFile(LOCKS).catch(() => undefined);
  if (locks === undefined) {
    return unknown(CHECK, `${store}; who holds it cannot be told here`);
  }
  const holder = holderOf(locks, found.ino);
  if (holder === undefined) return fine(CHECK, `${store}, held by nobody`);
  return holder === busPid
    ? fine(CHECK, `${store}, held by the bus (process ${holder})`)
    : fault(
      CHECK,
      `${store} is held by process ${holder}, which is not this bus`,
      `one bus at a time can have it: see what it is with "ps ${holder}", and end it`,
    );
}

/** The process that has locked the file of a number, as Linux lists it. */
export function holderOf(
  locks: string,
  inode: number | null,
): number | undefined {
  for (const line of locks.split("\n")) {
    const [, pid, file = ""] =
      /^\d+: \S+ +\S+ +\S+ +(\d+) +(\S+) /.exec(line) ?? [];
    if (inode !== null && file.endsWith(`:${inode}`)) return Number(pid);
  }
  return undefined;
}

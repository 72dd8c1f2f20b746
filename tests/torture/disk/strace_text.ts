import type { FileCall } from "./file_call.ts";

/** What strace must watch, and print, for {@linkcode readStrace}. */
export const STRACE_ARGS: readonly string[] = [
  ...["-f", "--seccomp-bpf", "-qq", "-y", "-xx"],
  ...["-s", "16777216", "-e", "signal=none", "-e"],
  "trace=openat,write,writev,pwrite64,pwritev,ftruncate,fallocate," +
  "unlink,unlinkat,rename,renameat,renameat2,fsync,fdatasync,sendto,sendmsg",
];

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
/** Another thread comes between, or the process was killed meanwhile. */
const UNFINISHED = /<(unfinished|detached) \.\.\.>$/;
/** The result of a call that was killed: it may have done its work, or part of it. */
const UNKNOWN = Infinity;
/** A signal or an end; or a call of a process that was killed before it was made, and before it was read which it was. */
const NO_CALL = /^\d+ +(\+\+\+ |--- |\?\?\?\(|<\.\.\. \?\?\? )/;
const LINE = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/;

/** One system call as strace prints it, its strings cut out of the text. */
interface Call {
  readonly name: string;
  /** Its arguments; `"` and a number stand for a string. */
  readonly text: string;
  readonly strings: readonly Uint8Array[];
  readonly from: number;
}

/**
 * Reads what strace has printed: the calls on the files below `directory`,
 * with paths from there on, in the order in which they began.
 *
 * @throws {Error} If a line is none that strace prints with {@linkcode STRACE_ARGS}.
 */
export function readStrace(text: Uint8Array, directory: string): FileCall[] {
  const found: FileCall[] = [];
  const open = new Map<string, Call>();
  const take = (call: Call, result: number, to: number) => {
    const one = fileCall(call, result, to, `${directory}/`);
    if (one) found.push(one);
  };
  let line = 0;
  for (const [words, strings] of linesOf(text)) {
    line++;
    const match = LINE.exec(words);
    if (!match) {
      if (NO_CALL.test(words)) continue;
      throw new Error(`Cannot read line ${line} of a recording: "${words}"`);
    }
    const [, thread = "", resumed, begun = "", rest = ""] = match;
    if (UNFINISHED.test(rest)) {
      const text = rest.replace(UNFINISHED, "");
      open.set(thread, { name: begun, text, strings, from: line });
      continue;
    }
    const begin = resumed === undefined
      ? { name: begun, text: rest, strings, from: line }
      : open.get(thread);
    open.delete(thread);
    const result = / = (-?\d+|\?)[^=]*$/.exec(rest)?.[1];
    // A question mark: killed in the middle of it.
    if (begin) take(begin, result === "?" ? UNKNOWN : Number(result), line);
  }
  // A call that never ended.
  for (const call of open.values()) take(call, UNKNOWN, Infinity);
  return found.sort((a, b) => a.from - b.from);
}

/** Each line as text in which a `"` and a number stand for a string, with those strings. */
function* linesOf(
  text: Uint8Array,
): Generator<[words: string, strings: Uint8Array[]]> {
  const decoder = new TextDecoder();
  for (let at = 0; at < text.length;) {
    let end = text.indexOf(NEWLINE, at);
    if (end < 0) end = text.length;
    const strings: Uint8Array[] = [];
    let words = "";
    while (at < end) {
      const slash = text.indexOf(BACKSLASH, at);
      const until = slash < 0 || slash > end ? end : slash;
      words += decoder.decode(text.subarray(at, until));
      at = until;
      if (at >= end) break;
      const [bytes, next] = hexString(text, at);
      words += strings.push(bytes) - 1;
      at = next;
    }
    at = end + 1;
    yield [words, strings];
  }
}

/** Bytes written as `\x00\x01`, and where what comes after them begins. */
function hexString(
  text: Uint8Array,
  at: number,
): [bytes: Uint8Array, next: number] {
  let end = at;
  while (text[end] === BACKSLASH) end += 4;
  const bytes = new Uint8Array((end - at) / 4);
  for (let index = 0; index < bytes.length; index++) {
    const digits = at + index * 4 + 2;
    bytes[index] = hexDigit(text[digits]) * 16 + hexDigit(text[digits + 1]);
  }
  return [bytes, end];
}

function hexDigit(code = 0): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/**
 * What a call did to a file below the directory, if anything. One of which that
 * is not known has written all, for now; but it has synced nothing, and taken no
 * name away.
 */
function fileCall(
  { name, text, strings, from }: Call,
  result: number,
  to: number,
  below: string,
): FileCall | undefined {
  // A file without a name is gone when nobody has it open any more.
  if (result < 0 || text.includes(">(deleted)")) return undefined;
  const args = text.replace(/\)( +=.*)?$/, "").split(", ");
  const bytesAt = (index: number) =>
    strings[Number(/["<](\d+)[">]/.exec(args[index] ?? "")?.[1])] ??
      new Uint8Array();
  const pathAt = (index: number) => {
    const path = new TextDecoder().decode(bytesAt(index));
    return path.startsWith(below) ? path.slice(below.length) : undefined;
  };
  const path = pathAt(PATH_ARGUMENT[name] ?? 0);
  if (path === undefined) return undefined;
  const when = { path, from, to };
  const bytes = () => bytesAt(1).subarray(0, result);
  if (result === UNKNOWN && !GIVES.has(name)) return undefined;
  switch (name) {
    case "openat":
      if (text.includes("O_TRUNC")) {
        return { type: "truncate", size: 0, ...when };
      }
      return text.includes("O_CREAT") ? { type: "create", ...when } : undefined;
    case "unlink":
    case "unlinkat":
      return { type: "unlink", ...when };
    case "rename":
    case "renameat":
    case "renameat2": {
      const target = pathAt(name === "rename" ? 1 : 3);
      if (target === undefined) break;
      return { type: "rename", target, ...when };
    }
    case "fsync":
    case "fdatasync":
      return { type: "sync", ...when };
    case "ftruncate":
      return { type: "truncate", size: Number(args[1]), ...when };
    case "write":
      return { type: "write", bytes: bytes(), ...when };
    case "pwrite64": {
      const at = Number(args[3]);
      if (result !== UNKNOWN) {
        return { type: "write", at, bytes: bytes(), ...when };
      }
      return { type: "write", at, bytes: bytes(), isUnsure: true, ...when };
    }
  }
  throw new Error(`Cannot follow "${name}" on "${path}"`);
}

/** Calls that only add to what a file holds, or make one. */
const GIVES: ReadonlySet<string> = new Set(["openat", "write", "pwrite64"]);

/** Which argument is the path, where it is not the first. */
const PATH_ARGUMENT: Readonly<Record<string, number>> = {
  openat: 1,
  unlinkat: 1,
  renameat: 1,
  renameat2: 1,
};

import assert from "node:assert/strict";
import { Dice } from "../../support/dice.ts";
import type { FileCall } from "./file_call.ts";
import { asFound } from "./killed_writes.ts";
import { RecordedDisk } from "./recorded_disk.ts";
import { readStrace } from "./strace_text.ts";

const PAGE = 4_096;

function write(line: number, at: number, fill: number): FileCall {
  const bytes = new Uint8Array(PAGE).fill(fill);
  return { type: "write", path: "f", at, bytes, from: line, to: line };
}

function sync(from: number, to: number): FileCall {
  return { type: "sync", path: "f", from, to };
}

/** What many cuts at a line leave of the file. */
function filesAfter(calls: readonly FileCall[], line: number): Uint8Array[] {
  return Array.from({ length: 200 }, (_, seed) => {
    const disk = new RecordedDisk(calls);
    disk.advance(line);
    return disk.cut(new Dice(seed)).get("f") ?? new Uint8Array();
  });
}

Deno.test("RecordedDisk keeps what a sync that has ended found, and nothing else for certain", () => {
  // The third write ends after the sync began.
  const calls = [write(1, 0, 1), sync(3, 5), write(4, PAGE, 2)];
  for (const file of filesAfter(calls, 5)) {
    assert.ok(file.subarray(0, PAGE).every((one) => one === 1));
  }
  assert.ok(filesAfter(calls, 5).some((file) => file.length === PAGE));
  assert.ok(filesAfter(calls, 4).some((file) => file.length === 0));
});

Deno.test("RecordedDisk tears writes where sectors meet, and reorders them", () => {
  const calls = [write(1, 0, 1), sync(2, 2), write(3, 0, 2), write(4, PAGE, 3)];
  const files = filesAfter(calls, 4);
  for (const file of files) {
    for (let at = 0; at < file.length; at += 512) {
      const sector = file.subarray(at, at + 512);
      assert.ok(sector.every((one) => one === sector[0]));
    }
  }
  const isMixed = (file: Uint8Array) => file[0] !== file[PAGE - 1];
  assert.ok(files.some(isMixed));
  const isReordered = (file: Uint8Array) => file[0] === 1 && file[PAGE] === 3;
  assert.ok(files.some(isReordered));
});

Deno.test("readStrace follows calls that are interrupted by others, and by the end", () => {
  const hex = (text: string) =>
    Array.from(
      text,
      (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`,
    ).join("");
  const file = hex("/d/f");
  const text = [
    `1  pwrite64(3<${file}>, "${hex("ab")}", 2, 512 <unfinished ...>`,
    `2  fsync(3<${file}>) = 0`,
    `1  <... pwrite64 resumed>) = 2`,
    `2  write(4<${hex("/elsewhere")}>, "${hex("x")}", 1) = 1`,
    `2  ftruncate(3<${file}>, 7) = -1 EIO (Input/output error)`,
    `1  pwrite64(3<${file}>, "${hex("c")}", 1, 514) = ?`,
    `1  fsync(3<${file}>) = ?`,
    `1  pwrite64(3<${file}>, "${hex("d")}", 1, 515 <unfinished ...>`,
    `1  <... pwrite64 resumed>) = ?`,
    `2  pwrite64(3<${file}>, "${hex("e")}", 1, 516 <detached ...>`,
    `1  unlink("${file}" <detached ...>`,
    `3  ???()                             = ?`,
    `4  ???( <unfinished ...>`,
    `4  <... ??? resumed>) = ?`,
  ].join("\n");
  const calls = readStrace(new TextEncoder().encode(text), "/d");
  const write = (text: string, at: number, from: number, to: number) => {
    const bytes = new TextEncoder().encode(text);
    return { type: "write", at, bytes, path: "f", from, to } as const;
  };
  assert.deepEqual(calls, [
    write("ab", 512, 1, 3),
    { type: "sync", path: "f", from: 2, to: 2 },
    // Killed: what they wrote may be there; nothing is synced, nothing gone.
    { ...write("c", 514, 6, 6), isUnsure: true },
    { ...write("d", 515, 8, 9), isUnsure: true },
    { ...write("e", 516, 10, Infinity), isUnsure: true },
  ]);
});

Deno.test("asFound() has a killed write do what the next life has found, and leaves the others", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const write = (text: string, at: number, line: number) => ({
    ...{ type: "write", path: "disk/f", at, bytes: bytes(text) } as const,
    ...{ from: line, to: line },
  });
  const killed = (text: string, at: number, line: number) => (
    { ...write(text, at, line), isUnsure: true } as const
  );
  const copy = (life: number, line: number): FileCall => (
    { type: "create", path: `found-${life}/f`, from: line, to: line }
  );
  const other = write("ab", 0, 3);
  const calls = [copy(1, 1), killed("cd", 0, 2), other, killed("ef", 3, 4)];
  const last = killed("gh", 0, 7);
  const gone = killed("ij", 9, 5);
  const copies = new Map([["found-1/f", "12345"], ["found-2/f", "xyzef"]]);
  const found = asFound(
    [...calls, gone, copy(2, 6), last],
    (path) => bytes(copies.get(path) ?? ""),
  );
  assert.deepEqual(found, [
    copy(1, 1),
    { ...calls[1], bytes: bytes("xy") },
    other,
    calls[3],
    copy(2, 6),
    last,
  ]);
});

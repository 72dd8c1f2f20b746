import type { Dice } from "../../support/dice.ts";
import type { FileCall } from "./file_call.ts";
import { RecordedFile } from "./recorded_file.ts";

/** What stands in the files after a power cut, by path. */
export type Image = ReadonlyMap<string, Uint8Array>;

/** A change of what files there are. */
interface NameChange {
  readonly path: string;
  /** What has this name from then on; nothing, where it is gone. */
  readonly file: RecordedFile | undefined;
  readonly to: number;
}

/**
 * A disk to which recorded calls are made again, one after the other. It knows
 * what a power cut could not take any more, and what it could. Names are kept
 * in a journal, as in ext4 and XFS: they become lasting in their order, with
 * whatever file is synced next.
 */
export class RecordedDisk {
  readonly #steps: { readonly line: number; readonly take: () => void }[];
  readonly #files = new Map<string, RecordedFile>();
  readonly #lastingNames = new Map<string, RecordedFile>();
  #newNames: NameChange[] = [];
  #next = 0;

  /** Nothing was done to it yet. The calls are in the order in which they began. */
  constructor(calls: readonly FileCall[]) {
    this.#steps = calls.map((call) =>
      call.type === "sync"
        ? { line: call.to, take: () => this.#sync(call.path, call.from) }
        : { line: call.from, take: () => this.#change(call) }
    ).sort((a, b) => a.line - b.line);
  }

  /** Whether there is anything that a power cut could still take. */
  get isUnsynced(): boolean {
    return this.#newNames.length > 0 ||
      this.#files.values().some((file) => file.isUnsynced);
  }

  /** Goes on to a line of the recording, none of which is before the last. */
  advance(line: number): void {
    for (; this.#next < this.#steps.length; this.#next++) {
      const step = this.#steps[this.#next];
      if (!step || step.line > line) return;
      step.take();
    }
  }

  /** What could be there if the power failed now. */
  cut(dice: Dice): Image {
    // At both ends it is the same for all files; else each has a fate of its own.
    const common = dice.weighted({ none: 2, all: 1, own: 7 });
    const names = new Map(this.#lastingNames);
    const count = common === "none"
      ? 0
      : common === "all"
      ? this.#newNames.length
      : dice.int(0, this.#newNames.length);
    for (const { path, file } of this.#newNames.slice(0, count)) {
      if (file) names.set(path, file);
      else names.delete(path);
    }
    const image = new Map<string, Uint8Array>();
    for (const [path, file] of names) {
      image.set(path, common === "own" ? file.cut(dice) : file.whole(common));
    }
    return image;
  }

  #change(call: Exclude<FileCall, { type: "sync" }>): void {
    const { path, to } = call;
    switch (call.type) {
      case "unlink":
        return this.#rename(path, undefined, to);
      case "rename": {
        const file = this.#files.get(path);
        this.#rename(call.target, file, to);
        return this.#rename(path, undefined, to);
      }
    }
    let file = this.#files.get(path);
    if (!file) {
      file = new RecordedFile();
      this.#rename(path, file, to);
    }
    if (call.type === "write") {
      file.change({ at: call.at ?? file.size, bytes: call.bytes, to });
    } else if (call.type === "truncate") {
      file.change({ size: call.size, to });
    }
  }

  #rename(path: string, file: RecordedFile | undefined, to: number): void {
    if (file) this.#files.set(path, file);
    else this.#files.delete(path);
    this.#newNames.push({ path, file, to });
  }

  #sync(path: string, from: number): void {
    this.#files.get(path)?.sync(from);
    const last = this.#newNames.findLastIndex(({ to }) => to < from);
    for (const one of this.#newNames.splice(0, last + 1)) {
      if (one.file) this.#lastingNames.set(one.path, one.file);
      else this.#lastingNames.delete(one.path);
    }
  }
}

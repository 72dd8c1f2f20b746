import { Child } from "../process/child.ts";
import type { Figures } from "../rounds.ts";

/** One system within a process. */
export interface LocalPeer {
  /** What it is called in the tables. */
  readonly name: string;
  readonly role: "ours" | "peer" | "ceiling";
  /** Its file in `in_process/`. */
  readonly file: string;
  /** What that exports. */
  readonly exported: string;
}

/** All of them, in the order of the tables. */
export const LOCAL_SYSTEMS: readonly LocalPeer[] = [
  {
    name: "a Map and a call",
    role: "ceiling",
    file: "function_call",
    exported: "functionCall",
  },
  { name: "Busbar", role: "ours", file: "busbar", exported: "busbar" },
  {
    name: "EventEmitter",
    role: "peer",
    file: "event_emitter",
    exported: "eventEmitter",
  },
  { name: "rxjs Subject", role: "peer", file: "rxjs", exported: "rxjs" },
  {
    name: "EventTarget",
    role: "peer",
    file: "event_target",
    exported: "eventTarget",
  },
  {
    name: "moleculer, local",
    role: "peer",
    file: "moleculer",
    exported: "moleculer",
  },
  { name: "emittery", role: "peer", file: "emittery", exported: "emittery" },
];

/** Measures one of them in a fresh process. */
export async function measureLocal(
  { file, exported }: LocalPeer,
  ms: number,
): Promise<Figures> {
  const args = [file, exported, String(ms)];
  await using child = Child.spawn("peers/programs/local.ts", args);
  return await child.hear<Figures>();
}

import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "./process/build.ts";

/** Where and with what something was measured. */
export interface Machine {
  readonly busbar: string;
  readonly deno: string;
  readonly v8: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly date: string;
}

/** This machine, and what runs here. */
export async function describeMachine(): Promise<Machine> {
  const text = await Deno.readTextFile(join(ROOT, "deno.json"));
  const { version } = JSON.parse(text) as { version: string };
  return {
    busbar: version,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The same in two lines. */
export function machineText(machine: Machine): string {
  const { busbar, deno, v8, system, processor, cores, memoryGiB } = machine;
  return `busbar ${busbar}, Deno ${deno}, V8 ${v8}, ${system}\n` +
    `${cores} cores of ${processor}, ${memoryGiB} GiB`;
}

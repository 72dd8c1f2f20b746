/** Ticks of the kernel's processor accounting in a second, on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;

/** Memory that a process has resident, in MiB. */
export function residentMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB_PER_MIB;
}

/** Time that a process has had a processor, in milliseconds. */
export function processorMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before the last parenthesis may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) / TICKS_PER_SECOND * 1_000;
}

/** File descriptors that a process has open. */
export function openFiles(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The part of one processor that a process has taken while `task` ran. */
export async function processorShare(
  pid: number,
  task: () => Promise<void>,
): Promise<number> {
  const [from, fromMs] = [performance.now(), processorMs(pid)];
  await task();
  return (processorMs(pid) - fromMs) / (performance.now() - from);
}

/** Ticks of the kernel's processor accounting in a second, on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIB = 1_024;

/** Time that a process has had a processor, in microseconds; known to 10 ms. */
export function processorUs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before the last parenthesis may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND * 1e6;
}

/** Memory that a process has resident, in bytes. */
export function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * BYTES_PER_KIB;
}

/** Milliseconds since the Unix epoch, to the microsecond: the same in every process of a machine. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Lets processes run on the given cores only, as `taskset` takes them.
 *
 * @returns Whether the machine has `taskset`.
 */
export async function pin(
  pids: readonly number[],
  cores: string,
): Promise<boolean> {
  try {
    for (const pid of pids) {
      const args = ["-acp", cores, String(pid)];
      await new Deno.Command("taskset", { args, stdout: "null" }).output();
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

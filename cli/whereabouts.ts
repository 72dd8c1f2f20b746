import { z } from "zod";
import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";

/** Of the file, for its owner alone: it holds the token. */
const MODE = 0o600;

const WhereaboutsSchema = z.object({
  format: z.literal(1),
  version: z.string(),
  deno: z.string(),
  pid: z.number().int(),
  bus: z.string(),
  socket: z.string(),
  store: z.string().optional(),
  keeper: z.string().optional(),
  inspector: z.object({ url: z.url(), token: z.string().optional() })
    .optional(),
  startedAt: z.number(),
});

/** Where a bus that `busbar serve` started is, and what it is reached by. */
export type Whereabouts = z.infer<typeof WhereaboutsSchema>;

/** The file that says so: beside the socket. */
export function whereaboutsPath(socket: string): string {
  return `${socket}.json`;
}

/** Writes the file, whole or not at all. */
export async function writeWhereabouts(
  socket: string,
  whereabouts: Omit<Whereabouts, "format">,
): Promise<void> {
  const path = whereaboutsPath(socket);
  const part = `${path}.${whereabouts.pid}`;
  const text = `${JSON.stringify({ format: 1, ...whereabouts }, null, 2)}\n`;
  try {
    // Made by us, and not found: what somebody else has put there may be read by them.
    await Deno.remove(part).catch(() => {});
    await Deno.writeTextFile(part, text, { createNew: true, mode: MODE });
    await Deno.rename(part, path);
  } catch (cause) {
    await Deno.remove(part).catch(() => {});
    throw cause;
  }
}

/** Removes the file, unless another process has written it since. */
export async function removeWhereabouts(
  socket: string,
  pid: number,
): Promise<void> {
  const found = await readWhereabouts(socket).catch(() => undefined);
  if (found?.pid !== pid) return;
  await Deno.remove(whereaboutsPath(socket)).catch(() => {});
}

/**
 * Reads the file.
 *
 * @returns Nothing where there is none.
 * @throws {CommandError} If it is another user's, or not what was written.
 */
export async function readWhereabouts(
  socket: string,
): Promise<Whereabouts | undefined> {
  const path = whereaboutsPath(socket);
  const text = await readOwn(path);
  if (text === undefined) return undefined;
  const parsed = WhereaboutsSchema.safeParse(jsonOrNothing(text));
  if (parsed.success) return parsed.data;
  throw new CommandError(
    EXIT.failed,
    `Cannot read ${path} as "busbar serve" of version 1 must have written it: it is something else; remove it, and start the bus again`,
  );
}

async function readOwn(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const { uid, mode } = await file.stat();
    // In a folder such as /tmp, somebody else could have put it there.
    const isOwn = uid === null || uid === Deno.uid() || uid === 0;
    if (isOwn && ((mode ?? 0) & 0o022) === 0) {
      return await new Response(file.readable).text();
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    // The socket lies where nobody can even look.
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
  throw new CommandError(
    EXIT.notAllowed,
    `Cannot trust ${path} as it must be yours, and nobody else's to write: it is not; remove it, or name another socket`,
  );
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

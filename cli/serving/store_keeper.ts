import { z } from "zod";
import { BusError, connect, MessageBus } from "../../mod.ts";
import type { SqliteStore } from "../../storage/sqlite_store.ts";
import { unixTransport } from "../../transports/unix.ts";

const NAME = "keeper";
/** How long a large store may take, in milliseconds. */
const WORK_TIMEOUT_MS = 3_600_000;

const WorkSchema = z.discriminatedUnion("work", [
  z.strictObject({
    work: z.literal("backup"),
    copy: z.string().startsWith("/"),
  }),
  z.strictObject({ work: z.literal("verify") }),
]);

/** What a keeper is asked to do. */
export type KeeperWork = z.infer<typeof WorkSchema>;

/** Where the keeper of a bus's store is asked: beside the bus's socket. */
export function keeperSocket(socket: string): string {
  return `${socket}.keeper`;
}

/**
 * Lets other programs of the same user have a store copied and checked that is
 * held by this one. They come by a socket of their own: who may use the bus may
 * not therefore have files written.
 */
export async function keepStore(
  store: SqliteStore,
  socket: string,
): Promise<MessageBus> {
  const keeper = new MessageBus({ name: NAME, history: false });
  keeper.agent(NAME).respond(async ({ payload }) => {
    const asked = WorkSchema.safeParse(payload);
    if (!asked.success) {
      throw new BusError(
        "rejected",
        "Cannot keep store as asked: it is unknown",
      );
    }
    if (asked.data.work === "verify") return await store.verify();
    await store.backup(asked.data.copy);
    return { records: store.size.records };
  }, { concurrency: 1 });
  try {
    await keeper.listen(unixTransport(socket, { mode: 0o600 }));
    return keeper;
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

/** Asks the keeper of a store that another process holds, and checks what it says. */
export async function askKeeper<S extends z.ZodType>(
  socket: string,
  work: KeeperWork,
  schema: S,
): Promise<z.infer<S>> {
  await using asker = await connect(unixTransport(socket), {
    name: `asker-${Deno.pid}`,
    reconnect: false,
  });
  try {
    const { payload } = await asker.request(NAME, work, {
      timeoutMs: WORK_TIMEOUT_MS,
    });
    return schema.parse(payload);
  } catch (error) {
    // What the store said there is what there is to be said here.
    if (!(error instanceof BusError) || error.code !== "remote") throw error;
    throw new BusError("storage", error.message, { cause: error });
  }
}

import { MessageBus } from "../../../mod.ts";
import type { Message } from "../../../mod.ts";
import type { Store, StoredRecord, StoreSize } from "../../../storage/store.ts";
import { pause } from "../../peers/pause.ts";
import { NEWS } from "../programs/sender.ts";
import { copyOf } from "../said.ts";
import type { Found } from "./account.ts";

/** More than any image holds. */
const ALL = 10_000;
const PATIENCE_MS = 5_000;

/** Has a bus begin on records that were read from an image, and looks what it has. */
export async function findIn(
  records: readonly StoredRecord[],
): Promise<Found> {
  const problems = records.filter(({ damage }) => damage !== undefined)
    .map(({ kind, key, damage }) => `damaged: ${kind} ${key}, ${damage}`);
  const bus = new MessageBus({ store: new FrozenStore(records) });
  await bus.ready();
  const copies: string[] = [];
  const collect = (agent: string) => ({ payload }: Message) => {
    copies.push(copyOf(tokenOf(payload), agent));
    // Held until the bus closes, so that nothing changes meanwhile.
    return new Promise<void>(() => {});
  };
  for (const name of ["worker", "sleeper"]) {
    bus.agent(name, { durable: true })
      .receive(collect(name), { concurrency: ALL });
  }
  for (const name of ["reader", "editor"]) {
    await bus.agent(name).subscribe(NEWS, collect(name), {
      durable: "all",
      concurrency: ALL,
    });
  }
  const from = performance.now();
  while (copies.length < bus.stats().pendingMessages) {
    if (performance.now() - from > PATIENCE_MS) {
      const { pendingMessages } = bus.stats();
      problems.push(`${copies.length} of ${pendingMessages} were handed out`);
      break;
    }
    await pause(0);
  }
  const letters = [...bus.deadLetters].map(({ message, agent = "" }) =>
    copyOf(tokenOf(message.payload), agent)
  );
  await bus.close();
  return { copies, letters, problems };
}

function tokenOf(payload: unknown): string {
  return (payload as { token: string }).token;
}

/** Records that were read elsewhere; what is changed of them is forgotten. */
class FrozenStore implements Store {
  readonly name = "frozen";
  readonly size: StoreSize = { bytes: 0, records: 0 };
  readonly #records: readonly StoredRecord[];

  constructor(records: readonly StoredRecord[]) {
    this.#records = records;
  }

  async *open(): AsyncIterable<readonly StoredRecord[]> {
    yield await Promise.resolve(this.#records);
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

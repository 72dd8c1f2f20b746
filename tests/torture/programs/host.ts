// A bus with a store, which is killed: `host.ts PLACE SEED LIFE`.
import { type Handler, MessageBus } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { programArgs, serveCommands } from "../../peers/programs/commands.ts";
import { Dice } from "../../support/dice.ts";
import type { FoundLetter } from "../kill/judge.ts";
import { LEASE_MS, MAX_ATTEMPTS } from "../kill/rules.ts";
import { copyOf, Diary } from "../said.ts";
import { handling, MOODY } from "./handling.ts";
import { NEWS } from "./sender.ts";
import { type StoreKind, storeOf } from "./stores.ts";
import { witness } from "./witness.ts";

const MAX_LETTERS = 100_000;
const [directory, kind, seed, life] = programArgs() as [
  string,
  StoreKind,
  number,
  number,
];
const dice = new Dice(seed).fork(`host ${life}`);
const diary = new Diary(`${directory}/host.log`);
let bus: MessageBus | undefined;

await serveCommands({
  open: async () => {
    bus = new MessageBus({
      store: storeOf(kind, `${directory}/bus.db`),
      delivery: {
        ackTimeoutMs: LEASE_MS,
        maxAttempts: MAX_ATTEMPTS,
        retry: () => dice.int(0, 10),
      },
      deadLetters: { maxEntries: MAX_LETTERS },
    });
    void witness(bus, diary);
    bus.agent("desk", { durable: true }).receive(handler("desk"));
    await bus.agent("reader").subscribe(NEWS, handler("reader"), {
      durable: "all",
    });
    await bus.listen(unixTransport(`${directory}/bus.sock`));
  },
  pending: () => bus?.stats().pendingMessages,
  /** Hands the dead letters out, and forgets them. */
  letters: (): FoundLetter[] => {
    const letters = [...bus?.deadLetters ?? []];
    bus?.deadLetters.clear();
    return letters.map(({ message, agent = "", reason }) => ({
      copy: copyOf((message.payload as { token: string }).token, agent),
      reason,
    }));
  },
});

function handler(agent: string): Handler {
  return handling({
    ...{ agent, diary, dice, habits: MOODY },
    life: () => `host ${life}`,
  });
}

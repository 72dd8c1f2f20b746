// A bus that is busy, and says what it did: `writer.ts DIRECTORY STORE SEED LIFE`.
// Every life but the last ends with a kill.
import { type Handler, MessageBus } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { pause } from "../../peers/pause.ts";
import { Dice } from "../../support/dice.ts";
import { Diary } from "../said.ts";
import { handling, MOODY } from "./handling.ts";
import { NEWS, Sender } from "./sender.ts";
import { type StoreKind, storeOf } from "./stores.ts";
import { witness } from "./witness.ts";

const LIVES = 3;
/** Senders that each wait for the last message before they send the next. */
const LOOPS = 6;
const SENDS = 100;
const MAX_ATTEMPTS = 2;
/** Messages after which the agent that is away comes, and takes what has waited. */
const AWAY = 25;
const HANDLERS = 8;

const [directory = "", kind = "", seed = "", life = ""] = Deno.args;
const dice = new Dice(Number(seed)).fork(`life ${life}`);
const diary = new Diary(`${directory}/said.log`);
await using bus = new MessageBus({
  store: storeOf(kind as StoreKind, `${directory}/disk/bus.db`),
  delivery: { maxAttempts: MAX_ATTEMPTS, retry: () => dice.int(0, 3) },
});
const witnessed = witness(bus, diary);
await bus.ready();
const sender = new Sender(bus.agent("boss"), diary, dice);
bus.agent("worker", { durable: true }).receive(handler("worker"), {
  concurrency: HANDLERS,
});
for (const name of ["reader", "editor"]) {
  await bus.agent(name).subscribe(NEWS, handler(name), {
    durable: "all",
    concurrency: HANDLERS,
  });
}
const sleeper = bus.agent("sleeper", { durable: true });
await using _listener = await bus.listen(
  unixTransport(`${directory}/bus.sock`),
);
const sending = Promise.all(
  Array.from({ length: LOOPS }, (_, loop) => sendAll(`${life}-${loop}`)),
);
if (Number(life) < LIVES) {
  await pause(dice.int(200, 600));
  Deno.kill(Deno.pid, "SIGKILL");
}
await sending;
await bus.close();
await witnessed;

async function sendAll(name: string): Promise<void> {
  for (let n = 0; n < SENDS; n++) {
    await send(`boss-${name}-${n}`);
    if (n % AWAY === AWAY - 1) await wake();
  }
}

/** Sends to one, or to those that read the news. */
async function send(token: string): Promise<void> {
  const isNews = dice.chance(0.3);
  const to = isNews
    ? ["reader", "editor"]
    : [dice.pick(["worker", "worker", "sleeper"])];
  const deduplicationId = dice.chance(0.5) ? token : undefined;
  await sender.send(token, to, { deduplicationId });
}

/** The one that was away takes what has waited for it, and goes. */
async function wake(): Promise<void> {
  const awake = sleeper.receive(handler("sleeper"));
  await pause(dice.int(1, 20));
  await awake.drain();
}

function handler(agent: string): Handler {
  return handling({ agent, diary, dice, habits: MOODY, life: () => life });
}

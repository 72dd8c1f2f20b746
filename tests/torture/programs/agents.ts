// Agents in a process of their own, which may be killed: `agents.ts PLACE SIDE SEED LIFE`.
import { type Agent, connect, type Handler } from "../../../mod.ts";
import type { Transport } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { pause } from "../../peers/pause.ts";
import { programArgs, serveCommands } from "../../peers/programs/commands.ts";
import { Dice } from "../../support/dice.ts";
import { SHORT_LEASE_MS } from "../kill/rules.ts";
import { Diary, readSaid } from "../said.ts";
import { DILIGENT, type Habits, handling, MOODY, SLEEPY } from "./handling.ts";
import { Sender } from "./sender.ts";

const LOOPS = 8;
const MOST_PAUSE_MS = 10;
const AWAY_MS = 400;
const SEND_TIMEOUT_MS = 20_000;
const RECONNECT = { minDelayMs: 2, maxDelayMs: 20 };
/** Where a message goes; with several it is published. */
const ADDRESSES: readonly (readonly string[])[] = [
  ["desk"],
  ["worker"],
  ["worker"],
  ["sleepy"],
  ["away"],
  ["reader", "columnist"],
];

const [directory, side, seed, life] = programArgs() as [
  string,
  "left" | "right",
  number,
  number,
];
const path = `${directory}/${side}.log`;
const dice = new Dice(seed).fork(`${side} ${life}`);
const diary = new Diary(path);
let joined = 0;
let isBusy = false;
let isNeeded = true;
let working: Promise<unknown> = Promise.resolve();
let travelling: Promise<void> = Promise.resolve();
let sender: Sender | undefined;

await serveCommands({
  /** Joins the bus. What was on its way when the process was killed is sent again. */
  join: async () => {
    const left = undecided();
    sender = new Sender((await join(`sender-${side}`)).agent, diary, dice);
    const worker = await join("worker");
    worker.agent.receive(handler("worker", MOODY, worker), { concurrency: 4 });
    if (side === "left") {
      const sleepy = await join("sleepy");
      sleepy.agent.receive(handler("sleepy", SLEEPY, sleepy), {
        ackTimeoutMs: SHORT_LEASE_MS,
      });
    } else {
      const columnist = await join("columnist");
      const read = handler("columnist", DILIGENT, columnist);
      await columnist.agent.subscribe("news", read, { durable: "all" });
      // So that the bus knows of the one that will be away.
      await (await join("away")).agent.close();
    }
    for (const { token, to } of left) await untilDecided(token, to);
  },
  /**
   * Sends one message, until it is accepted: by then the bus has kept that all
   * are there, and may be killed.
   */
  greet: () => untilDecided(`${side}-0-${life}`, ["worker"]),
  /** Begins to send. */
  begin: (stretch: number) => {
    [isBusy, isNeeded] = [true, false];
    const names = Array.from(
      { length: LOOPS },
      (_, loop) => `${side}-${stretch}-${life}-${loop}`,
    );
    working = Promise.all(names.map(sendAll));
    if (side === "right") travelling = travel();
  },
  /** Sends no more, and waits until what was sent is decided. */
  rest: async () => {
    [isBusy, isNeeded] = [false, true];
    await working;
  },
  /** Waits until the one that was away has left again. */
  goodbye: async () => {
    isNeeded = false;
    await travelling;
  },
});

interface Joined {
  readonly agent: Agent;
  readonly life: () => string;
}

/** Connects an agent; its life is that of its connection. */
async function join(name: string): Promise<Joined> {
  const transport = unixTransport(`${directory}/bus.sock`);
  const number = ++joined;
  let dialed = 0;
  const counted: Transport = {
    name: transport.name,
    listen: () => transport.listen(),
    dial: async (options) => {
      const connection = await transport.dial(options);
      dialed++;
      return connection;
    },
  };
  const options = {
    name,
    durable: name !== "worker",
    reconnect: RECONNECT,
    sendTimeoutMs: SEND_TIMEOUT_MS,
  };
  for (;;) {
    try {
      const agent = await connect(counted, options);
      return { agent, life: () => `${side} ${life} ${number} ${dialed}` };
    } catch {
      // The bus may be between two lives.
      await pause(RECONNECT.maxDelayMs);
    }
  }
}

function handler(agent: string, habits: Habits, { life }: Joined): Handler {
  return handling({ agent, diary, dice, habits, life });
}

async function sendAll(name: string): Promise<void> {
  for (let n = 0; isBusy; n++) {
    const to = dice.pick(ADDRESSES) ?? [];
    const token = `${name}-${n}`;
    if (dice.chance(0.05)) await sender?.send(token, to, { ttlMs: 0 });
    else if (dice.chance(0.6)) await untilDecided(token, to);
    else await sender?.send(token, to);
    await pause(dice.int(0, MOST_PAUSE_MS));
  }
}

/** Sends under the same identity until it is known what became of it. */
async function untilDecided(
  token: string,
  to: readonly string[],
): Promise<void> {
  while (!await sender?.send(token, to, { deduplicationId: token })) {
    await pause(RECONNECT.maxDelayMs);
  }
}

/** One that comes and goes; it stays while everybody rests. */
async function travel(): Promise<void> {
  while (isBusy || isNeeded) {
    const away = await join("away");
    away.agent.receive(handler("away", DILIGENT, away));
    await pause(dice.int(20, AWAY_MS));
    while (isNeeded) await pause(MOST_PAUSE_MS);
    await away.agent.close();
    if (isBusy) await pause(dice.int(20, AWAY_MS));
  }
}

/** What this side has sent before and does not know the end of, where it may be sent again. */
function undecided(): { token: string; to: readonly string[] }[] {
  const open = new Map<string, readonly string[]>();
  for (const said of readSaid(Deno.readTextFileSync(path))) {
    if (said.say === "try" && said.deduplicationId !== undefined) {
      open.set(said.token, said.to);
    } else if (said.say === "ok") open.delete(said.token);
    else if (said.say === "refused" && said.isForGood) open.delete(said.token);
  }
  return [...open].map(([token, to]) => ({ token, to }));
}

import type { Agent, SendOptions } from "../../mod.ts";
import type { Answer, Caller, CallLog } from "./call_log.ts";
import { type Dice, mix } from "../support/dice.ts";
import type { Call } from "./history.ts";
import { factsOf, oversizeOf, payloadOf } from "./payloads.ts";
import { MAX_MESSAGE_BYTES, NAMES, TOPICS } from "./plan.ts";

/** Who sends, and where that is written down. */
export interface Sender extends Caller {
  readonly agent: Agent;
  readonly calls: CallLog;
}

type SendVerb = "send" | "publish" | "broadcast" | "request" | "stream";

/** Sends in one of the ways there are; the details are drawn, the payload is made of the seed. */
export async function sendFrom(
  sender: Sender,
  verb: SendVerb,
  dice: Dice,
  seed: number,
): Promise<void> {
  const { agent, calls } = sender;
  const options = sendOptions(dice, verb);
  const token = tokenFor(verb, seed);
  const recipient = dice.pick(NAMES);
  const topic = dice.pick(TOPICS);
  const timeoutMs = dice.int(1, 2_500);
  const payload = payloadOf(token);
  const make = (
    where: Partial<Call>,
    run: (options: SendOptions, call: number) => Promise<Answer>,
  ) =>
    calls.make(
      sender,
      { verb, token, ...where, ...options },
      (signal, call) => run({ ...options, signal }, call),
    );
  switch (verb) {
    case "send":
      return await make({ recipient }, async (given) => ({
        id: await agent.send(recipient, payload, given),
      }));
    case "publish":
      return await make({ topic }, async (given) => ({
        id: await agent.publish(topic, payload, given),
      }));
    case "broadcast":
      return await make({}, async (given) => ({
        id: await agent.broadcast(payload, given),
      }));
    case "request":
      return await make({ recipient, timeoutMs }, async (given) => {
        const how = { ...given, timeoutMs };
        const reply = await agent.request(recipient, payload, how);
        return { reply: factsOf(reply) };
      });
    case "stream":
      return await make({ recipient, timeoutMs }, async (given, call) => {
        const how = { ...given, timeoutMs };
        for await (
          const piece of agent.stream(recipient, payload, how)
        ) tellPiece(calls, call, piece);
        return {};
      });
  }
}

function tellPiece(calls: CallLog, call: number, piece: unknown): void {
  const { token = NaN, index = NaN } = piece as {
    token?: number;
    index?: number;
  };
  calls.piece(call, token, index);
}

/** Sends the plainest message there is. @returns Whether it was taken in. */
export async function sendPlain(
  sender: Sender,
  recipient: string,
  requiresAck: boolean,
): Promise<boolean> {
  const { agent, calls } = sender;
  let isTaken = false;
  const what = { recipient, requiresAck, priority: 50 };
  const token = mix(0, `${sender.instance} ${requiresAck}`) | 1;
  await calls.make(
    sender,
    { verb: "send", token: token >>> 0, ...what },
    async (signal) => {
      const payload = payloadOf(token >>> 0);
      const options = { requiresAck, signal };
      const id = await agent.send(recipient, payload, options);
      isTaken = true;
      return { id };
    },
  );
  return isTaken;
}

/** Sends what has to be refused. */
export function sendMalformed(sender: Sender, dice: Dice, seed: number): void {
  const { agent, calls } = sender;
  const token = tokenFor("send", seed);
  const recipient = dice.pick(NAMES);
  const requiresAck = dice.chance(0.5);
  const fault = dice.pick(FAULTS);
  const faulty: Partial<Call> = {
    priority: { priority: dice.pick([50.5, -1, 101, NaN]) },
    ttl: { ttlMs: dice.pick([0, -1, NaN, 1.5]) },
    name: { recipient: "no name!" },
    topic: { topic: "a..b" },
    too_large: {},
  }[fault];
  const what = { recipient, requiresAck, ...faulty };
  const { recipient: to, ...options } = what;
  const payload = fault === "too_large"
    ? oversizeOf(token, MAX_MESSAGE_BYTES)
    : payloadOf(token);
  void calls.make(
    sender,
    { verb: "send", token, fault, ...what },
    async (signal) => ({
      id: await agent.send(to, payload, { ...options, signal }),
    }),
  );
}

const FAULTS = ["priority", "ttl", "name", "topic", "too_large"] as const;

function sendOptions(dice: Dice, verb: SendVerb) {
  const isRequest = verb === "request" || verb === "stream";
  return {
    requiresAck: dice.chance(0.5),
    priority: dice.pick([0, 10, 50, 50, 50, 90, 100]),
    ...(dice.chance(0.25) ? { ttlMs: dice.int(1, 2_000) } : {}),
    ...(!isRequest && dice.chance(0.08)
      ? { deduplicationId: dice.pick(["x", "y"]) }
      : {}),
  };
}

/** Above 0, and of the kind that tells a responder what is wanted: even for an answer in pieces. */
function tokenFor(verb: SendVerb, seed: number): number {
  const half = Math.floor(seed / 2) % 2 ** 30 + 1;
  return verb === "stream" ? 2 * half : 2 * half + 1;
}

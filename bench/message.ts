/** The message of all measurements, about 450 bytes as JSON. */
export interface BenchMessage {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly recipient: string;
  readonly topic: string;
  readonly payload: typeof PAYLOAD;
  readonly priority: number;
  readonly timestamp: number;
  readonly correlationId: string;
}

/** About 200 bytes of JSON, as an agent's message carries them. */
export const PAYLOAD = {
  task: "format",
  file: "bus/message_bus.ts",
  branch: "main",
  commit: "0f3c1d9a7be24a5fb1c2d3e4f5061728394a5b6c",
  options: { width: 80, semicolons: true, quotes: "double" },
  lines: [12, 48, 133, 207],
  note: "only what has changed",
};

/** What the messages are about. */
export const TOPIC = "jobs.build";
/** Who sends them. */
export const SENDER = "planner";
/** Who receives them. */
export const RECEIVER = "coder";

const IDS = Array.from({ length: 1_024 }, () => crypto.randomUUID());
let made = 0;

/**
 * A new message object. Ids are made beforehand and come again: making them is
 * no part of what the systems are compared by, although ours does it itself.
 */
export function nextMessage(): BenchMessage {
  const id = IDS[made++ & 1_023] ?? "";
  return {
    id,
    type: "direct",
    sender: SENDER,
    recipient: RECEIVER,
    topic: TOPIC,
    payload: PAYLOAD,
    priority: 50,
    timestamp: Date.now(),
    correlationId: id,
  };
}

/** Looks into a payload, so that one that is decoded when it is needed is needed. */
export function isWhole(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null &&
    "note" in payload && payload.note === PAYLOAD.note;
}

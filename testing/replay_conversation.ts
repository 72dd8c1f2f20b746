import { AssertionError } from "node:assert/strict";
import type { HistoryEntry } from "../bus/records.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { isWhole } from "../core/message_check.ts";
import { withoutFaults } from "./faulty_agent.ts";
import { showMessage } from "./message_match.ts";
import { checkRecording } from "./parse_recording.ts";
import { toRecording } from "./record_conversation.ts";
import { RecordedPart } from "./recorded_part.ts";
import {
  isReply,
  payloadOf,
  type RecordedMessage,
  type Recording,
} from "./recording.ts";
import { compareRecordings, showDifference } from "./recording_differences.ts";
import type { TestBus } from "./test_bus.ts";

/** Options of {@linkcode replayConversation}. */
export interface ReplayOptions {
  /** The names of the agents that are tested. They are on the bus; nobody else of the recording is. */
  underTest: readonly string[];
  /** How much longer than the recording they may take, in milliseconds. @default {0} */
  withinMs?: number;
}

/**
 * Plays a recording to the agents under test: all others of the recording send
 * again what they sent, at the same times by the bus's clock, and answer what
 * they answered. Then what the agents under test sent is compared with what the
 * recording says, for each in its own order; ids, times and headers are not.
 * Faults of the bus befall the agents under test alone.
 *
 * @returns What crossed the bus this time: the recording to keep from now on,
 * if the difference was wanted.
 * @throws {AssertionError} If they sent something else; it says what.
 * @throws {BusError} With code `"invalid_message"` if it is no recording.
 * @throws {RangeError} If an agent under test does not occur in it, or the bus's
 * history is too short for it.
 */
export async function replayConversation(
  bus: TestBus,
  recording: Recording,
  options: ReplayOptions,
): Promise<Recording> {
  checkRecording(recording);
  checkOptions(recording, options);
  const before = bus.stats().totalMessages;
  const refused = await play(bus, recording, options);
  const actual = toRecording(
    newest(bus, bus.stats().totalMessages - before),
  );
  const differences = compareRecordings(recording, actual, options.underTest);
  report([...refused, ...differences.map(showDifference)]);
  return actual;
}

function checkOptions(
  { agents }: Recording,
  { underTest, withinMs = 0 }: ReplayOptions,
): void {
  if (underTest.length === 0) {
    throw new RangeError(
      "Cannot replay recording as an agent must be under test: there is none",
    );
  }
  for (const name of underTest) {
    if (agents.includes(name)) continue;
    throw new RangeError(
      `Cannot replay recording as every agent under test must occur in it: there is no "${name}"`,
    );
  }
  if (!isWhole(withinMs, LIMITS.maxDurationMs)) {
    throw new RangeError(
      `Cannot replay recording as withinMs must be a whole number of milliseconds from 0: current value is ${withinMs}`,
    );
  }
}

/** @returns What the bus would not take. */
async function play(
  bus: TestBus,
  recording: Recording,
  { underTest, withinMs = 0 }: ReplayOptions,
): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const others = recording.agents.filter((name) => !underTest.includes(name));
  const parts = new Map(others.map((name) => {
    const agent = withoutFaults(bus.agent(name));
    const part = new RecordedPart(agent, recording, bus.clock);
    return [name, stack.use(part)];
  }));
  const refused: string[] = [];
  let isOver = false;
  for (const message of recording.messages) {
    const part = parts.get(message.sender);
    if (!part || isReply(message)) continue;
    const cancel = bus.clock.schedule(message.atMs, () => {
      sendAgain(bus, part, message).catch((error) => {
        if (!isOver) refused.push(toRefusal(message, error));
      });
    });
    stack.defer(cancel);
  }
  const lastMs = recording.messages.at(-1)?.atMs ?? 0;
  await bus.clock.advance(lastMs + withinMs);
  // What waits still is given up by the end of the play, not by the bus.
  isOver = true;
  return refused;
}

async function sendAgain(
  bus: TestBus,
  part: RecordedPart,
  recorded: RecordedMessage,
): Promise<void> {
  const { type, recipient } = recorded;
  if (type === "request") return await part.ask(recorded);
  if (type === "direct" && recipient === undefined) {
    return await part.broadcast(recorded);
  }
  const { atMs: _, request: __, bytes: ___, ...fields } = recorded;
  await bus.send({ ...fields, payload: payloadOf(recorded) });
}

function toRefusal(message: RecordedMessage, error: unknown): string {
  const text = showMessage({ ...message, payload: payloadOf(message) });
  return `not taken again: at ${message.atMs} ms: ${text}: ${errorText(error)}`;
}

/** The last messages of a bus, oldest first. */
function newest(bus: TestBus, count: number): HistoryEntry[] {
  const entries = bus.history({ limit: count }).reverse();
  if (entries.length === count) return entries;
  throw new RangeError(
    `Cannot replay recording as the bus must remember all of it: its history has ${entries.length} of ${count} messages`,
  );
}

function report(differences: readonly string[]): void {
  if (differences.length === 0) return;
  const lines = differences.slice(0, LIMITS.maxListedDifferences);
  const more = differences.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  throw new AssertionError({
    message: `Expected the agents under test to send what the recording says: ${
      differences.length === 1
        ? "one difference"
        : `${differences.length} differences`
    }\n  ${lines.join("\n  ")}`,
  });
}

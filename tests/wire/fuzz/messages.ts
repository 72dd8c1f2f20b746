import type { EnvelopeFields } from "../../../transports/transport.ts";
import { MESSAGE_TYPES } from "../../../core/message.ts";
import type { Chance } from "./chance.ts";

const WORDS = [
  "",
  "a",
  "planner",
  "jobs.build.done",
  "\u00e9",
  "\u4e16\u754c",
  "\u{1f600}",
  "\ufeffmark",
  "\ufffd",
  "nul\0",
  "__proto__",
  "constructor",
  "prototype",
  "[{[{",
  '"\\"',
  "a ".repeat(40),
  "long/".repeat(50),
];
const NUMBERS = [0, -0, 1, -1, 0.5, 1e21, 2 ** 31, 2 ** 53, NaN, Infinity];
const JSON_NUMBERS = [0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, Number.MAX_VALUE];

/** Any envelope that can be encoded. */
export function anyEnvelope(chance: Chance): EnvelopeFields {
  const maybe = <Value>(make: () => Value) =>
    chance.oneIn(2) ? make() : undefined;
  const text = () => chance.pick(WORDS);
  const number = () => chance.pick(NUMBERS);
  return defined({
    type: chance.pick(MESSAGE_TYPES),
    id: maybe(() => chance.oneIn(3) ? text() : uuid(chance)),
    sender: maybe(text),
    recipient: maybe(text),
    topic: maybe(text),
    requestId: maybe(text),
    correlationId: maybe(text),
    timestamp: maybe(number),
    ttlMs: maybe(number),
    attempt: maybe(number),
    deduplicationId: maybe(text),
    headers: maybe(() => anyHeaders(chance)),
  });
}

/** An envelope that a bus takes in a send: it is understood all the way through. */
export function goodEnvelope(chance: Chance): EnvelopeFields {
  const isPublish = chance.oneIn(2);
  return defined({
    type: isPublish ? "publish" as const : "direct" as const,
    id: uuid(chance),
    recipient: isPublish ? undefined : `agent-${chance.below(100)}`,
    topic: isPublish ? `jobs.${chance.below(100)}.done` : undefined,
    correlationId: chance.oneIn(2) ? chance.pick(WORDS) || "c" : undefined,
    ttlMs: chance.oneIn(3) ? chance.between(1, 1e6) : undefined,
    headers: chance.oneIn(3) ? { "trace-id": `${chance.next()}` } : undefined,
  });
}

/** Any JSON value, nested a few levels. */
export function anyJson(chance: Chance, levels = 4): unknown {
  const choice = chance.below(levels > 0 ? 8 : 5);
  switch (choice) {
    case 0:
      return null;
    case 1:
      return chance.oneIn(2);
    case 2:
      return chance.oneIn(2) ? chance.pick(JSON_NUMBERS) : chance.next();
    case 3:
    case 4:
      return chance.pick(WORDS);
    case 5:
      return some(chance, () => anyJson(chance, levels - 1));
    default:
      return Object.fromEntries(
        some(
          chance,
          () => [chance.pick(WORDS), anyJson(chance, levels - 1)] as const,
        ),
      );
  }
}

function anyHeaders(chance: Chance): Record<string, string> | undefined {
  const pairs = some(
    chance,
    () => [chance.pick(WORDS), chance.pick(WORDS)] as const,
  );
  // No headers and an empty object of them are the same on the wire.
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function uuid(chance: Chance): string {
  const tail = chance.next().toString(16).padStart(12, "0");
  return `0196f3a0-0000-7000-8000-${tail}`;
}

function some<Value>(chance: Chance, make: () => Value): Value[] {
  return Array.from({ length: chance.below(5) }, make);
}

/** Without what is not there: it must be equal to what is read. */
function defined<Fields extends object>(fields: Fields): Fields {
  const present = Object.entries(fields).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(present) as Fields;
}

/**
 * What is drawn of a conversation, before it is drawn. Pure: no part of the
 * page is looked at.
 */
const MAX_LANES = 16;
const MAX_ROWS = 200;
/** A silence longer than this is told. */
const SILENCE_MS = 1_000;
/** What stands for the agents beyond the last lane. */
export const OTHERS = "(others)";

/**
 * The lanes, and a row for each message, in time: whom it reached, what it
 * answers, how often it was tried, and how long nothing was said before it.
 */
export function planSequence(entries) {
  const shown = entries.slice(0, MAX_ROWS);
  const lanes = lanesOf(shown);
  const rowOfRequest = new Map();
  const rows = shown.map((entry, index) => {
    const { message, deliveries } = entry;
    const isReply = message.requestId !== undefined &&
      (message.type === "response" || message.type === "error");
    if (message.requestId !== undefined && !isReply) {
      rowOfRequest.set(message.requestId, index);
    }
    return {
      entry,
      isReply,
      targets: targetsOf(entry),
      attempts: attemptsBy(deliveries),
      answers: isReply ? rowOfRequest.get(message.requestId) : undefined,
      offsetMs: message.timestamp - shown[0].message.timestamp,
      silenceMs: silenceBefore(shown, index),
    };
  });
  return { lanes, rows, left: entries.length - shown.length };
}

/** Agents in the order in which they appear. */
function lanesOf(entries) {
  const names = new Set();
  for (const entry of entries) {
    names.add(entry.message.sender);
    for (const name of targetsOf(entry)) names.add(name);
  }
  const all = [...names];
  return all.length > MAX_LANES
    ? [...all.slice(0, MAX_LANES - 1), OTHERS]
    : all;
}

function targetsOf({ message, deliveries }) {
  const names = deliveries.map(({ agent }) => agent);
  if (names.length === 0 && message.recipient !== undefined) {
    names.push(message.recipient);
  }
  return [...new Set(names)];
}

function attemptsBy(deliveries) {
  const attempts = {};
  for (const { agent } of deliveries) {
    attempts[agent] = (attempts[agent] ?? 0) + 1;
  }
  return attempts;
}

function silenceBefore(entries, index) {
  if (index === 0) return 0;
  const passed = entries[index].message.timestamp -
    entries[index - 1].message.timestamp;
  return passed > SILENCE_MS ? passed : 0;
}

import { count, duration, words } from "./format.js";

/** Share of a limit from which on it is worth a person's look. */
const NEARLY_FULL = 0.8;
const RECENT_MS = 5 * 60_000;
const LONG_WAIT_MS = 10_000;
const DEEP_MAILBOX = 1_000;

/**
 * What a person should look at first, the worst first, each as
 * `{ level, text, view }`. Pure: no part of the page is looked at.
 */
export function findProblems(
  { stats, agents, letters, requests, growth, now },
) {
  const found = [
    ...ofBus(stats),
    ...ofLetters(letters, now),
    ...ofAgents(agents),
    ...ofRequests(requests, now),
    ...ofGrowth(growth),
  ];
  const rank = { bad: 0, warn: 1 };
  return found.sort((a, b) => rank[a.level] - rank[b.level]);
}

function* ofBus({ state, backpressure }) {
  if (state !== "open") {
    yield problem("bad", `The bus is ${state}: it takes no messages in`);
  }
  const { pending, maxPending, waiting, saturated } = backpressure;
  const filled = `${count(pending)} of ${count(maxPending)} pending`;
  if (saturated) {
    yield problem(
      "bad",
      `The bus is full: ${filled}, ${count(waiting)} senders wait`,
      "agents",
    );
  } else if (pending > maxPending * NEARLY_FULL) {
    yield problem("warn", `The bus is nearly full: ${filled}`, "agents");
  }
}

function* ofLetters(letters, now) {
  if (letters.length === 0) return;
  const counts = new Map();
  for (const { reason } of letters) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const reasons = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3)
    .map(([reason, number]) => `${count(number)} ${words(reason)}`).join(", ");
  const isRecent = letters.some(({ failedAt }) => now - failedAt < RECENT_MS);
  const noun = letters.length === 1 ? "dead letter" : "dead letters";
  yield problem(
    isRecent ? "bad" : "warn",
    `${count(letters.length)} ${noun}: ${reasons}`,
    "dead-letters",
  );
}

function* ofAgents(agents) {
  for (const { name, instances, mailboxDepth } of agents) {
    if (mailboxDepth === 0) continue;
    const waiting = `${count(mailboxDepth)} ${
      mailboxDepth === 1 ? "message waits" : "messages wait"
    }`;
    if (instances === 0) {
      yield problem("warn", `${name} is away, and ${waiting}`, "agents");
    } else if (mailboxDepth >= DEEP_MAILBOX) {
      yield problem("warn", `${name} falls behind: ${waiting}`, "agents");
    }
  }
}

function* ofRequests(requests, now) {
  const slow = requests.filter(({ startedAt }) =>
    now - startedAt > LONG_WAIT_MS
  );
  if (slow.length === 0) return;
  const oldest = Math.max(...slow.map(({ startedAt }) => now - startedAt));
  const noun = slow.length === 1 ? "request waits" : "requests wait";
  yield problem(
    "warn",
    `${count(slow.length)} ${noun} for a reply, the longest for ${
      duration(oldest)
    }`,
    "requests",
  );
}

function* ofGrowth({ refused, stale, late }) {
  if (refused > 0) {
    yield problem(
      "warn",
      `${count(refused)} sends were refused in the last minute`,
    );
  }
  if (stale > 0) {
    yield problem(
      "warn",
      `${count(stale)} acks came after their lease had ended`,
      "agents",
    );
  }
  if (late > 0) {
    yield problem(
      "warn",
      `${count(late)} replies came when nobody waited any more`,
      "requests",
    );
  }
}

function problem(level, text, view) {
  return { level, text, view };
}

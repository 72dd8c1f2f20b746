import { amount, count, duration, words } from "./format.js";

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
  { stats, agents, groups, requests, traffic, growth, now },
) {
  const found = [
    ...ofBus(stats),
    ...ofLetters(groups, now),
    ...ofTraffic(traffic),
    ...ofAgents(agents),
    ...ofRequests(requests, now),
    ...ofGrowth(growth),
  ];
  const rank = { bad: 0, warn: 1 };
  return found.sort((a, b) => rank[a.level] - rank[b.level]);
}

function* ofBus({ health, backpressure }) {
  if (!health.ready) {
    yield problem("bad", `The bus is not ready: ${health.problem}`);
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

function* ofLetters(groups, now) {
  if (groups.length === 0) return;
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const isRecent = groups.some(({ lastAt }) => now - lastAt < RECENT_MS);
  const [{ reason, agent, error, count: most }] = groups;
  // Of a name that nobody serves the name says it all.
  const isSaid = error === undefined || reason === "no_recipient";
  const what = `${words(reason)}${agent === undefined ? "" : ` at ${agent}`}${
    isSaid ? "" : `: ${error}`
  }`;
  const mostly = groups.length === 1 ? "" : `, ${count(most)} of them`;
  yield problem(
    isRecent ? "bad" : "warn",
    `${amount(total, "dead letter")}${mostly} ${what}`,
    "dead-letters",
  );
}

function* ofTraffic({ unserved, refused }) {
  for (const { name, requests } of refused.slice(0, 3)) {
    yield problem(
      "warn",
      `${amount(requests, "request")} refused: nobody serves "${name}"`,
      "agents",
    );
  }
  for (const { kind, name, messages, senders } of unserved.slice(0, 3)) {
    const who = kind === "agent"
      ? `nobody serves "${name}"`
      : `nobody subscribes to "${name}"`;
    yield problem(
      "warn",
      `${amount(messages, "message")} from ${
        senders.join(", ")
      } in vain: ${who}`,
      kind === "agent" ? "agents" : "topics",
    );
  }
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

function* ofGrowth({ refused, stale, late, timeouts }) {
  if (timeouts > 0) {
    yield problem(
      "bad",
      `${amount(timeouts, "send")} found no room in time in the last minute`,
    );
  }
  if (refused > timeouts) {
    yield problem(
      "warn",
      `${
        amount(refused - timeouts, "send")
      } refused in the last minute: malformed, or to nobody`,
    );
  }
  if (stale > 0) {
    yield problem(
      "warn",
      `${amount(stale, "ack")} came after the lease had ended`,
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

import { figureOf, type Results, type Section } from "./results.ts";

/** A bound on one of our figures: alone, or as a ratio to another system's. */
interface Goal {
  readonly text: string;
  readonly section: Section;
  readonly figure: string;
  /** Ours, if it has a name of its own there. */
  readonly ours?: string;
  /** Whom it is compared with; nobody if the bound is absolute. */
  readonly to?: string;
  readonly bound: number;
  readonly unit?: string;
  readonly isLeast: boolean;
}

/** A goal and what was measured. */
export interface GoalRow {
  readonly text: string;
  readonly bound: string;
  /** `undefined` if it was not measured. */
  readonly measured?: number;
  readonly unit: string;
  readonly reached: boolean;
}

const OURS = "Busbar";
const HUB = "bare hub";

const GOALS: readonly Goal[] = [
  rate("one-way", HUB, 0.85),
  rate("one-way", "NATS", 1.5),
  time("round trip, 1 in flight, p50", "p50Us", HUB, 1),
  time("round trip, 1 in flight, p50", "p50Us", "Redis pub/sub", 1),
  time("round trip on one core, p50", "oneCoreP50Us", HUB, 1),
  rate("request", HUB, 0.9),
  rate("request", "Redis pub/sub", 1.15),
  rate("fan-out", HUB, 0.85),
  rate("fan-out", "NATS", 1.5),
  {
    ...rate("acked", "Redis streams, memory", 1.5),
    ours: "Busbar, in memory",
  },
  durable("Redis streams, append-only file", 1),
  durable("JetStream, file", 3),
  {
    text: "processor time of the server for a one-way message",
    section: "one-way",
    figure: "serverUs",
    to: "NATS",
    bound: 1,
    isLeast: false,
  },
  local("1 to 1", "one", "moleculer, local", 2),
  local("1 to 8", "eight", "moleculer, local", 4),
  local("1 to 8", "eight", "emittery", 1.5),
  local("requests, 1 in flight", "ask", "moleculer, local", 0.4),
  start("process start to first message", OURS),
  start(
    "the same with the library from its package",
    "Busbar, its package",
  ),
  most("connect() to first message", "ours", "connectMs", 20, "ms"),
  most(
    "one queued message in the bus process",
    "ours",
    "queuedBytes",
    650,
    "B",
  ),
  most("an idle bus process", "start", "idleMiB", 60, "MiB"),
  most("stats() with 10,000 topics", "ours", "statsUs", 50, "µs"),
  most("routing among 1,000 rules", "ours", "rulesUs", 2, "µs"),
];

/** All goals with what was measured. */
export function goalRows(results: Results): GoalRow[] {
  return GOALS.map((goal) => rowOf(goal, results));
}

function rowOf(goal: Goal, results: Results): GoalRow {
  const { section, figure, ours = OURS, to, bound, isLeast } = goal;
  const own = figureOf(results, section, ours, figure)?.median;
  const other = to && figureOf(results, section, to, figure)?.median;
  const unit = goal.unit ?? "×";
  const measured = own === undefined || to === undefined
    ? own
    : typeof other === "number"
    ? own / other
    : undefined;
  const isReached = measured !== undefined &&
    (isLeast ? measured >= bound : measured <= bound);
  const limit = `${isLeast ? "at least" : "at most"} ${bound} ${unit}`;
  return {
    text: goal.text,
    bound: to === undefined ? limit : `${limit} ${to}`,
    measured,
    unit,
    reached: isReached,
  };
}

function rate(
  section: "one-way" | "request" | "fan-out" | "acked",
  to: string,
  bound: number,
): Goal {
  const texts = {
    "one-way": "one-way messages",
    request: "requests, 64 in flight",
    "fan-out": "fan-out, 1 to 4",
    acked: "acknowledged messages, in memory",
  };
  const text = texts[section];
  return { text, section, figure: "perSecond", to, bound, isLeast: true };
}

function durable(to: string, bound: number): Goal {
  return {
    text: "durable messages, each acknowledged after its sync",
    section: "durable",
    figure: "perSecond",
    ours: "Busbar, durable",
    to,
    bound,
    isLeast: true,
  };
}

function time(text: string, figure: string, to: string, bound: number): Goal {
  return { text, section: "request", figure, to, bound, isLeast: false };
}

function local(text: string, figure: string, to: string, bound: number): Goal {
  const section = "in process";
  return {
    text: `in one process, ${text}`,
    section,
    figure,
    to,
    bound,
    isLeast: true,
  };
}

function start(text: string, ours: string): Goal {
  const section = "start";
  const figure = "startMs";
  return { text, section, figure, ours, to: HUB, bound: 1.5, isLeast: false };
}

function most(
  text: string,
  section: Section,
  figure: string,
  bound: number,
  unit: string,
): Goal {
  return { text, section, figure, bound, unit, isLeast: false };
}

import { svg } from "./dom.js";
import { clockTime, duration, preview } from "./format.js";
import { openMessage } from "./message_dialog.js";

const TIME_WIDTH = 96;
const LANE_WIDTH = 168;
const HEAD_HEIGHT = 44;
const ROW_HEIGHT = 46;
const MAX_LANES = 16;
const MAX_ROWS = 200;
const OTHERS = "(others)";

/** Draws one conversation: a lane for each agent, an arrow for each message, time downwards. */
export function sequenceDiagram(entries) {
  const shown = entries.slice(0, MAX_ROWS);
  const lanes = lanesOf(shown);
  const width = TIME_WIDTH + lanes.length * LANE_WIDTH;
  const height = HEAD_HEIGHT + shown.length * ROW_HEIGHT + 16;
  const x = (name) => {
    const at = lanes.indexOf(name);
    return TIME_WIDTH +
      LANE_WIDTH * ((at < 0 ? lanes.indexOf(OTHERS) : at) + 0.5);
  };
  return svg(
    "svg",
    {
      class: "sequence",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": `${shown.length} messages between ${lanes.join(", ")}`,
    },
    lanes.map((name) => lane(name, x(name), height)),
    shown.map((entry, index) => row(entry, index, x, shown[0])),
  );
}

/** Agents in the order in which they appear. */
function lanesOf(entries) {
  const names = new Set();
  for (const { message, deliveries } of entries) {
    names.add(message.sender);
    for (const name of targetsOf(message, deliveries)) names.add(name);
  }
  const all = [...names];
  return all.length > MAX_LANES
    ? [...all.slice(0, MAX_LANES - 1), OTHERS]
    : all;
}

function targetsOf(message, deliveries) {
  const names = deliveries.map(({ agent }) => agent);
  if (names.length === 0 && message.recipient !== undefined) {
    names.push(message.recipient);
  }
  return [...new Set(names)];
}

function lane(name, x, height) {
  return svg(
    "g",
    { class: "lane" },
    svg("line", { x1: x, x2: x, y1: HEAD_HEIGHT - 8, y2: height }),
    svg("rect", {
      x: x - LANE_WIDTH / 2 + 8,
      y: 6,
      width: LANE_WIDTH - 16,
      height: 28,
      rx: 6,
    }),
    svg(
      "text",
      { x, y: 24, "text-anchor": "middle" },
      shorten(name, 22),
      svg("title", {}, name),
    ),
  );
}

function row({ message, outcome, deliveries }, index, x, first) {
  const y = HEAD_HEIGHT + (index + 0.5) * ROW_HEIGHT;
  const from = x(message.sender);
  const targets = targetsOf(message, deliveries);
  const what = message.topic ?? message.type;
  const text = `${message.type}${
    message.topic === undefined ? "" : ` ${message.topic}`
  } from ${message.sender} to ${targets.join(", ") || "nobody"}: ${outcome}`;
  const open = () => openMessage(message.id);
  return svg(
    "g",
    {
      class: "arrow",
      "data-outcome": outcome,
      tabindex: 0,
      role: "button",
      "aria-label": text,
      onclick: open,
      onkeydown: (event) =>
        (event.key === "Enter" || event.key === " ") &&
        (event.preventDefault(), open()),
    },
    svg("title", {}, `${text}\n${preview(message.payload, 400)}`),
    svg("rect", {
      class: "hit",
      x: 0,
      y: y - ROW_HEIGHT / 2,
      width: "100%",
      height: ROW_HEIGHT,
    }),
    svg(
      "text",
      { class: "time", x: 8, y: y + 4 },
      index === 0 ? startTime(message) : offset(message, first),
    ),
    targets.length === 0
      ? stub(from, y)
      : targets.map((name) => arrow(from, x(name), y, deliveries, name)),
    svg(
      "text",
      { class: "label", ...labelPlace(from, targets, x, y) },
      shorten(what, 26),
    ),
  );
}

function startTime({ timestamp }) {
  return clockTime(timestamp).slice(0, 8);
}

function offset(message, { message: first }) {
  return `+${duration(Math.max(0, message.timestamp - first.timestamp))}`;
}

function labelPlace(from, targets, x, y) {
  const to = targets.length > 0 ? x(targets[0]) : from + LANE_WIDTH / 2;
  if (to === from) return { x: from + 44, y: y + 3, "text-anchor": "start" };
  return { x: (from + to) / 2, y: y - 7, "text-anchor": "middle" };
}

/** One arrow; attempts beyond the first stand beside its head. */
function arrow(from, to, y, deliveries, name) {
  const attempts = deliveries.filter(({ agent }) => agent === name).length;
  const again = attempts > 1 &&
    svg(
      "text",
      { class: "again", x: to + 8, y: y + 16 },
      `${attempts} attempts`,
    );
  if (from === to) {
    const loop = `M${from},${y - 8}h32v14h-26`;
    return svg(
      "g",
      {},
      svg("path", { class: "shaft", d: loop }),
      head(from + 2, y + 6, -1),
      again,
    );
  }
  const direction = Math.sign(to - from);
  return svg(
    "g",
    {},
    svg("path", { class: "shaft", d: `M${from},${y}H${to - direction * 3}` }),
    head(to - direction * 2, y, direction),
    again,
  );
}

function head(x, y, direction) {
  return svg("path", {
    class: "head",
    d: `M${x},${y}l${-8 * direction},-4.5v9z`,
  });
}

/** A message that reached nobody ends in a cross. */
function stub(from, y) {
  const to = from + LANE_WIDTH / 2;
  return svg("path", {
    class: "shaft",
    d: `M${from},${y}H${to - 4}M${to - 4},${y - 4}l8,8m0,-8l-8,8`,
  });
}

function shorten(text, maxChars) {
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
}

import { svg } from "./dom.js";
import { clockTime, duration, exactTime } from "./format.js";
import { openMessage } from "./message_dialog.js";
import { OTHERS, planSequence } from "./sequence_plan.js";

const TIME_WIDTH = 96;
const LANE_WIDTH = 176;
const HEAD_HEIGHT = 44;
const ROW_HEIGHT = 46;
const SILENCE_HEIGHT = 26;
const BAD = new Set(["dead", "expired", "dropped"]);

/**
 * Draws one conversation: a lane for each agent, an arrow for each message,
 * time downwards; a bar from each request to its reply.
 */
export function sequenceDiagram(entries) {
  const { lanes, rows } = planSequence(entries);
  const tops = topsOf(rows);
  const width = TIME_WIDTH + lanes.length * LANE_WIDTH;
  const height = (tops.at(-1) ?? HEAD_HEIGHT) + ROW_HEIGHT + 16;
  const x = (name) => {
    const at = lanes.indexOf(name);
    return TIME_WIDTH +
      LANE_WIDTH * ((at < 0 ? lanes.indexOf(OTHERS) : at) + 0.5);
  };
  const y = (index) => tops[index] + ROW_HEIGHT / 2;
  return svg(
    "svg",
    {
      class: "sequence",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": `${rows.length} messages between ${lanes.join(", ")}`,
    },
    lanes.map((name) => lane(name, x(name), height)),
    rows.map((row, index) => answerBar(row, index, x, y)),
    rows.map((row, index) => silence(row, tops[index], width)),
    rows.map((row, index) => arrowRow(row, index, x, y)),
  );
}

/** Where each row begins; a silence before it takes room of its own. */
function topsOf(rows) {
  let top = HEAD_HEIGHT;
  return rows.map(({ silenceMs }) => {
    if (silenceMs > 0) top += SILENCE_HEIGHT;
    const here = top;
    top += ROW_HEIGHT;
    return here;
  });
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

/** The time in which the responder was at work. */
function answerBar({ entry, answers }, index, x, y) {
  if (answers === undefined) return undefined;
  return svg("rect", {
    class: "answer",
    x: x(entry.message.sender) - 4,
    y: y(answers),
    width: 8,
    height: y(index) - y(answers),
    rx: 3,
  });
}

function silence({ silenceMs }, top, width) {
  if (silenceMs === 0) return undefined;
  const y = top - SILENCE_HEIGHT / 2;
  return svg(
    "g",
    { class: "silence" },
    svg("line", { x1: 0, x2: width, y1: y, y2: y }),
    svg("text", { x: 8, y: y - 4 }, `${duration(silenceMs)} later`),
  );
}

function arrowRow(row, index, x, y) {
  const { entry: { message, outcome }, targets, isReply } = row;
  const at = y(index);
  const from = x(message.sender);
  const open = () => openMessage(message.id);
  return svg(
    "g",
    {
      class: "arrow",
      "data-outcome": outcome,
      "data-reply": isReply,
      tabindex: 0,
      role: "button",
      onclick: open,
      onkeydown: (event) =>
        (event.key === "Enter" || event.key === " ") &&
        (event.preventDefault(), open()),
    },
    svg("title", {}, describe(row)),
    svg("rect", {
      class: "hit",
      x: 0,
      y: at - ROW_HEIGHT / 2,
      width: "100%",
      height: ROW_HEIGHT,
    }),
    timeText(row, index, at),
    targets.length === 0
      ? stub(from, at)
      : targets.map((name) => arrow(from, x(name), at, row, name)),
    svg(
      "text",
      { class: "label", ...labelPlace(from, targets, x, at) },
      shorten(message.topic ?? message.type, 26),
    ),
  );
}

function describe({ entry: { message, outcome }, targets }) {
  const topic = message.topic === undefined ? "" : ` ${message.topic}`;
  return `${message.type}${topic} from ${message.sender} to ${
    targets.join(", ") || "nobody"
  }: ${outcome}`;
}

function timeText({ entry: { message }, offsetMs }, index, y) {
  const text = index === 0
    ? clockTime(message.timestamp).slice(0, 8)
    : `+${duration(Math.max(0, offsetMs))}`;
  return svg(
    "text",
    { class: "time", x: 8, y: y + 4 },
    text,
    svg("title", {}, exactTime(message.timestamp)),
  );
}

function labelPlace(from, targets, x, y) {
  const to = targets.length > 0 ? x(targets[0]) : from + LANE_WIDTH / 2;
  if (to === from) return { x: from + 44, y: y + 3, "text-anchor": "start" };
  return { x: (from + to) / 2, y: y - 7, "text-anchor": "middle" };
}

/** One arrow; what went wrong stands beside its head. */
function arrow(from, to, y, { entry, attempts }, name) {
  const direction = Math.sign(to - from);
  const shaft = direction === 0
    ? `M${from},${y - 8}h32v14h-26`
    : `M${from},${y}H${to - direction * 3}`;
  const head = direction === 0
    ? `M${from + 2},${y + 6}l8,-4.5v9z`
    : `M${to - direction * 2},${y}l${-8 * direction},-4.5v9z`;
  return svg(
    "g",
    {},
    svg("path", { class: "shaft", d: shaft }),
    svg("path", { class: "head", d: head }),
    noteText(entry, attempts[name] ?? 0, to + 8, y + 16),
  );
}

function noteText({ outcome }, attempts, x, y) {
  const parts = [];
  if (attempts > 1) parts.push(`${attempts} attempts`);
  if (BAD.has(outcome)) {
    parts.push(outcome === "dead" ? "dead letter" : outcome);
  }
  if (parts.length === 0) return undefined;
  const tone = BAD.has(outcome) ? "bad" : "warn";
  return svg(
    "text",
    { class: "again", "data-tone": tone, x, y },
    parts.join(", "),
  );
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

const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-size",
  "font-weight",
  "font-family",
];

/** The diagram as a file that looks the same without this page's styles. */
export function diagramFile(diagram) {
  const copy = diagram.cloneNode(true);
  const originals = diagram.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, index) => {
    const styles = getComputedStyle(originals[index]);
    for (const name of STYLES) {
      node.setAttribute(name, styles.getPropertyValue(name));
    }
    for (const name of ["tabindex", "role", "class"]) {
      node.removeAttribute(name);
    }
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const ground = svg("rect", {
    width: "100%",
    height: "100%",
    fill: getComputedStyle(diagram.parentElement).backgroundColor,
  });
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

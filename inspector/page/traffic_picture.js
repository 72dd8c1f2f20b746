import { address } from "./address.js";
import { svg } from "./dom.js";
import { amount, count, perSecond } from "./format.js";
import { BOW, layOut, NODE } from "./traffic_layout.js";

/** Draws who talks to whom: a box for each agent, a curve for each pair, as wide as they are busy. */
export function trafficPicture(traffic, agents) {
  const { nodes, links, width, height, left } = layOut(traffic, agents);
  const at = new Map(nodes.map((node) => [node.name, node]));
  const seconds = traffic.spanMs / 1_000;
  const picture = svg(
    "svg",
    {
      class: "traffic",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": `${nodes.length} agents and ${
        amount(links.length, "link")
      } between them`,
    },
    links.map((link) => curve(link, at, seconds)),
    nodes.map((node) => box(node, traffic, agents, seconds)),
  );
  return { picture, left };
}

function curve(link, at, seconds) {
  const { from, to, messages, failed } = link;
  const rate = messages / seconds;
  const path = pathOf(at.get(from), at.get(to));
  const text = `${from} to ${to}: ${perSecond(rate)} messages a second, ${
    count(messages)
  } in all${failed > 0 ? `, ${count(failed)} failed` : ""}`;
  return svg(
    "g",
    { class: "flow", "data-failed": failed > 0 },
    svg("title", {}, text),
    svg("path", {
      d: path.d,
      "stroke-width": (1 + Math.log2(1 + rate) / 2).toFixed(2),
    }),
    svg("path", { class: "tip", d: path.tip }),
    svg(
      "text",
      { x: path.x, y: path.y - 5, "text-anchor": "middle" },
      `${perSecond(rate)}/s`,
    ),
  );
}

/** Forward from side to side; back, and within a column, in a bow below. */
function pathOf(a, b) {
  const half = NODE.height / 2;
  const y1 = a.y + half;
  const y2 = b.y + half;
  if (b.x > a.x) {
    const x1 = a.x + NODE.width;
    const x2 = b.x - 6;
    const bend = Math.max(36, (x2 - x1) / 2);
    return {
      d: `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`,
      tip: `M${x2 + 5},${y2}l-7,-4v8z`,
      x: (x1 + x2) / 2,
      y: (y1 + y2) / 2,
    };
  }
  const x1 = a.x + NODE.width * 0.6;
  const x2 = b.x + NODE.width * 0.4;
  const from = a.y + NODE.height;
  const to = b.y + NODE.height;
  const dip = Math.max(from, to) + BOW;
  return {
    d: `M${x1},${from}C${x1},${dip} ${x2},${dip} ${x2},${to + 6}`,
    tip: `M${x2},${to + 1}l-4,7h8z`,
    x: (x1 + x2) / 2,
    y: from / 8 + to / 8 + dip * 0.75,
  };
}

function box({ name, x, y }, traffic, agents, seconds) {
  const agent = agents.find((one) => one.name === name);
  const flow = traffic.agents.find((one) => one.name === name);
  const state = stateOf(agent, flow);
  const text = agent === undefined && !flow
    ? "nobody serves it"
    : `${perSecond((flow?.handled ?? 0) / seconds)}/s in, ${
      perSecond((flow?.sent ?? 0) / seconds)
    }/s out`;
  return svg(
    "a",
    {
      class: "node",
      href: address("messages", "", { agent: name }),
      "data-state": state,
    },
    svg("rect", { x, y, ...NODE, rx: 8 }),
    svg("circle", { cx: x + 14, cy: y + 17, r: 4 }),
    svg("text", { class: "name", x: x + 25, y: y + 21 }, shorten(name, 20)),
    svg("text", { class: "rate", x: x + 12, y: y + 38 }, text),
  );
}

function stateOf(agent, flow) {
  if (flow?.failed > 0) return "failing";
  if (agent?.instances > 0) return "here";
  return agent === undefined && flow ? "outside" : "away";
}

function shorten(text, maxChars) {
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
}

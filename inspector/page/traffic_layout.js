/**
 * Where agents stand in the picture of who talks to whom. Pure: no part of the
 * page is looked at.
 */
const MAX_NODES = 30;
const COLUMN = 260;
const ROW = 76;
export const NODE = { width: 168, height: 48 };
const MARGIN = 16;
/** How far a link back hangs below what it joins. */
export const BOW = 52;

/**
 * Places agents in columns, senders before those they send to, and gives the
 * links between them. Replies are left out where the question is drawn. The
 * same agents and links always give the same picture.
 */
export function layOut(traffic, agents) {
  const links = drawnLinks(traffic.links);
  const names = busiestNames(traffic, agents, links);
  const kept = new Set(names);
  const inside = links.filter(({ from, to }) => kept.has(from) && kept.has(to));
  const columns = columnsOf(names, inside);
  const tallest = Math.max(1, ...columns.map(({ length }) => length));
  const nodes = columns.flatMap((column, x) =>
    column.map((name, y) => ({
      name,
      x: MARGIN + x * COLUMN,
      y: MARGIN + (y + (tallest - column.length) / 2) * ROW,
    }))
  );
  return {
    nodes,
    links: inside,
    left: names.total - names.length,
    width: 2 * MARGIN + (columns.length - 1) * COLUMN + NODE.width,
    height: 2 * MARGIN + (tallest - 1) * ROW + NODE.height + BOW / 2,
  };
}

/** Links that are not replies to one that goes the other way. */
function drawnLinks(links) {
  const known = new Set(links.map(({ from, to }) => `${from} ${to}`));
  return links.filter(({ from, to, messages, replies }) =>
    from !== to && (replies < messages || !known.has(`${to} ${from}`))
  );
}

function busiestNames({ agents: traffic }, agents, links) {
  const weights = new Map(agents.map(({ name }) => [name, 0]));
  for (const { name, sent, handled } of traffic) {
    weights.set(name, sent + handled);
  }
  for (const { to, messages } of links) {
    if (!weights.has(to)) weights.set(to, messages);
  }
  const names = [...weights].sort(([a, x], [b, y]) =>
    y - x || a.localeCompare(b)
  ).slice(0, MAX_NODES).map(([name]) => name).sort();
  return Object.assign(names, { total: weights.size });
}

/** Each name's column is one beyond the last of those that send to it, cycles aside. */
function columnsOf(names, links) {
  const forward = withoutCycles(names, links);
  const depth = new Map(names.map((name) => [name, 0]));
  for (let turn = 0; turn < names.length; turn++) {
    let changed = false;
    for (const { from, to } of forward) {
      if (depth.get(to) > depth.get(from)) continue;
      depth.set(to, depth.get(from) + 1);
      changed = true;
    }
    if (!changed) break;
  }
  const columns = [];
  for (const name of names) (columns[depth.get(name)] ??= []).push(name);
  return ordered(columns.filter(Boolean), forward);
}

/** The busiest links first; one that would close a circle is left out. */
function withoutCycles(names, links) {
  const next = new Map(names.map((name) => [name, new Set()]));
  const reaches = (from, to, seen = new Set()) => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...next.get(from)].some((one) => reaches(one, to, seen));
  };
  return links.filter(({ from, to }) => {
    if (reaches(to, from)) return false;
    next.get(from).add(to);
    return true;
  });
}

/** Names of a column stand at about the height of those that send to them: fewer links cross. */
function ordered(columns, links) {
  const place = new Map();
  for (const column of columns) {
    const wish = (name) => {
      const before = links.filter(({ to }) => to === name)
        .map(({ from }) => place.get(from)).filter((y) => y !== undefined);
      return before.length === 0
        ? Infinity
        : before.reduce((sum, y) => sum + y, 0) / before.length;
    };
    const wishes = new Map(column.map((name) => [name, wish(name)]));
    column.sort((a, b) => wishes.get(a) - wishes.get(b) || a.localeCompare(b));
    column.forEach((name, y) => place.set(name, y - column.length / 2));
  }
  return columns;
}

/** One bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The least and the most of all rounds. */
  readonly from: number;
  readonly to: number;
  readonly role: "ours" | "peer" | "ceiling";
}

const WIDTH = 760;
const NAMES = 210;
const VALUES = 130;
const ROW = 26;
const BAR = 16;
const TOP = 44;

/** Readable on light and on dark pages alike: the page behind shows through. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.note { fill: #59636e; font-size: 12px; }
.ours { fill: #0969da; } .peer { fill: #8c959f; } .ceiling { fill: #d0d7de; }
.spread { stroke: #1f2328; stroke-width: 1.2; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .note { fill: #9198a1; }
  .ours { fill: #4493f8; } .peer { fill: #6e7681; } .ceiling { fill: #3d444d; }
  .spread { stroke: #f0f6fc; }
}`;

/** Horizontal bars as an SVG document, the medians with the spread of the rounds. */
export function barPlot(
  title: string,
  note: string,
  bars: readonly Bar[],
  show: (value: number) => string,
): string {
  const most = Math.max(...bars.map((bar) => bar.to));
  const height = TOP + bars.length * ROW + 8;
  const rows = bars.map((bar, index) =>
    barText(bar, TOP + index * ROW, most, show)
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${
    escape(title)
  }">
<style>${STYLE}
</style>
<text class="title" x="0" y="16">${escape(title)}</text>
<text class="note" x="0" y="33">${escape(note)}</text>
${rows.join("\n")}
</svg>
`;
}

function barText(
  { name, value, from, to, role }: Bar,
  y: number,
  most: number,
  show: (value: number) => string,
): string {
  const scale = (amount: number) =>
    Math.round(amount / most * (WIDTH - NAMES - VALUES) * 10) / 10;
  const middle = y + BAR / 2;
  const right = NAMES + scale(to) + 8;
  return `<text x="${NAMES - 10}" y="${y + 13}" text-anchor="end">${
    escape(name)
  }</text>
<rect class="${role}" x="${NAMES}" y="${y}" width="${
    scale(value)
  }" height="${BAR}" rx="2"/>
<line class="spread" x1="${NAMES + scale(from)}" x2="${
    NAMES + scale(to)
  }" y1="${middle}" y2="${middle}"/>
<text x="${right}" y="${y + 13}">${escape(show(value))}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

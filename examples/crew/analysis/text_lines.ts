/** What is counted of any text. */
export interface LineFigures {
  /** Lines, the last one included when it has no end. */
  readonly lines: number;
  /** Lines over the limit, counted from 1; the first hundred. */
  readonly longLines: readonly number[];
  /** Characters of the longest line. */
  readonly longestChars: number;
}

/** Line numbers that are kept. */
const MAX_KEPT = 100;

/** Counts lines, and those longer than `limitChars` characters. */
export function measureLines(text: string, limitChars: number): LineFigures {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const longLines: number[] = [];
  let longestChars = 0;
  for (const [index, line] of lines.entries()) {
    longestChars = Math.max(longestChars, line.length);
    if (line.length > limitChars && longLines.length < MAX_KEPT) {
      longLines.push(index + 1);
    }
  }
  return { lines: lines.length, longLines, longestChars };
}

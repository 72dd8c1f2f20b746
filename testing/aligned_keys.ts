import { LIMITS } from "../core/limits.ts";

/** Places of two lists between two that are the same. */
export interface Gap {
  /** Places of the first list, in order. */
  readonly ofFirst: readonly number[];
  /** Places of the second. */
  readonly ofSecond: readonly number[];
}

/**
 * Lays two lists side by side, so that as many as possible stand beside their
 * like, and gives what does not. Lists with more than 4,000,000 pairs, without
 * their like beginnings and ends, are laid side by side place by place.
 */
export function alignKeys(
  first: readonly string[],
  second: readonly string[],
): Gap[] {
  let start = 0;
  const shorter = Math.min(first.length, second.length);
  while (start < shorter && first[start] === second[start]) start++;
  let tail = 0;
  while (
    tail < shorter - start && first.at(-1 - tail) === second.at(-1 - tail)
  ) tail++;
  const middle: Middle = {
    first: first.slice(start, first.length - tail),
    second: second.slice(start, second.length - tail),
    start,
  };
  const pairs = middle.first.length * middle.second.length;
  return pairs > LIMITS.maxComparedPairs
    ? placeByPlace(middle)
    : byLongestCommon(middle);
}

/** What lies between the like beginnings and ends of two lists. */
interface Middle {
  readonly first: readonly string[];
  readonly second: readonly string[];
  /** Where it begins, in both. */
  readonly start: number;
}

function placeByPlace({ first, second, start }: Middle): Gap[] {
  const gaps: Gap[] = [];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    if (first[at] === second[at]) continue;
    gaps.push({
      ofFirst: at < first.length ? [start + at] : [],
      ofSecond: at < second.length ? [start + at] : [],
    });
  }
  return gaps;
}

/** The longest common subsequence, by dynamic programming. */
function byLongestCommon({ first, second, start }: Middle): Gap[] {
  const width = second.length + 1;
  const longest = lengthsOf(first, second);
  const longestAt = (i: number, j: number) => longest[i * width + j] ?? 0;
  const gaps: Gap[] = [];
  let ofFirst: number[] = [];
  let ofSecond: number[] = [];
  const close = () => {
    if (ofFirst.length + ofSecond.length > 0) gaps.push({ ofFirst, ofSecond });
    ofFirst = [];
    ofSecond = [];
  };
  let i = 0, j = 0;
  while (i < first.length || j < second.length) {
    if (i < first.length && j < second.length && first[i] === second[j]) {
      close();
      i++;
      j++;
    } else if (
      j >= second.length ||
      i < first.length && longestAt(i + 1, j) >= longestAt(i, j + 1)
    ) ofFirst.push(start + i++);
    else ofSecond.push(start + j++);
  }
  close();
  return gaps;
}

/** How much the rests of both lists have in common, from each pair of places. */
function lengthsOf(
  first: readonly string[],
  second: readonly string[],
): Uint16Array {
  const width = second.length + 1;
  const lengths = new Uint16Array((first.length + 1) * width);
  for (let i = first.length - 1; i >= 0; i--) {
    for (let j = second.length - 1; j >= 0; j--) {
      const below = lengths[(i + 1) * width + j] ?? 0;
      const beside = lengths[i * width + j + 1] ?? 0;
      const across = lengths[(i + 1) * width + j + 1] ?? 0;
      lengths[i * width + j] = first[i] === second[j]
        ? across + 1
        : Math.max(below, beside);
    }
  }
  return lengths;
}

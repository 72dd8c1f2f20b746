import { LIMITS } from "./limits.ts";

/**
 * The grammar of names, topics and patterns. Every check reads each character
 * at most once, after the length has been found to be within the limit, and no
 * regular expression is made from input: hostile text costs no more than honest
 * text does.
 */

const OTHER = 0;
const LETTER = 1;
const DOT = 2;
const WILDCARD = 3;

const STAR_CODE = 0x2a;
const DOT_CODE = 0x2e;
const REST_CODE = 0x3e;

/** What each ASCII character is to the grammar. */
const KINDS: Uint8Array = kindsOfCharacters();

/** Whether `value` is a name: 1 to 255 letters (a-z, A-Z), digits, `-`, `_`, `.`, `:` and `/`. */
export function isName(value: unknown): value is string {
  return nameProblem(value) === undefined;
}

/**
 * Whether `value` is a topic: 1 to 16 tokens joined by dots, 255 characters at
 * most; a token is one or more of the characters of a name, without the dot.
 */
export function isTopic(value: unknown): value is string {
  return topicProblem(value) === undefined;
}

/**
 * Whether `value` is a pattern over topics: a topic in which `*` may stand for
 * one whole token, and `>`, as the last token, for one or more.
 */
export function isPattern(value: unknown): value is string {
  return patternProblem(value) === undefined;
}

/** Whether `value` is a pattern over names, see {@linkcode namePatternProblem}. */
export function isNamePattern(value: unknown): value is string {
  return namePatternProblem(value) === undefined;
}

/**
 * Says why `value` is not a name.
 *
 * @returns The end of an error's text, such as `it has 300 characters, at most
 * 255 are allowed`; `undefined` when `value` is a name.
 */
export function nameProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return typeProblem(value);
  const outside = lengthProblem(value);
  if (outside !== undefined) return outside;
  for (let i = 0; i < value.length; i++) {
    const kind = kindAt(value, i);
    if (kind !== LETTER && kind !== DOT) return characterProblem(value, i);
  }
  return undefined;
}

/**
 * Says why `value` is not a topic.
 *
 * @returns The end of an error's text, such as `it has 17 tokens, at most 16
 * are allowed`; `undefined` when `value` is a topic.
 */
export function topicProblem(value: unknown): string | undefined {
  return tokensProblem(value, false);
}

/**
 * Says why `value` is not a pattern over topics.
 *
 * @returns The end of an error's text, such as `">" stands before its end`;
 * `undefined` when `value` is a pattern.
 */
export function patternProblem(value: unknown): string | undefined {
  return tokensProblem(value, true);
}

/**
 * Says why `value` is not a pattern over names: a name as it is, which stands
 * for itself, or a text with `*` or `>` that is a pattern by the grammar of
 * topics (`agents.*`, `region:eu/*` is none).
 *
 * @returns The end of an error's text; `undefined` when `value` is a pattern.
 */
export function namePatternProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return typeProblem(value);
  const outside = lengthProblem(value);
  if (outside !== undefined) return outside;
  return hasWildcard(value) ? patternProblem(value) : nameProblem(value);
}

/** Whether a pattern stands for more than itself. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes(">");
}

/**
 * Whether a topic, or a name, is one of those that a pattern stands for. Reads
 * each character once and allocates nothing.
 *
 * Both must have passed their checks. Names may have empty tokens (`a..b`); no
 * wildcard stands for an empty token or an empty rest.
 */
export function matchesPattern(pattern: string, topic: string): boolean {
  let at = 0;
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i);
    if (code === REST_CODE) return at < topic.length;
    if (code === STAR_CODE) {
      const end = tokenEnd(topic, at);
      if (end === at) return false;
      at = end;
    } else if (topic.charCodeAt(at++) !== code) {
      return false;
    }
  }
  return at === topic.length;
}

/** Where the token that starts at `start` ends: the index of its dot, or the length of the text. */
export function tokenEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== DOT_CODE) end++;
  return end;
}

function tokensProblem(
  value: unknown,
  wildcards: boolean,
): string | undefined {
  if (typeof value !== "string") return typeProblem(value);
  const outside = lengthProblem(value);
  if (outside !== undefined) return outside;
  let tokens = 1;
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    const kind = kindAt(value, i);
    if (kind === LETTER) continue;
    if (kind === DOT) {
      if (i === start) return emptyTokenProblem(tokens);
      tokens++;
      start = i + 1;
    } else if (kind === WILDCARD && wildcards) {
      const problem = wildcardProblem(value, start, i);
      if (problem !== undefined) return problem;
    } else {
      return characterProblem(value, i);
    }
  }
  if (start === value.length) return emptyTokenProblem(tokens);
  return tokens <= LIMITS.maxTopicTokens
    ? undefined
    : `it has ${tokens} tokens, at most ${LIMITS.maxTopicTokens} are allowed`;
}

function wildcardProblem(
  text: string,
  start: number,
  at: number,
): string | undefined {
  const wildcard = text[at];
  const next = at + 1;
  if (at !== start || (next < text.length && text[next] !== ".")) {
    return `"${wildcard}" at position ${at} is not a whole token`;
  }
  return wildcard === ">" && next < text.length
    ? `">" at position ${at} is not the last token`
    : undefined;
}

function typeProblem(value: unknown): string {
  if (value === undefined) return "it is missing";
  if (value === null) return "it is null";
  return `it is ${
    typeof value === "object" ? "an object" : `a ${typeof value}`
  }`;
}

function lengthProblem(text: string): string | undefined {
  if (text.length === 0) return "it is empty";
  return text.length <= LIMITS.maxNameChars
    ? undefined
    : `it has ${text.length} characters, at most ${LIMITS.maxNameChars} are allowed`;
}

function emptyTokenProblem(token: number): string {
  return `token ${token} is empty`;
}

function characterProblem(text: string, at: number): string {
  // Written as JSON, so that a line break or half a character cannot spoil a log.
  const character = JSON.stringify(
    String.fromCodePoint(text.codePointAt(at) ?? 0),
  );
  return `character ${character} at position ${at} is not allowed`;
}

function kindAt(text: string, index: number): number {
  return KINDS[text.charCodeAt(index)] ?? OTHER;
}

function kindsOfCharacters(): Uint8Array {
  const kinds = new Uint8Array(128);
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" +
    "0123456789-_:/";
  for (let i = 0; i < letters.length; i++) {
    kinds[letters.charCodeAt(i)] = LETTER;
  }
  kinds[DOT_CODE] = DOT;
  kinds[STAR_CODE] = WILDCARD;
  kinds[REST_CODE] = WILDCARD;
  return kinds;
}

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isName,
  isNamePattern,
  isPattern,
  isTopic,
  matchesPattern,
  namePatternProblem,
  nameProblem,
  patternProblem,
  tokenEnd,
  topicProblem,
} from "../../core/topic.ts";
import { RUNS } from "./arbitraries/runs.ts";
import {
  hostileTexts,
  namePatterns,
  names,
  patterns,
  topics,
} from "./arbitraries/topics.ts";

const NAME = /^[A-Za-z0-9\-_.:/]{1,255}$/;
const TOKEN = /^[A-Za-z0-9\-_:/]+$/;

/** The grammar, as the reference has it. */
function isPatternByTheBook(text: string, wildcards: boolean): boolean {
  const tokens = text.split(".");
  return text.length <= 255 && tokens.length <= 16 &&
    tokens.every((token, index) =>
      TOKEN.test(token) ||
      (wildcards && token === "*") ||
      (wildcards && token === ">" && index === tokens.length - 1)
    );
}

/** What a pattern stands for, token by token. */
function matchesByTheBook(pattern: string, text: string): boolean {
  if (!pattern.includes("*") && !pattern.includes(">")) return pattern === text;
  const wanted = pattern.split(".");
  const tokens = text.split(".");
  const isOpen = wanted.at(-1) === ">";
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  const rest = tokens.slice(fixed.length).join(".");
  const isAsLong = isOpen
    ? tokens.length > fixed.length && rest !== ""
    : tokens.length === fixed.length;
  return isAsLong &&
    fixed.every((token, index) =>
      token === "*" ? tokens[index] !== "" : token === tokens[index]
    );
}

Deno.test("isTopic(), isPattern() and isName() agree with the grammar, whatever the text", () => {
  const texts = fc.oneof(hostileTexts, topics, names, patterns);
  fc.assert(
    fc.property(texts, (text) => {
      assert.equal(isTopic(text), isPatternByTheBook(text, false));
      assert.equal(isPattern(text), isPatternByTheBook(text, true));
      assert.equal(isName(text), NAME.test(text));
      const isWild = text.includes("*") || text.includes(">");
      assert.equal(
        isNamePattern(text),
        isWild ? isPattern(text) : isName(text),
      );
    }),
    RUNS,
  );
});

Deno.test("topicProblem() and its likes take any value, and say nothing only of well-formed text", () => {
  const checks = [
    topicProblem,
    patternProblem,
    nameProblem,
    namePatternProblem,
  ];
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...checks), (value, check) => {
      const problem = check(value);
      if (typeof value !== "string") assert.match(problem ?? "", /^it is /);
      else assert.ok(problem === undefined || problem.length > 0);
    }),
    RUNS,
  );
});

Deno.test("matchesPattern() agrees with a comparison token by token, over topics", () => {
  fc.assert(
    fc.property(patterns, topics, (pattern, topic) => {
      assert.equal(
        matchesPattern(pattern, topic),
        matchesByTheBook(pattern, topic),
      );
    }),
    RUNS,
  );
});

Deno.test("matchesPattern() agrees with a comparison token by token, over names with empty tokens", () => {
  fc.assert(
    fc.property(namePatterns, names, (pattern, name) => {
      assert.equal(
        matchesPattern(pattern, name),
        matchesByTheBook(pattern, name),
      );
    }),
    RUNS,
  );
});

Deno.test("matchesPattern() finds every pattern that is made from the topic", () => {
  const made = topics.chain((topic) => {
    const tokens = topic.split(".");
    return fc.tuple(
      fc.constant(topic),
      fc.array(fc.boolean(), {
        minLength: tokens.length,
        maxLength: tokens.length,
      }),
      fc.integer({ min: 0, max: tokens.length }),
    );
  });
  fc.assert(
    fc.property(made, ([topic, stars, end]) => {
      const tokens = topic.split(".")
        .map((token, index) => stars[index] ? "*" : token);
      const isCut = end < tokens.length;
      const pattern = isCut ? [...tokens.slice(0, end), ">"] : tokens;
      assert.equal(matchesPattern(pattern.join("."), topic), true);
    }),
    RUNS,
  );
});

Deno.test("tokenEnd() cuts a text as split() does", () => {
  fc.assert(
    fc.property(names, (name) => {
      const tokens: string[] = [];
      for (let at = 0; at <= name.length;) {
        const end = tokenEnd(name, at);
        tokens.push(name.slice(at, end));
        at = end + 1;
      }
      assert.deepEqual(tokens, name.split("."));
    }),
    RUNS,
  );
});

Deno.test("patternProblem() and matchesPattern() take at most 20 µs for 99 of 100 hostile texts", () => {
  const texts = fc.sample(hostileTexts, { numRuns: 2_000, seed: 9 });
  const topic = Array(16).fill("a").join(".");
  const micros = new Float64Array(100_000);
  for (let index = 0; index < micros.length; index++) {
    const text = texts[index % texts.length] ?? "";
    const startedAt = performance.now();
    if (patternProblem(text) === undefined) matchesPattern(text, topic);
    micros[index] = (performance.now() - startedAt) * 1_000;
  }
  micros.sort();
  const p99 = micros[Math.floor(micros.length * 0.99)] ?? Infinity;
  assert.ok(p99 <= 20, `p99 is ${p99.toFixed(1)} µs`);
});

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
  topicProblem,
} from "../../core/topic.ts";

const tokens = (count: number) => Array(count).fill("t").join(".");

Deno.test("isName() takes 1 to 255 letters, digits and -_.:/", () => {
  for (const name of ["a", "Z9", "a.b-c_d:e/f", "..", "x".repeat(255)]) {
    assert.equal(isName(name), true, name);
  }
});

Deno.test("nameProblem() says what is wrong with a name", () => {
  assert.equal(nameProblem(""), "it is empty");
  assert.equal(
    nameProblem("x".repeat(256)),
    "it has 256 characters, at most 255 are allowed",
  );
  assert.equal(
    nameProblem("a b"),
    'character " " at position 1 is not allowed',
  );
  assert.equal(nameProblem("a*"), 'character "*" at position 1 is not allowed');
  assert.equal(nameProblem("é"), 'character "é" at position 0 is not allowed');
  assert.equal(
    nameProblem("😀"),
    'character "😀" at position 0 is not allowed',
  );
  assert.equal(
    nameProblem("a\n"),
    'character "\\n" at position 1 is not allowed',
  );
  assert.equal(
    nameProblem("\ud800"),
    'character "\\ud800" at position 0 is not allowed',
  );
  assert.equal(nameProblem(undefined), "it is missing");
  assert.equal(nameProblem(null), "it is null");
  assert.equal(nameProblem(7), "it is a number");
  assert.equal(nameProblem(["a"]), "it is an object");
  assert.equal(nameProblem(new String("a")), "it is an object");
});

Deno.test("every character outside the grammar is refused everywhere", () => {
  const allowed = /^[A-Za-z0-9_:\/-]$/;
  for (let code = 0; code < 0x300; code++) {
    const character = String.fromCharCode(code);
    const isLetter = allowed.test(character);
    assert.equal(isName(character), isLetter || character === ".", character);
    assert.equal(isTopic(character), isLetter, character);
    const isWildcard = character === "*" || character === ">";
    assert.equal(isPattern(character), isLetter || isWildcard, character);
  }
});

Deno.test("isTopic() takes up to 16 tokens without empty ones", () => {
  for (const topic of ["a", "jobs.build.done", tokens(16), "x".repeat(255)]) {
    assert.equal(topicProblem(topic), undefined, topic);
  }
});

Deno.test("topicProblem() says what is wrong with a topic", () => {
  assert.equal(
    topicProblem(tokens(17)),
    "it has 17 tokens, at most 16 are allowed",
  );
  assert.equal(topicProblem(""), "it is empty");
  assert.equal(topicProblem(".a"), "token 1 is empty");
  assert.equal(topicProblem("a..b"), "token 2 is empty");
  assert.equal(topicProblem("a.b."), "token 3 is empty");
  assert.equal(topicProblem("."), "token 1 is empty");
  assert.equal(
    topicProblem("a.*"),
    'character "*" at position 2 is not allowed',
  );
  assert.equal(
    topicProblem("a." + "x".repeat(254)),
    "it has 256 characters, at most 255 are allowed",
  );
  assert.equal(topicProblem(undefined), "it is missing");
});

Deno.test("isPattern() takes wildcards as whole tokens", () => {
  for (const pattern of ["*", ">", "a.*", "*.a.>", "a.b", "*.*", "a.*.>"]) {
    assert.equal(patternProblem(pattern), undefined, pattern);
  }
  assert.equal(isPattern(Array(16).fill("*").join(".")), true);
});

Deno.test("patternProblem() says what is wrong with a pattern", () => {
  assert.equal(
    patternProblem(">.a"),
    '">" at position 0 is not the last token',
  );
  assert.equal(patternProblem("a*"), '"*" at position 1 is not a whole token');
  assert.equal(patternProblem("*a"), '"*" at position 0 is not a whole token');
  assert.equal(
    patternProblem("a.b>"),
    '">" at position 3 is not a whole token',
  );
  assert.equal(patternProblem("**"), '"*" at position 0 is not a whole token');
  assert.equal(patternProblem(">."), '">" at position 0 is not the last token');
  assert.equal(patternProblem("*."), "token 2 is empty");
  assert.equal(patternProblem("a..>"), "token 2 is empty");
  assert.equal(
    patternProblem(tokens(16) + ".>"),
    "it has 17 tokens, at most 16 are allowed",
  );
});

Deno.test("isNamePattern() takes names as they are, and patterns over them", () => {
  for (const pattern of ["a..b", tokens(17), "a:b/c", "agents.*", ">"]) {
    assert.equal(namePatternProblem(pattern), undefined, pattern);
  }
  for (const pattern of ["a..*", "region/*", tokens(16) + ".*", "", 5, "é"]) {
    assert.equal(isNamePattern(pattern), false, String(pattern));
  }
});

Deno.test("matchesPattern() matches by whole tokens", () => {
  const cases: [string, string, boolean][] = [
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["a.b", "a", false],
    ["a.b", "a.bc", false],
    ["*", "abc", true],
    ["*", "a.b", false],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["*.b", "abc.b", true],
    ["a.*.c", "a.bbb.c", true],
    ["a.*.c", "a.b.b.c", false],
    [">", "a", true],
    [">", "a.b.c", true],
    ["a.>", "a", false],
    ["a.>", "a.b.c", true],
    ["a.>", "ab.c", false],
    ["*.>", "a", false],
    ["*.>", "a.b", true],
  ];
  for (const [pattern, topic, expected] of cases) {
    assert.equal(
      matchesPattern(pattern, topic),
      expected,
      `${pattern} on ${topic}`,
    );
  }
});

Deno.test("matchesPattern() takes no empty token of a name for a wildcard", () => {
  assert.equal(matchesPattern("a.*", "a."), false);
  assert.equal(matchesPattern("a.>", "a."), false);
  assert.equal(matchesPattern("a.*.b", "a..b"), false);
  assert.equal(matchesPattern("a..b", "a..b"), true);
});

Deno.test("matchesPattern() agrees with a definition by recursion", () => {
  const token = fc.constantFrom("a", "b", "ab");
  const topic = fc.array(token, { minLength: 1, maxLength: 5 });
  const pattern = fc.tuple(
    fc.array(fc.oneof(token, fc.constant("*")), { maxLength: 4 }),
    fc.oneof(token, fc.constantFrom("*", ">")),
  ).map(([first, last]) => [...first, last]);
  fc.assert(
    fc.property(pattern, topic, (pattern, topic) => {
      assert.equal(
        matchesPattern(pattern.join("."), topic.join(".")),
        standsFor(pattern, topic),
      );
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("isTopic() and isPattern() agree with a definition by tokens", () => {
  const text = fc.array(fc.constantFrom("a", "Z", "-", ".", "*", ">", " "), {
    maxLength: 10,
  }).map((characters) => characters.join(""));
  fc.assert(
    fc.property(text, (text) => {
      const parts = text.split(".");
      const isToken = (part: string) => /^[A-Za-z-]+$/.test(part);
      assert.equal(isTopic(text), parts.every(isToken));
      const isPart = (part: string, index: number) =>
        isToken(part) || part === "*" ||
        (part === ">" && index === parts.length - 1);
      assert.equal(isPattern(text), parts.every(isPart));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("checks refuse a hostile megabyte by its length alone", () => {
  // Each would cost seconds if a character were looked at before the length.
  const hostile = "*.".repeat(500_000);
  for (let n = 0; n < 100_000; n++) {
    assert.equal(isName(hostile), false);
    assert.equal(isTopic(hostile), false);
    assert.equal(isPattern(hostile), false);
    assert.equal(isNamePattern(hostile), false);
  }
});

function standsFor(
  pattern: readonly string[],
  topic: readonly string[],
): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return topic.length === 0;
  if (topic.length === 0) return false;
  if (first === ">") return true;
  return (first === "*" || first === topic[0]) &&
    standsFor(rest, topic.slice(1));
}

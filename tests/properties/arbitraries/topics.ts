import fc from "fast-check";

/** Few tokens, so that patterns and topics meet. */
const token = fc.constantFrom("a", "b", "cc", "D-1", "x:y/z_");
const wildToken = fc.oneof(
  { weight: 3, arbitrary: token },
  { weight: 2, arbitrary: fc.constant("*") },
);

/** A well-formed topic. */
export const topics: fc.Arbitrary<string> = fc
  .array(token, { minLength: 1, maxLength: 16 })
  .map((tokens) => tokens.join("."));

/** A name, which may have empty tokens. */
export const names: fc.Arbitrary<string> = fc
  .array(fc.oneof(token, token, fc.constant("")), {
    minLength: 1,
    maxLength: 6,
  })
  .map((tokens) => tokens.join("."))
  .filter((name) => name !== "");

/** A well-formed pattern over topics. */
export const patterns: fc.Arbitrary<string> = fc.tuple(
  fc.array(wildToken, { maxLength: 6 }),
  fc.oneof(wildToken, fc.constant(">")),
).map(([tokens, last]) => [...tokens, last].join("."));

/** A well-formed pattern over names. */
export const namePatterns: fc.Arbitrary<string> = fc.oneof(patterns, names);

/** Text that is almost a pattern, nothing like one, or far too long. */
export const hostileTexts: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom("a", "*", ">", ".", "", "é", " ", "\u0000"), {
    maxLength: 40,
  }).map((parts) => parts.join("")),
  fc.array(fc.constantFrom("a", "*", ">", "", "**", "a*"), { maxLength: 20 })
    .map((tokens) => tokens.join(".")),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.tuple(
    fc.constantFrom("*.", "a.", ".", ">.", "*", "a", "((a+)+)$"),
    fc.integer({ min: 1, max: 100_000 }),
  ).map(([part, times]) => part.repeat(times)),
);

import { field, header, join, text, type, u16 } from "./bytes.ts";
import { DIRECT, taken, wrong } from "./envelope_vector.ts";
import type { Vector } from "./vector.ts";

const a = text("a");

/** The headers of an envelope, as a client reads them. */
export function headerVectors(): Vector[] {
  return [...rightHeaders(), ...wrongHeaders()];
}

function rightHeaders(): Vector[] {
  const names = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "10",
    "9",
  ];
  const many = Array.from({ length: 65 }, (_, index) => `h${index}`);
  return [
    taken("header", "one header", join(type(), header(a, text("b"))), {
      ...DIRECT,
      headers: { a: "b" },
    }),
    taken(
      "header-empty-value",
      "a header of no value",
      join(type(), header(a, "")),
      {
        ...DIRECT,
        headers: { a: "" },
      },
    ),
    taken(
      "header-empty-name",
      "a header of no name",
      join(type(), header("", a)),
      {
        ...DIRECT,
        headers: { "": "a" },
      },
    ),
    taken(
      "headers-apart",
      "headers with a field between",
      join(header(a, ""), type(), header(text("b"), "")),
      {
        ...DIRECT,
        headers: { a: "", b: "" },
      },
    ),
    taken(
      "headers-named-like-members",
      "names that some languages' objects have already",
      join(type(), ...names.map((name) => header(text(name), a))),
      {
        ...DIRECT,
        headers: Object.fromEntries(names.map((name) => [name, "a"])),
      },
    ),
    taken(
      "headers-65",
      "a client counts no headers",
      join(type(), ...many.map((name) => header(text(name), ""))),
      {
        ...DIRECT,
        headers: Object.fromEntries(many.map((name) => [name, ""])),
      },
    ),
  ];
}

function wrongHeaders(): Vector[] {
  return [
    ...wrong(
      "header-twice",
      "a header's name twice",
      join(type(), header(a, a), header(a, "")),
    ),
    ...wrong(
      "header-proto-twice",
      "another name twice",
      join(type(), header(text("__proto__"), a), header(text("__proto__"), a)),
    ),
    ...wrong(
      "header-no-bytes",
      "a header of no bytes",
      join(type(), field(12, "")),
    ),
    ...wrong(
      "header-one-byte",
      "a header of one byte",
      join(type(), field(12, "00")),
    ),
    ...wrong(
      "header-name-cut",
      "a header that ends inside its name",
      join(type(), field(12, u16(2) + a)),
    ),
    ...wrong(
      "header-name-not-utf8",
      "a name that is not UTF-8",
      join(type(), header("ff", a)),
    ),
    ...wrong(
      "header-value-not-utf8",
      "a value that is not UTF-8",
      join(type(), header(a, "ff")),
    ),
    ...wrong(
      "header-character-split",
      "a character of which name and value have half each",
      join(type(), header("c3", "a9")),
    ),
  ];
}

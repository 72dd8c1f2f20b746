import assert from "node:assert/strict";
import {
  child,
  children,
  nameOf,
  parseSource,
  type SyntaxNode,
  visitAll,
} from "../architecture/syntax.ts";
import { readPage } from "./page.ts";
import { namesIn, rowsBelow } from "./tables.ts";

const PAGE = "docs/reference/events.md";
const SOURCE = "core/events.ts";

Deno.test("docs/reference/events.md gives every event with its fields, and no other", async () => {
  const written = rowsBelow(await readPage(PAGE), "## Every event")
    .map(([event, , fields]) => [...namesIn(event), ...namesIn(fields).sort()]);
  const real = eventsIn(parseSource(await readPage(SOURCE)));
  assert.ok(real.length > 20, `${real.length} events`);
  assert.deepEqual(written.map(String).sort(), real.map(String).sort());
});

Deno.test("docs/reference/events.md gives every way in which a delivery ends", async () => {
  const written = rowsBelow(await readPage(PAGE), "## How a delivery ends")
    .flatMap(([outcome]) => namesIn(outcome));
  const program = parseSource(await readPage(SOURCE));
  const alias = children(program, "body")
    .map((statement) => child(statement, "declaration"))
    .find((one) => nameOf(child(one, "id")) === "DeliveryOutcome");
  assert.deepEqual(written, literalsIn(child(alias, "typeAnnotation")));
});

Deno.test("the fields of an event are read off its type", () => {
  const text = `type E = { readonly at: number } & (
    | { readonly type: "one" | "two"; readonly b?: string; readonly a: number }
    | { readonly type: "three" });`;
  assert.deepEqual(eventsIn(parseSource({ path: "a.ts", text })), [
    ["one", "a", "b?"],
    ["two", "a", "b?"],
    ["three"],
  ]);
});

/** Each event: its type, and then its fields in order of the alphabet. */
function eventsIn(program: SyntaxNode): string[][] {
  const events: string[][] = [];
  visitAll(program, (node) => {
    if (node.type !== "TSTypeLiteral") return;
    const members = children(node, "members");
    const keyOf = (member: SyntaxNode) => nameOf(child(member, "key")) ?? "";
    const type = members.find((member) => keyOf(member) === "type");
    if (!type) return;
    const fields = members.filter((member) => member !== type)
      .map((member) => keyOf(member) + (member.optional ? "?" : ""))
      .sort();
    for (const name of literalsIn(type)) events.push([name, ...fields]);
  });
  return events;
}

/** The texts that a type is one of, in order. */
function literalsIn(node: SyntaxNode | undefined): string[] {
  const found: string[] = [];
  if (node) {
    visitAll(node, ({ type, value }) => {
      if (type === "StringLiteral") found.push(String(value));
    });
  }
  return found;
}

import assert from "node:assert/strict";
import { inOrderOfTime, type Said } from "./said.ts";

const AT = { at: 5, id: "id-a", life: "first", redelivered: true } as const;

function started(attempt: number, copy = "a>worker"): Said {
  return { ...AT, say: "start", copy, attempt };
}

function ended(attempt: number): Said {
  return { at: 5, say: "end", copy: "a>worker", attempt, how: "nack" };
}

Deno.test("inOrderOfTime() puts what two programs did with a copy in one millisecond by its attempts", () => {
  const killed: Said = { at: 6, say: "killed", until: 7 };
  const left = [started(3), started(1, "b>worker"), ended(3)];
  const right = [{ ...started(1), at: 4 }, started(2), ended(2)];
  assert.deepEqual(inOrderOfTime([killed], left, right), [
    { ...started(1), at: 4 },
    ...[started(2), started(1, "b>worker"), ended(2), started(3), ended(3)],
    killed,
  ]);
});

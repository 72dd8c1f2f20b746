import assert from "node:assert/strict";
import type { Said, Saying } from "../said.ts";
import { Account } from "./account.ts";

const NEWS: Saying[] = [
  { say: "try", token: "a", from: "boss", to: ["one", "two"] },
  { say: "ok", token: "a", id: "id-a" },
];
const START: Saying = {
  ...{ say: "start", copy: "a>one", id: "id-a" },
  ...{ attempt: 1, redelivered: false, life: "1" },
};
const END: Saying = { say: "end", copy: "a>one", attempt: 1, how: "ack" };

function problemsOf(
  said: readonly Saying[],
  copies: readonly string[],
  letters: readonly string[] = [],
): string {
  const account = new Account();
  for (const one of said) account.take({ at: 0, ...one } as Said);
  return account.problemsOf({ copies, letters, problems: [] }).join("; ");
}

Deno.test("Account finds nothing where copies, letters, and what is being acknowledged are as they may be", () => {
  assert.equal(problemsOf(NEWS, ["a>one"], ["a>two"]), "");
  assert.equal(problemsOf([...NEWS, START, END], ["a>two"]), "");
  assert.equal(problemsOf([...NEWS, START, END], ["a>one", "a>two"]), "");
  assert.equal(problemsOf(NEWS.slice(0, 1), []), "");
});

Deno.test("Account finds what is lost, doubled, back, never sent, or there by half", () => {
  assert.match(problemsOf(NEWS, ["a>one"]), /lost: a>two/);
  assert.match(problemsOf(NEWS, ["a>one", "a>two"], ["a>two"]), /twice: a>two/);
  const acked: Saying = { say: "acked", id: "id-a", agent: "one" };
  const all = [...NEWS, START, END, acked];
  assert.match(problemsOf(all, ["a>one", "a>two"]), /acknowledged: a>one/);
  const dead: Saying = { say: "dead", id: "id-a", agent: "one" };
  const died = [...NEWS, START, dead];
  assert.match(problemsOf(died, ["a>one", "a>two"]), /back from the dead/);
  assert.match(problemsOf([], ["b>one"]), /never sent: b>one/);
  assert.match(problemsOf(NEWS.slice(0, 1), ["a>one"]), /not all of it/);
});

import assert from "node:assert/strict";
import type { Said, Saying } from "../said.ts";
import { type FoundLetter, Judge } from "./judge.ts";

/** A send to an agent whose copies are handled in order, and its whole life. */
function sent(token: string): Saying[] {
  return [
    { say: "try", token, from: "sue", to: ["desk"] },
    { say: "ok", token, id: `id-${token}` },
  ];
}

function started(token: string, fields: object = {}): Saying {
  return {
    ...{ say: "start", copy: `${token}>desk`, id: `id-${token}` },
    ...{ attempt: 1, redelivered: false, life: "first" },
    ...fields,
  };
}

function ended(token: string, how: "ack" | "nack" | "reject"): Saying {
  return { say: "end", copy: `${token}>desk`, attempt: 1, how };
}

function problemsOf(
  said: readonly Saying[],
  letters: readonly FoundLetter[] = [],
): string {
  const judge = new Judge({
    maxAttempts: 2,
    leaseMs: () => 1_000,
    inOrder: ["desk"],
  });
  for (const [at, one] of said.entries()) judge.take({ at, ...one } as Said);
  return judge.verdict(letters).problems.join("; ");
}

const again = { attempt: 2, redelivered: true };

Deno.test("Judge finds nothing in what went well", () => {
  const said = [
    ...sent("a"),
    ...sent("b"),
    started("a"),
    ended("a", "nack"),
    started("b"),
    // The connection was lost: attempts may stand where they stood.
    started("b", { redelivered: true, life: "second" }),
    ended("b", "ack"),
    started("a", again),
    ended("a", "nack"),
  ];
  const letters = [{ copy: "a>desk", reason: "handler_failed" }];
  assert.equal(problemsOf(said, letters), "");
});

const skipping = { attempt: 3, redelivered: true };

Deno.test("Judge lets an attempt go with a killed process of the same name", () => {
  const said: Saying[] = [
    ...[...sent("a"), started("a"), ended("a", "nack")],
    { say: "killed", until: 6 },
    ...[started("a", skipping), ended("a", "ack")],
  ];
  assert.equal(problemsOf(said), "");
});

const BAD: Record<
  string,
  [said: Saying[], letters: FoundLetter[], found: RegExp]
> = {
  "an accepted message that nobody has handled": [
    [...sent("a"), started("a")],
    [],
    /^lost: a>desk/,
  ],
  "a message that nobody has sent": [
    [started("a")],
    [],
    /^ghost: a>desk was never sent/,
  ],
  "a message whose send was refused for good": [
    [
      { say: "try", token: "a", from: "sue", to: ["desk"] },
      { say: "refused", token: "a", code: "expired", isForGood: true },
      started("a"),
      ended("a", "ack"),
    ],
    [],
    /^ghost: a>desk was refused/,
  ],
  "a second start without a cause": [
    [...sent("a"), started("a"), started("a", again), ended("a", "ack")],
    [],
    /without a cause/,
  ],
  "a second start that does not say it is one": [
    [
      ...[...sent("a"), started("a"), ended("a", "nack")],
      ...[started("a", { attempt: 2 }), ended("a", "ack")],
    ],
    [],
    /does not say so/,
  ],
  "a start after the acknowledgement was kept": [
    [
      ...[...sent("a"), started("a"), ended("a", "ack")],
      { say: "acked", id: "id-a", agent: "desk" },
      started("a", { redelivered: true, life: "second" }),
    ],
    [],
    /once acknowledged/,
  ],
  "attempts that do not count": [
    [
      ...[...sent("a"), started("a"), ended("a", "nack")],
      ...[started("a", { redelivered: true }), ended("a", "ack")],
    ],
    [],
    /went from 1 to 1/,
  ],
  "an attempt that is missing, when all who were killed were gone before": [
    [
      { say: "killed", until: 1 },
      ...[...sent("a"), started("a"), ended("a", "nack")],
      ...[started("a", skipping), ended("a", "ack")],
    ],
    [],
    /went from 1 to 3/,
  ],
  "first starts out of order": [
    [
      ...[...sent("a"), ...sent("b"), started("b"), ended("b", "ack")],
      ...[started("a"), ended("a", "ack")],
    ],
    [],
    /^order: a>desk started after b>desk/,
  ],
  "a send that was made twice and taken in twice": [
    [
      ...[...sent("a"), { say: "ok", token: "a", id: "id-other" } as const],
      ...[started("a"), ended("a", "ack")],
    ],
    [],
    /^twice: a/,
  ],
  "a dead letter without a cause": [
    sent("a"),
    [{ copy: "a>desk", reason: "handler_failed" }],
    /^dead: a>desk/,
  ],
  "a dead letter of what is acknowledged": [
    [
      ...[...sent("a"), started("a"), ended("a", "reject")],
      { say: "acked", id: "id-a", agent: "desk" },
    ],
    [{ copy: "a>desk", reason: "rejected" }],
    /^both: a>desk/,
  ],
};

for (const [what, [said, letters, found]] of Object.entries(BAD)) {
  Deno.test(`Judge finds ${what}`, () => {
    assert.match(problemsOf(said, letters), found);
  });
}

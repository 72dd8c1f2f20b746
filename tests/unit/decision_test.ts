import assert from "node:assert/strict";
import {
  type Accepted,
  Decision,
  type DecisionListener,
  idOf,
  toAccepted,
} from "../../bus/decision.ts";

const MADE: Accepted = { id: "m1" };

/** Writes down what it is told. */
function listener(name: string, log: unknown[]): DecisionListener {
  return {
    accepted: ({ id }) => log.push(`${name} ${id}`),
    refused: (error) => log.push(`${name} refused`, error),
  };
}

Deno.test("Decision tells its listeners within the call that makes it, in the order of coming, and once", () => {
  const log: unknown[] = [];
  const decision = new Decision();
  const names = ["a", "b", "c", "d"];
  for (const name of names) decision.tell(listener(name, log));
  assert.deepEqual(log, []);
  decision.accept(MADE);
  assert.deepEqual(log, ["a m1", "b m1", "c m1", "d m1"]);
  decision.accept({ id: "m2" });
  decision.refuse(new Error("late"));
  decision.tell(listener("late", log));
  assert.deepEqual(log.slice(names.length), ["late m1"]);
});

Deno.test("Decision tells a listener at once that comes when it is made", () => {
  const log: unknown[] = [];
  const decision = new Decision();
  decision.accept(MADE);
  decision.tell(listener("late", log));
  const error = new Error("no");
  Decision.refused(error).tell(listener("too late", log));
  assert.deepEqual(log, ["late m1", "too late refused", error]);
});

Deno.test("Decision tells everybody why it is refused, also where no reason was given", () => {
  const log: unknown[] = [];
  const decision = new Decision();
  for (const name of ["a", "b", "c"]) decision.tell(listener(name, log));
  decision.refuse(undefined);
  decision.accept(MADE);
  decision.refuse(new Error("late"));
  decision.tell(listener("d", log));
  assert.deepEqual(log, [
    ...["a refused", undefined],
    ...["b refused", undefined],
    ...["c refused", undefined],
    ...["d refused", undefined],
  ]);
});

Deno.test("Decision.toPromise() says what is decided, before or after; nobody has to listen to a refusal", async () => {
  const early = new Decision();
  const promise = early.toPromise();
  early.accept(MADE);
  assert.equal(await promise, MADE);
  assert.equal(await early.toPromise(), MADE);
  const error = new Error("no");
  const refused = Decision.refused(error);
  // Were this an unhandled rejection, it would end the test.
  await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(refused.toPromise(), error);
});

Deno.test("Decision.of() says what a promise says, and takes its rejection on itself", async () => {
  const error = new Error("no");
  const unheard = Decision.of(Promise.reject(error));
  await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(unheard.toPromise(), error);
  assert.equal(await Decision.of(Promise.resolve(MADE)).toPromise(), MADE);
});

Deno.test("idOf() and toAccepted() turn into each other, at once or later", async () => {
  assert.equal(idOf(MADE), "m1");
  assert.deepEqual(toAccepted("m1"), MADE);
  const later = new Decision();
  const id = idOf(later);
  const again = toAccepted(Promise.resolve(id));
  assert.ok(again instanceof Decision);
  later.accept(MADE);
  assert.equal(await id, "m1");
  assert.deepEqual(await again.toPromise(), MADE);
});

import assert from "node:assert/strict";
import { Desk } from "../../examples/crew/desk.ts";
import { Review } from "../../examples/crew/review.ts";
import type {
  Analysis,
  Plan,
  Verdict,
  WorkItem,
} from "../../examples/crew/work.ts";

function item(path: string, fields: Partial<WorkItem> = {}): WorkItem {
  return {
    round: 1,
    number: 1,
    total: 9,
    path,
    file: `/f/${path}`,
    folder: "/f",
    language: "source",
    bytes: 10,
    commits: 0,
    hot: false,
    ...fields,
  };
}

function analysis(path: string, fields: Partial<Analysis> = {}): Analysis {
  return {
    item: item(path),
    lines: 20,
    functions: [],
    prints: [],
    findings: [],
    analyst: "analyst-1",
    tookMs: 1,
    ...fields,
  };
}

const COMPLEX = {
  kind: "complex",
  line: 3,
  text: "busy",
  severity: 2,
} as const;
const LINT = { kind: "lint", line: 9, text: "no-var", severity: 1 } as const;
const hashes = Array.from({ length: 50 }, (_, at) => at);

Deno.test("Review.begin() takes each file of a round once", () => {
  const review = new Review();
  assert.equal(review.begin(analysis("a.ts")), true);
  assert.equal(review.begin(analysis("a.ts")), false);
  review.forget(analysis("a.ts"));
  assert.equal(review.begin(analysis("a.ts")), true);
});

Deno.test("Review.begin() starts anew with a later round, and refuses an earlier one", () => {
  const review = new Review();
  const second = { item: item("a.ts", { round: 2 }), findings: [LINT] };
  review.begin(analysis("a.ts", { findings: [COMPLEX] }));
  assert.equal(review.begin(analysis("a.ts", second)), true);
  assert.equal(review.begin(analysis("b.ts")), false);
  assert.deepEqual(review.places(2).map(({ line }) => line), [LINT.line]);
  assert.deepEqual(review.places(1), []);
});

Deno.test("Review.questionAbout() asks about the heaviest finding of a severe file alone", () => {
  const review = new Review();
  const severe = analysis("a.ts", { findings: [LINT, COMPLEX] });
  assert.equal(review.questionAbout(severe)?.finding, COMPLEX);
  const minor = analysis("a.ts", { findings: [LINT] });
  assert.equal(review.questionAbout(minor), undefined);
});

Deno.test("Review.verdictOn() weighs by churn", () => {
  const review = new Review();
  const calm = analysis("a.ts", { findings: [LINT] });
  const busy = { ...calm, item: item("a.ts", { commits: 256 }) };
  assert.equal(review.verdictOn(calm).score, 1.5);
  assert.equal(review.verdictOn(calm).grade, "minor");
  assert.equal(review.verdictOn(busy).score, 4.5);
});

Deno.test("Review.places() puts the heaviest first, with the lines that were answered", () => {
  const review = new Review();
  const severe = analysis("b.ts", { findings: [LINT, COMPLEX] });
  review.begin(analysis("a.ts", { findings: [LINT] }));
  review.begin(severe);
  review.explain({ item: severe.item, finding: COMPLEX }, "if (a) b();");
  assert.deepEqual(
    review.places(1).map(({ path, line, excerpt }) => [path, line, excerpt]),
    [
      ["b.ts", 3, "if (a) b();"],
      ["a.ts", 9, undefined],
      ["b.ts", 9, undefined],
    ],
  );
});

Deno.test("Review.places() names copies in two files once", () => {
  const review = new Review();
  const prints = [{ name: "total", line: 5, lines: 30, hashes }];
  review.begin(analysis("a.ts", { prints }));
  review.begin(analysis("b.ts", { prints }));
  const [place, ...others] = review.places(1);
  assert.equal(
    place?.reason,
    "`total` is 100 % like `total` in `a.ts:5`, 30 lines",
  );
  assert.equal(place?.path, "b.ts");
  assert.deepEqual(others, []);
});

const ORDER = { round: 1, folder: "/f", unreadable: [] };
const PLAN: Plan = { round: 1, folder: "/f", paths: ["a", "b"], leftOut: {} };

function verdict(path: string, round = 1): Verdict {
  return {
    ...{ round, path, grade: "clean", score: 0, findings: 0 },
    ...{ lines: 1, functions: 0, analyst: "analyst-1" },
  };
}

Deno.test("Desk.complete() waits for every verdict, whatever comes first", async () => {
  const desk = new Desk();
  let complete = false;
  const waiting = desk.complete(ORDER, new AbortController().signal)
    .then(() => complete = true);
  desk.judged(verdict("a"));
  await settle();
  desk.planned(PLAN);
  await settle();
  assert.equal(complete, false);
  desk.judged(verdict("b"));
  await waiting;
  assert.deepEqual(desk.verdicts.map(({ path }) => path), ["a", "b"]);
});

Deno.test("Desk.complete() does not wait for what could not be analysed", async () => {
  const desk = new Desk();
  desk.planned(PLAN);
  desk.judged(verdict("a"));
  const unreadable = [{ path: "b", reason: "broken" }];
  await desk.complete({ ...ORDER, unreadable }, new AbortController().signal);
});

Deno.test("Desk.complete() rethrows the reason of its signal", async () => {
  const controller = new AbortController();
  const waiting = new Desk().complete(ORDER, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(new Desk().complete(ORDER, controller.signal), /enough/);
});

Deno.test("Desk.judged() clears the desk for a later round, and ignores an earlier one", () => {
  const desk = new Desk();
  desk.planned(PLAN);
  desk.judged(verdict("a", 2));
  desk.judged(verdict("b", 1));
  assert.equal(desk.plan, undefined);
  assert.deepEqual(desk.verdicts.map(({ path }) => path), ["a"]);
});

/** Lets everything that is ready run: promises alone are at work here. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("Review.places() does not show in which order the analyses came", () => {
  const prints = [{ name: "total", line: 5, lines: 30, hashes }];
  const one = analysis("a.ts", { item: item("a.ts", { number: 1 }), prints });
  const two = analysis("b.ts", { item: item("b.ts", { number: 2 }), prints });
  const [early, late] = [[one, two], [two, one]].map((analyses) => {
    const review = new Review();
    for (const each of analyses) review.begin(each);
    return review.places(1);
  });
  assert.deepEqual(late, early);
});

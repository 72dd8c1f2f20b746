import assert from "node:assert/strict";
import fc from "fast-check";
import { Chain, type ChainLink } from "../../core/chain.ts";

class Element implements ChainLink<Element> {
  previous: Element | undefined;
  next: Element | undefined;
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

function numbersOf(chain: Chain<Element>): number[] {
  return [...chain].map(({ number }) => number);
}

Deno.test("Chain has the same elements in the same order as a Set, whatever comes and goes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(7)), { maxLength: 60 }),
      (steps) => {
        const elements = Array.from({ length: 8 }, (_, at) => new Element(at));
        const chain = new Chain<Element>();
        const model = new Set<number>();
        for (const [adds, at] of steps) {
          const element = elements[at];
          assert.ok(element);
          if (!adds) assert.equal(chain.remove(element), model.delete(at));
          else if (!model.has(at)) {
            chain.add(element);
            model.add(at);
          }
          assert.deepEqual(numbersOf(chain), [...model]);
          assert.equal(chain.size, model.size);
          assert.equal(chain.has(element), model.has(at));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("Chain's walk leaves out what is taken out before it gets there, and takes in nothing new", () => {
  const [one, two, three, four] = [1, 2, 3, 4].map((at) => new Element(at));
  assert.ok(one && two && three && four);
  const chain = new Chain<Element>();
  for (const element of [one, two, three]) chain.add(element);
  const seen: number[] = [];
  for (const { number } of chain) {
    seen.push(number);
    chain.remove(two);
    if (!chain.has(four)) chain.add(four);
  }
  assert.deepEqual(seen, [1, 3]);
  assert.deepEqual(numbersOf(chain), [1, 3, 4]);
});

Deno.test("Chain.remove() leaves nothing of the chain in what it takes out", () => {
  const chain = new Chain<Element>();
  const elements = [1, 2, 3].map((at) => new Element(at));
  for (const element of elements) chain.add(element);
  for (const element of elements) {
    assert.ok(chain.remove(element));
    assert.equal(element.previous, undefined);
    assert.equal(element.next, undefined);
  }
});

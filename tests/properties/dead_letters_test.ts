import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  type DeadLetterQuery,
} from "../../dlq/dead_letter.ts";
import { LetterQueue, type Replay } from "../../dlq/dead_letter_queue.ts";
import { RUNS } from "./arbitraries/runs.ts";

interface Kept {
  readonly letter: DeadLetter;
  readonly bytes: number;
}

/** A replay under way. */
interface UnderWay {
  readonly id: string;
  readonly replay: Replay;
  readonly settle: (isTaken: boolean) => void;
  readonly done: Promise<string>;
}

interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly evictOldest: boolean;
}

/** The letters as a list, oldest first. */
class Model {
  readonly limits: Limits;
  kept: Kept[] = [];
  evicted = 0;
  added = 0;
  readonly removed: string[] = [];
  readonly expectedRemoved: string[] = [];
  underWay: UnderWay[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get bytes(): number {
    return this.kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  remove({ letter: { id } }: Kept, cause: string): void {
    this.kept = this.kept.filter(({ letter }) => letter.id !== id);
    this.expectedRemoved.push(`${id} ${cause}`);
  }

  find({ reason, agent, topic, limit = Infinity }: DeadLetterQuery) {
    return this.kept.map(({ letter }) => letter).reverse()
      .filter((letter) => reason === undefined || letter.reason === reason)
      .filter((letter) => agent === undefined || letter.agent === agent)
      .filter(({ message }) => topic === undefined || message.topic === topic)
      .slice(0, limit);
  }
}

class Real {
  readonly queue: LetterQueue<string>;
  /** The replay that was asked for last. */
  asked: { replay: Replay; settle: UnderWay["settle"] } | undefined;

  constructor(model: Model) {
    this.queue = new LetterQueue<string>({
      ...model.limits,
      redeliver: ({ origin }, replay) => {
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        const settle = (isTaken: boolean) => {
          if (isTaken) replay.onTaken();
          if (isTaken) resolve(origin);
          else reject(replay.signal.reason ?? new Error("not now"));
        };
        this.asked = { replay, settle };
        return promise;
      },
      onRemoved: ({ letter: { id } }, cause) =>
        model.removed.push(`${id} ${cause}`),
    });
  }
}

type Command = fc.AsyncCommand<Model, Real>;

class Add implements Command {
  constructor(
    readonly bytes: number,
    readonly about: Pick<DeadLetter, "reason" | "agent">,
    readonly topic: string | undefined,
  ) {}
  check = () => true;
  run(model: Model, real: Real): Promise<void> {
    const { bytes, about, topic } = this;
    const id = `l${model.added++}`;
    const letter = letterOf(id, topic, about);
    const { maxEntries, maxBytes, evictOldest } = model.limits;
    for (;;) {
      const [oldest] = model.kept;
      const hasRoom = model.kept.length < maxEntries &&
        model.bytes + bytes <= maxBytes;
      if (!evictOldest || hasRoom || !oldest) break;
      model.evicted++;
      model.remove(oldest, "evicted");
    }
    model.kept.push({ letter, bytes });
    real.queue.add({ letter, bytes, origin: `m${id}` });
    return agree(model, real);
  }
  toString = () => `add ${this.bytes} bytes`;
}

class Discard implements Command {
  constructor(readonly at: number) {}
  check = ({ added }: Readonly<Model>) => added > 0;
  run(model: Model, real: Real): Promise<void> {
    const id = `l${this.at % model.added}`;
    const kept = model.kept.find(({ letter }) => letter.id === id);
    if (kept) model.remove(kept, "discarded");
    assert.equal(real.queue.discard(id), kept !== undefined);
    return agree(model, real);
  }
  toString = () => `discard l${this.at}`;
}

class Clear implements Command {
  check = () => true;
  run(model: Model, real: Real): Promise<void> {
    const { kept } = model;
    for (const one of kept) model.remove(one, "discarded");
    assert.equal(real.queue.clear(), kept.length);
    return agree(model, real);
  }
  toString = () => "clear";
}

class BeginReplay implements Command {
  constructor(readonly at: number) {}
  check = ({ added }: Readonly<Model>) => added > 0;
  async run(model: Model, real: Real): Promise<void> {
    const id = `l${this.at % model.added}`;
    const isKept = model.kept.some(({ letter }) => letter.id === id);
    const isUnderWay = model.underWay.some((one) => one.id === id);
    const done = real.queue.replay(id);
    if (!isKept) await assert.rejects(done, RangeError);
    else if (isUnderWay) await assert.rejects(done, /is under way/);
    else {
      assert.ok(real.asked);
      done.catch(() => {});
      model.underWay.push({ id, ...real.asked, done });
    }
    await agree(model, real);
  }
  toString = () => `begin to replay l${this.at}`;
}

class EndReplay implements Command {
  constructor(readonly at: number, readonly isTaken: boolean) {}
  check = ({ underWay }: Readonly<Model>) => underWay.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const at = this.at % model.underWay.length;
    const [one] = model.underWay.splice(at, 1);
    assert.ok(one);
    const kept = model.kept.find(({ letter }) => letter.id === one.id);
    assert.equal(one.replay.signal.aborted, !kept, "told when it is gone");
    const isTaken = kept !== undefined && this.isTaken;
    if (isTaken) model.remove(kept, "replayed");
    one.settle(isTaken);
    // Gone at once, not when the replay says so.
    assert.equal(real.queue.size, model.kept.length);
    if (isTaken) assert.equal(await one.done, `m${one.id}`);
    else await assert.rejects(one.done);
    await agree(model, real);
  }
  toString = () => `end a replay: ${this.isTaken}`;
}

class Find implements Command {
  constructor(readonly query: DeadLetterQuery) {}
  check = () => true;
  run(model: Model, real: Real): Promise<void> {
    assert.deepEqual(real.queue.entries(this.query), model.find(this.query));
    return Promise.resolve();
  }
  toString = () => `find ${JSON.stringify(this.query)}`;
}

function letterOf(
  id: string,
  topic: string | undefined,
  about: Pick<DeadLetter, "reason" | "agent">,
): DeadLetter {
  const message = {
    id: `m${id}`,
    type: "direct" as const,
    sender: "a",
    topic,
    payload: null,
    priority: 50,
    timestamp: 0,
    attempt: 1,
    requiresAck: true,
  };
  return { id, message, attempts: 1, failedAt: 0, ...about };
}

function agree(model: Model, { queue }: Real): Promise<void> {
  const { kept, bytes, limits: { maxEntries, maxBytes, evictOldest } } = model;
  assert.deepEqual([...queue], kept.map(({ letter }) => letter));
  assert.equal(queue.size, kept.length);
  assert.equal(queue.evicted, model.evicted, "Q3");
  assert.equal(queue.full, kept.length >= maxEntries || bytes >= maxBytes);
  assert.deepEqual(model.removed, model.expectedRemoved, "Q3");
  if (evictOldest) {
    assert.ok(kept.length <= maxEntries);
    assert.ok(bytes <= maxBytes || kept.length === 1);
  }
  for (const { letter } of kept) assert.equal(queue.get(letter.id), letter);
  return Promise.resolve();
}

const option = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined });
const reason = fc.constantFrom(...DEAD_LETTER_REASONS.slice(0, 3));
const agent = fc.constantFrom("a", "b");
const topic = fc.constantFrom("t", "u");

Deno.test("Q3, Q5: LetterQueue keeps, evicts, replays and forgets as a list does, and tells of each that leaves", async () => {
  const commands = fc.commands<Model, Real, false>([
    fc.tuple(
      fc.nat(40),
      fc.record({ reason, agent: option(agent) }),
      option(topic),
    )
      .map((of) => new Add(...of)),
    fc.tuple(
      fc.nat(40),
      fc.record({ reason, agent: option(agent) }),
      option(topic),
    )
      .map((of) => new Add(...of)),
    fc.nat(40).map((at) => new Discard(at)),
    fc.constant(new Clear()),
    fc.nat(40).map((at) => new BeginReplay(at)),
    fc.nat(40).map((at) => new BeginReplay(at)),
    fc.tuple(fc.nat(5), fc.boolean()).map((of) => new EndReplay(...of)),
    fc.record({
      reason: option(reason),
      agent: option(agent),
      topic: option(topic),
      limit: option(fc.nat(4)),
    }).map((query) => new Find(query)),
  ], { size: "+1" });
  const limits = fc.record({
    maxEntries: fc.integer({ min: 1, max: 6 }),
    maxBytes: fc.integer({ min: 1, max: 100 }),
    evictOldest: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(commands, limits, async (commands, limits) => {
      const model = new Model(limits);
      const real = new Real(model);
      await fc.asyncModelRun(() => ({ model, real }), commands);
    }),
    RUNS,
  );
});

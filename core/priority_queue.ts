import { SeqDeque, type Sequenced } from "./seq_deque.ts";

/** What a {@linkcode PriorityQueue} orders. The fields must not change while the item is inside. */
export interface Prioritised extends Sequenced {
  /** Urgency as a whole number from 0 to 100; higher goes first. */
  readonly priority: number;
  /**
   * When it was accepted, in milliseconds of the monotonic clock. Among items
   * of one priority it must not fall as `seq` grows.
   */
  readonly acceptedAt: number;
}

/** Options of {@linkcode PriorityQueue}. */
export interface PriorityQueueOptions {
  /**
   * Wait that raises the effective priority by one, in milliseconds, counted
   * from accept; `Infinity` for priorities that never rise.
   *
   * @default {1_000}
   */
  agingStepMs?: number;
}

const MAX_PRIORITY = 100;

/** The items of one priority, and where this lane stands among those that hold some. */
interface Lane<T extends Prioritised> {
  readonly items: SeqDeque<T>;
  place: number;
}

/**
 * Items by effective priority: `min(100, priority + ⌊age / agingStepMs⌋)`, the
 * highest first, ties by the lowest `seq`. An item of priority p goes before
 * everything accepted (100 − p) steps after it, so none starves.
 *
 * One lane for each priority that was ever used, each in the order of `seq`. In
 * a lane the first is the oldest and so the best, hence only firsts are
 * compared: at most 101, and no clock is read while one lane holds everything.
 * Not bounded: its owner looks at {@linkcode PriorityQueue.size}.
 */
export class PriorityQueue<T extends Prioritised> implements Iterable<T> {
  readonly #agingStepMs: number;
  readonly #lanes: (Lane<T> | undefined)[] = [];
  /** Lanes that hold items, in no order. */
  readonly #filled: Lane<T>[] = [];
  #size = 0;

  /**
   * An empty queue.
   *
   * @throws {RangeError} If `agingStepMs` is not above 0.
   */
  constructor({ agingStepMs = 1_000 }: PriorityQueueOptions = {}) {
    if (!(agingStepMs > 0)) {
      throw new RangeError(
        `Cannot create priority queue as agingStepMs must be above 0: current value is ${agingStepMs}`,
      );
    }
    this.#agingStepMs = agingStepMs;
  }

  /** Items inside, exactly. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an item in the place its `seq` gives it, which for a redelivered one
   * is before those accepted after it. O(1) at either end of its lane, else a
   * binary search and a move of what lies towards the nearer end.
   *
   * @throws {RangeError} If the priority is not a whole number from 0 to 100.
   */
  push(item: T): void {
    const lane = this.#lanes[item.priority] ?? this.#makeLane(item.priority);
    if (lane.items.size === 0) lane.place = this.#filled.push(lane) - 1;
    lane.items.push(item);
    this.#size++;
  }

  /**
   * Takes the item whose turn it is.
   *
   * @param now Reads the monotonic clock, in milliseconds; called at most once,
   * and not at all while all items have one priority.
   */
  pop(now: () => number): T | undefined {
    const lane = this.#best(now);
    if (lane === undefined) return undefined;
    const item = lane.items.shift();
    this.#taken(lane);
    return item;
  }

  /** The item that {@linkcode PriorityQueue.pop} would take, which stays inside. */
  peek(now: () => number): T | undefined {
    return this.#best(now)?.items.first();
  }

  /** The item with the lowest `seq`, whatever its priority. Looks at most at 101. */
  oldest(): T | undefined {
    let oldest: T | undefined;
    for (const lane of this.#filled) {
      const first = lane.items.first();
      if (first && (!oldest || first.seq < oldest.seq)) oldest = first;
    }
    return oldest;
  }

  /**
   * Takes one item out: it expired, or was cancelled. O(1) for the first of its
   * lane, else a binary search in the lane, amortised.
   *
   * @returns `false` if the item is not inside.
   */
  remove(item: T): boolean {
    const lane = this.#lanes[item.priority];
    if (lane === undefined || !lane.items.remove(item)) return false;
    this.#taken(lane);
    return true;
  }

  /** Takes everything out. */
  clear(): void {
    for (const lane of this.#filled) lane.items.clear();
    this.#filled.length = 0;
    this.#size = 0;
  }

  /**
   * Walks over the items by priority without age, highest first, then by `seq`.
   * Each lane is walked as it was when the walk reached it, so items may be
   * added and removed meanwhile.
   */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let priority = MAX_PRIORITY; priority >= 0; priority--) {
      const lane = this.#lanes[priority];
      if (lane !== undefined && lane.items.size > 0) yield* lane.items;
    }
  }

  #best(now: () => number): Lane<T> | undefined {
    const filled = this.#filled;
    if (filled.length <= 1) return filled[0];
    const nowMs = now();
    let best: Lane<T> | undefined;
    let bestPriority = -1;
    let bestSeq = Infinity;
    for (const lane of filled) {
      // A lane that is filled has a first.
      const first = lane.items.first() as T;
      const priority = this.#effectivePriority(first, nowMs);
      const isBetter = priority > bestPriority ||
        (priority === bestPriority && first.seq < bestSeq);
      if (!isBetter) continue;
      best = lane;
      bestPriority = priority;
      bestSeq = first.seq;
    }
    return best;
  }

  #effectivePriority(item: T, nowMs: number): number {
    const ageMs = Math.max(0, nowMs - item.acceptedAt);
    const risen = item.priority + Math.floor(ageMs / this.#agingStepMs);
    return Math.min(MAX_PRIORITY, risen);
  }

  #taken(lane: Lane<T>): void {
    this.#size--;
    if (lane.items.size > 0) return;
    // The last of the filled lanes takes the place of the one that ran empty.
    const last = this.#filled.pop();
    if (last === undefined || last === lane) return;
    last.place = lane.place;
    this.#filled[lane.place] = last;
  }

  #makeLane(priority: number): Lane<T> {
    if (!Number.isInteger(priority) || priority < 0 || priority > 100) {
      throw new RangeError(
        `Cannot queue item as its priority must be a whole number from 0 to 100: current value is ${priority}`,
      );
    }
    const lane: Lane<T> = { items: new SeqDeque<T>(), place: -1 };
    this.#lanes[priority] = lane;
    return lane;
  }
}

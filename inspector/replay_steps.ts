import type { BusEvent, Clock, DeadLetter, MessageBus } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** What came of one step. */
export interface ReplayStep {
  /** Letters it replayed. */
  readonly size: number;
  /** Messages that were handled. */
  readonly handled: number;
  /** Messages that failed again, or that the bus did not take. */
  readonly failed: number;
  /** Messages that were not finished in time. */
  readonly open: number;
}

/** What came of all steps. */
export interface ReplayReport {
  /** The steps that were taken. */
  readonly steps: readonly ReplayStep[];
  /** Why no further step was taken; absent when every letter was replayed. */
  readonly stopped?: "failed" | "open";
  /** Letters that were not replayed. */
  readonly left: number;
}

/**
 * Replays letters in steps, one, then ten, then the rest, as `sizes` says, and
 * stops after the first step in which a message failed again or was not
 * finished within 10 s: a cause that is not mended yet costs one message, not
 * a thousand.
 */
export async function replayInSteps(
  bus: MessageBus,
  letters: readonly DeadLetter[],
  { sizes, clock }: { sizes: readonly number[]; clock: Clock },
): Promise<ReplayReport> {
  const steps: ReplayStep[] = [];
  let at = 0;
  for (let turn = 0; at < letters.length; turn++) {
    const size = sizes[turn] ?? letters.length;
    const step = await takeStep(bus, letters.slice(at, at + size), clock);
    steps.push(step);
    at += step.size;
    if (step.failed + step.open > 0) {
      const stopped = step.failed > 0 ? "failed" : "open";
      return { steps, stopped, left: letters.length - at };
    }
  }
  return { steps, left: 0 };
}

async function takeStep(
  bus: MessageBus,
  letters: readonly DeadLetter[],
  clock: Clock,
): Promise<ReplayStep> {
  const watching = new AbortController();
  // Read from before the first replay: a message may fail again at once.
  const events = bus.events({ signal: watching.signal });
  const cancel = clock.schedule(
    INSPECTOR_LIMITS.stepTimeoutMs,
    () => watching.abort(),
  );
  const watched = watch(events, letters);
  const refused = await replayEach(bus, letters, watched);
  const { failed, handled } = await watched.ended(watching);
  cancel();
  return {
    size: letters.length,
    handled,
    failed: failed + refused,
    open: letters.length - handled - failed - refused,
  };
}

async function replayEach(
  bus: MessageBus,
  letters: readonly DeadLetter[],
  watched: Watch,
): Promise<number> {
  let refused = 0;
  for (const { id, message } of letters) {
    try {
      await bus.deadLetters.replay(id);
    } catch {
      // The letter stays, with its reason: that is the record of the failure.
      refused++;
      watched.forget(message.id);
    }
  }
  return refused;
}

/** Messages whose end is waited for. */
interface Watch {
  /** One is not waited for any more. */
  forget(messageId: string): void;
  /** Waits until all have ended, or the events do. */
  ended(
    watching: AbortController,
  ): Promise<{ failed: number; handled: number }>;
}

function watch(
  events: AsyncIterable<BusEvent>,
  letters: readonly DeadLetter[],
): Watch {
  const counts = { failed: 0, handled: 0 };
  // One message may have several letters: one for each recipient that failed.
  const open = letters.map(({ message }) => message.id);
  const isForgotten = (id: string) => {
    const at = open.indexOf(id);
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  };
  let onEmpty = () => {};
  const reading = (async () => {
    for await (const event of events) {
      const how = outcomeOf(event);
      if (how && "messageId" in event && isForgotten(event.messageId)) {
        counts[how]++;
      }
      if (open.length === 0) onEmpty();
    }
  })();
  return {
    forget: (id) => void isForgotten(id),
    async ended(watching) {
      onEmpty = () => watching.abort();
      if (open.length === 0) watching.abort();
      await reading;
      return counts;
    },
  };
}

function outcomeOf(event: BusEvent): "handled" | "failed" | undefined {
  switch (event.type) {
    case "dead_letter_added":
    case "message_dropped":
      return "failed";
    case "delivery_ended":
      return event.outcome === "acked" ? "handled" : undefined;
    default:
      return undefined;
  }
}

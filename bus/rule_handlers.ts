import type { PlannedHandler } from "../router/route_plan.ts";
import type { Message } from "../core/message.ts";

/** The first of a message's rule handlers that failed. */
export interface RuleFailure {
  /** The rule that names the handler. */
  readonly ruleId: string;
  /** What it failed with. */
  readonly error: unknown;
}

/**
 * Runs every handler, in rule order, each after the one before has ended; one
 * that fails does not stop the next.
 *
 * @returns The first failure, if any: at once while no handler makes us wait.
 */
export function runRuleHandlers(
  handlers: readonly PlannedHandler[],
  message: () => Message,
): RuleFailure | undefined | Promise<RuleFailure | undefined> {
  let failure: RuleFailure | undefined;
  for (const [index, handler] of handlers.entries()) {
    const { ruleId } = handler;
    try {
      const running = call(handler, message);
      if (running) {
        const rest = handlers.slice(index + 1);
        return runOn(running, ruleId, rest, message, failure);
      }
    } catch (error) {
      failure ??= { ruleId, error };
    }
  }
  return failure;
}

async function runOn(
  running: PromiseLike<void>,
  ruleId: string,
  rest: readonly PlannedHandler[],
  message: () => Message,
  earlier: RuleFailure | undefined,
): Promise<RuleFailure | undefined> {
  let failure = earlier;
  try {
    await running;
  } catch (error) {
    failure ??= { ruleId, error };
  }
  for (const handler of rest) {
    try {
      await call(handler, message);
    } catch (error) {
      failure ??= { ruleId: handler.ruleId, error };
    }
  }
  return failure;
}

function call(
  { name, run }: PlannedHandler,
  message: () => Message,
): PromiseLike<void> | undefined {
  if (!run) {
    throw new Error(`its handler "${name}" is not registered any more`);
  }
  return run(message()) ?? undefined;
}

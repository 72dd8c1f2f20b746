import type { Clock } from "../../core/clock.ts";
import type { Deadlines } from "../../core/deadlines.ts";

/**
 * A clock whose calls are all made by one timer. Ten thousand connections have
 * a heartbeat each; a timer of the machine's for each would cost more memory
 * than the rest of what they are when nothing happens.
 */
export function deadlineClock(clock: Clock, deadlines: Deadlines): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    schedule(delayMs, callback) {
      const deadline = deadlines.add(clock.monotonic() + delayMs, callback);
      return () => deadlines.remove(deadline);
    },
  };
}

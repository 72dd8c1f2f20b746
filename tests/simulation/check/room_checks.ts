import type { BusSettings, Line } from "../history.ts";
import { Violation } from "./checker.ts";
import type { Life } from "./copy.ts";

/** Room is told only when at least a tenth is free. */
const RELIEF = 0.9;

/** What a bus has told of how full it is. */
export interface Signals {
  readonly settings: BusSettings;
  /** What it has told last. */
  isSaturated: boolean;
}

/** No figure is below 0, or above its limit. */
export function checkBounds(
  line: Line & { readonly type: "gauges" },
  settings: BusSettings,
  life: Life,
): void {
  const { pending, pendingBytes, reserved, waiting } = line;
  const { maxPending, maxPendingBytes } = settings;
  const isSound =
    [pending, pendingBytes, reserved, waiting].every((figure) =>
      Number.isInteger(figure) && figure >= 0
    ) && reserved <= pending && pending <= maxPending;
  // One message that is larger than all there is room for passes alone.
  const isAlone = pendingBytes <= maxPendingBytes || reserved > 0 ||
    life.messageCount() <= 1;
  if (isSound && isAlone) return;
  const text =
    `${pending} copies of ${pendingBytes} bytes are pending, ${reserved} reserved, ${waiting} senders waiting: the limits are ${maxPending} and ${maxPendingBytes}`;
  throw new Violation("B1", text, line);
}

/** A signal is news, and true. */
export function checkSignal(
  life: Signals,
  event: { saturated: boolean; pending: number; waiting: number },
  line: Line,
): void {
  const { saturated, pending, waiting } = event;
  const isNews = saturated !== life.isSaturated;
  life.isSaturated = saturated;
  const isTrue = saturated
    ? waiting > 0
    : waiting === 0 && pending <= life.settings.maxPending * RELIEF;
  if (isNews && isTrue) return;
  const text = isNews
    ? `the bus said it was ${
      saturated ? "full" : "free"
    } with ${pending} pending and ${waiting} waiting`
    : `the bus said twice that it was ${saturated ? "full" : "free"}`;
  throw new Violation("B4", text, line);
}

import type { Clock, HistoryEntry, HistoryQuery, MessageBus } from "../mod.ts";
import type { Display } from "./display.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { pause } from "./pause.ts";
import { BRIEFLY } from "./shown.ts";

/** What is searched for. */
export interface SearchQuery extends HistoryQuery {
  /** A text, whatever its case. */
  q?: string;
  /** Only messages older than the one with this id. */
  before?: string;
  /** At most this many, newest first. */
  limit: number;
}

/**
 * Messages of the history, newest first. A text is looked for in what would be
 * shown, so that nobody finds out by searching what is hidden; others get their
 * turn after every 500 messages.
 */
export async function searchMessages(
  bus: MessageBus,
  { q, before, limit, ...query }: SearchQuery,
  { display, clock }: { display: Display; clock: Clock },
): Promise<HistoryEntry[]> {
  if (q === undefined && before === undefined) {
    return bus.history({ ...query, limit });
  }
  const text = q?.toLowerCase();
  const found: HistoryEntry[] = [];
  let looked = 0;
  for (const entry of bus.history(query)) {
    // Ids grow with the order in which messages were accepted.
    if (before !== undefined && entry.message.id >= before) continue;
    if (text === undefined || hasText(entry, text, display)) found.push(entry);
    if (found.length >= limit) break;
    if (text !== undefined && ++looked % INSPECTOR_LIMITS.searchSlice === 0) {
      await pause(clock, 0);
    }
  }
  return found;
}

function hasText(
  entry: HistoryEntry,
  text: string,
  display: Display,
): boolean {
  const { message, ...rest } = display.entry(entry, BRIEFLY);
  const { payload } = message;
  // Quotes within JSON are escaped: a text is looked for as it reads.
  return typeof payload === "string" && payload.toLowerCase().includes(text) ||
    JSON.stringify({ ...message, ...rest }).toLowerCase().includes(text);
}

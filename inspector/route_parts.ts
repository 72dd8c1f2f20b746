import type { Clock, MessageBus } from "../mod.ts";
import type { AuditLog } from "./audit_log.ts";
import type { Display } from "./display.ts";
import type { EventFeed } from "./event_feed.ts";
import type { StatsSource } from "./stats_source.ts";

/** What routes work with. */
export interface RouteParts {
  /** The bus that is shown. */
  readonly bus: MessageBus;
  /** Its figures. */
  readonly source: StatsSource;
  /** How messages are shown. */
  readonly display: Display;
  /** What was changed. */
  readonly audit: AuditLog;
  /** Its events. */
  readonly feed: EventFeed;
  /** Where time comes from. */
  readonly clock: Clock;
}

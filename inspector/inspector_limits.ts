/** The numbers that bound what an inspector holds and hands out. */
export const INSPECTOR_LIMITS = {
  /** Body of one request, in bytes; more is answered with 413. */
  maxBodyBytes: 1024 * 1024,
  /** Time in which a body must have arrived, in milliseconds; then 408. */
  bodyTimeoutMs: 10_000,
  /** Browsers signed in at the same time; one more signs out the one that was away longest. */
  maxSessions: 32,
  /** Event streams open at the same time; one more is answered with 503. */
  maxEventStreams: 16,
  /** Events that wait for one reader; beyond that its oldest are lost, and counted. */
  maxWaitingEvents: 1_000,
  /** Events written in one batch; with `eventBatchMs` that is 500 a second. */
  maxBatchEvents: 50,
  /** Time between two batches, in milliseconds. */
  eventBatchMs: 100,
  /** Silence after which an event stream sends a comment, in milliseconds. */
  heartbeatMs: 15_000,
  /** Time between two `stats` events, in milliseconds. */
  statsEveryMs: 1_000,
  /** Time a reader of events may stall, in milliseconds; then its stream is cut. */
  stalledMs: 10_000,
  /** Most entries of one list, and of one conversation. */
  maxListEntries: 1_000,
  /** Entries of a list whose reader says nothing. */
  defaultListEntries: 100,
  /** Payload shown in a list or an event, in bytes; a larger one is named by its size only. */
  maxShownBytes: 16 * 1024,
  /** Topics and agents that `/metrics` names; the rest is counted as `(other)`. */
  maxLabelValues: 100,
  /** Time that `close()` gives to requests under way, in milliseconds. */
  closeTimeoutMs: 2_000,
} as const;

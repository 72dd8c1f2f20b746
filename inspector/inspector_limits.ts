/** The numbers that bound what an inspector holds and hands out. */
export const INSPECTOR_LIMITS = {
  /** Body of one request, in bytes; more is answered with 413. */
  maxBodyBytes: 1024 * 1024,
  /** Time in which a body must have arrived, in milliseconds; then 408. */
  bodyTimeoutMs: 10_000,
  /** Address of a request, in characters; a longer one is answered with 414. */
  maxUrlChars: 4_096,
  /** Headers of a request together, in characters; more is answered with 431. */
  maxHeaderChars: 16 * 1024,
  /** Browsers signed in at the same time; one more signs out the one that was away longest. */
  maxSessions: 32,
  /** Event streams open at the same time; one more is answered with 503. */
  maxEventStreams: 16,
  /**
   * Events kept for readers that are behind or come back; beyond that the
   * oldest are lost to them, and counted. When as many come within
   * `eventBatchMs`, the rest of that time is not listened to.
   */
  maxKeptEvents: 1_000,
  /** How long after the last reader left events are still kept for its return, in milliseconds. */
  resumeMs: 60_000,
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
  /** Figures of past seconds kept for a page that is opened anew. */
  maxPulses: 900,
  /** Entries of the audit list; the oldest makes room. */
  maxAuditEntries: 500,
  /** Length of one entry's text there, in characters; the rest is cut off. */
  maxActionChars: 300,
  /** Latest messages that the picture of who talks to whom is drawn from. */
  maxTrafficMessages: 2_000,
  /** Links, and names nobody serves, in that picture; those with the fewest messages are left out. */
  maxTrafficLinks: 200,
  /** Groups of dead letters listed; those with the fewest letters are left out. */
  maxLetterGroups: 200,
  /** Dead letters replayed by one request that goes in steps. */
  maxStepLetters: 1_000,
  /** How long a replayed message of a step may take, in milliseconds; then the steps stop. */
  stepTimeoutMs: 10_000,
  /** Messages searched for a text before others get their turn. */
  searchSlice: 500,
  /** Topics and agents that `/metrics` names; the rest is counted as `(other)`. */
  maxLabelValues: 100,
  /** Time that `close()` gives to requests under way, in milliseconds. */
  closeTimeoutMs: 2_000,
} as const;

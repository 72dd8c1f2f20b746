/**
 * The numbers that bound what the bus holds. What happens at each is written
 * in `docs/reference/limits.md`; those that a user may set are options, and
 * stand here as the options' defaults.
 */
export const LIMITS = {
  /** Longest agent name, topic or pattern, in characters. */
  maxNameChars: 255,
  /** Most tokens in a topic or pattern. */
  maxTopicTokens: 16,
  /** Longest id given by a user (request, correlation, deduplication), in characters. */
  maxIdChars: 255,
  /** Most headers of one message. */
  maxHeaders: 64,
  /** Names and values of all headers of one message together, in characters. */
  maxHeaderChars: 16_384,
  /** Deepest nesting of a JSON payload. */
  maxPayloadDepth: 64,
  /** Most members of one object of a JSON payload. */
  maxPayloadKeys: 10_000,
  /** Longest time to live, delay or timeout, in milliseconds: what a timer can hold. */
  maxDurationMs: 2_147_483_647,
  /** Encoded size of one message, in bytes. */
  maxMessageBytes: 10 * 1024 * 1024,
  /** Payload kept with the dead letter of a message that was too large, in bytes. */
  maxKeptBytes: 4_096,
  /** Accepted, unfinished copies of the whole bus. */
  maxPending: 10_000,
  /** Their payloads together, in bytes. */
  maxPendingBytes: 256 * 1024 * 1024,
  /** Senders that wait in line for room. */
  maxWaiting: 100_000,
  /** Copies that wait in one mailbox. */
  maxMailboxMessages: 10_000,
  /** Messages the history remembers. */
  maxHistoryEntries: 10_000,
  /** Their payloads together, in bytes. */
  maxHistoryBytes: 64 * 1024 * 1024,
  /** Deliveries remembered with one message of the history. */
  maxHistoryDeliveries: 32,
  /** Dead letters kept. */
  maxDeadLetters: 1_000,
  /** Their payloads together, in bytes. */
  maxDeadLetterBytes: 256 * 1024 * 1024,
  /** Sends remembered by their `deduplicationId`, and as many by the id that their client gave them. */
  maxDeduplicationIds: 100_000,
  /** How long a deduplication id is remembered, in milliseconds. */
  deduplicationWindowMs: 120_000,
  /** Topics, senders or types counted by name; what comes later is counted as `(other)`. */
  maxCountedNames: 10_000,
  /** Events that a reader of `bus.events()` may be behind. */
  maxBufferedEvents: 1_000,
  /** Deliveries of one message that may end with their consumer's connection. */
  maxHandOuts: 20,
  /** Routing rules of one bus. */
  maxRules: 10_000,
  /** Reason that a routing rule gives a dead letter, in characters. */
  maxRuleReasonChars: 255,
  /** Handlers registered for routing rules. */
  maxRuleHandlers: 10_000,
  /** Topics or names whose matches one table of patterns remembers. */
  maxCachedTopics: 1_024,
  /** Matches remembered for all of them together. */
  maxCachedMatches: 65_536,
  /** Changes that one commit makes. */
  maxCommitChanges: 4_096,
  /** Messages that one commit keeps, in bytes. */
  maxCommitBytes: 8 * 1024 * 1024,
  /** Messages of the kept history that are written together. */
  maxHistoryBatch: 256,
  /** Their payloads together, in bytes. */
  maxHistoryBatchBytes: 1024 * 1024,
  /** How long a message that has ended waits for others to be written with it, in milliseconds. */
  historyFlushMs: 500,
  /** Messages of the kept history that wait to be written. */
  maxHistoryBacklog: 10_000,
  /** Changes that wait for a store that fails. */
  maxJournalEntries: 10_000,
  /** How long it waits to be written that a copy was handed out, in milliseconds: nearly all have ended by then. */
  lazyCommitMs: 100,
  /** How long changes wait that the store could not make, in milliseconds. */
  commitRetryMs: 100,
  /** Pieces of a streamed reply that may be on the way to the requester. */
  streamWindow: 64,
  /** Length of a frame before the handshake is over, in bytes. */
  handshakeFrameBytes: 4_096,
  /** How long a peer may take to say hello, in milliseconds. */
  handshakeTimeoutMs: 2_000,
  /** How long a client waits for a bus, which may be busy, to welcome it, in milliseconds. */
  welcomeTimeoutMs: 10_000,
  /** An encoded envelope, in bytes: every field at its limit fits. */
  maxEnvelopeBytes: 65_536,
  /** Silence after which a peer is asked for a sign of life, in milliseconds; after twice as long it is gone. */
  heartbeatMs: 15_000,
  /** How long a peer may leave one write untaken, in milliseconds. */
  writeTimeoutMs: 10_000,
  /** How long a peer that is told goodbye may take to read it, in milliseconds. */
  goodbyeMs: 2_000,
  /** Encoded bytes from which on a write does not wait for the end of the turn, at least: it is half of what left together last. */
  eagerWriteBytes: 8 * 1024,
  /** The same at most. */
  maxEagerWriteBytes: 64 * 1024,
  /** Encoded bytes of one connection above which its owner should send no more. */
  highWaterBytes: 1024 * 1024,
  /** Encoded bytes of one connection, beside its last frame, above which it is ended. */
  maxBufferedBytes: 64 * 1024 * 1024,
  /** Connections of one listener. */
  maxConnections: 10_000,
  /** How long a timer is kept that nothing waits for any more, in milliseconds. */
  idleTimerMs: 100,
  /** How long a program that has just started may do without the machine's timers, in milliseconds. */
  lateTimersMs: 100,
  /** The highest number of an operation or a lease of one connection. */
  maxNumber: 0xffff_ffff,
  /** Leases that one frame acknowledges, or sends that one accepts. */
  maxSettledAtOnce: 1_024,
  /** Sends of one connection that the bus has not confirmed. */
  sendWindow: 1_024,
  /** Unfinished copies in a bus from which on who sends over a connection, or to one, pauses: so many are copied by its collector. */
  pacedPending: 4_096,
  /** How long such a pause is, in milliseconds; it begins anew while others are fast. */
  paceMs: 4,
  /** How often, at most. */
  maxPaces: 4,
  /** Copies handed out within `paceMs` of those who are fast. */
  pacedDeliveries: 256,
  /** Consumers of one connection. */
  maxConsumers: 10_000,
  /** Requests of one connection that wait for their reply. */
  maxOpenRequests: 10_000,
  /** How long the subscriptions of a lost connection wait for it to come back, in milliseconds. */
  reconnectGraceMs: 10_000,
  /** Unread bytes of one direction of a memory connection. */
  pipeBytes: 64 * 1024,
  /** Connections that wait to be taken from a listener. */
  maxBacklog: 1_024,
  /** Messages that a probe holds and nobody expected yet; then it forgets the oldest, and says so when an expectation fails. */
  maxProbeMessages: 1_000,
  /** Messages that the text of a failed expectation lists; the rest is counted. */
  maxListedMessages: 10,
  /** Characters of a payload in such a text; what is longer is cut. */
  maxShownChars: 200,
  /** Calls that may fall due at one moment of a virtual clock; then `advance` throws, as it would not come to an end. */
  maxCallsAtOneMoment: 100_000,
  /** Messages of one recording; a conversation with more is not recorded, and a document with more not read. */
  maxRecordedMessages: 10_000,
  /** Length of a recording as text, in characters; a longer document is not read. */
  maxRecordingChars: 64 * 1024 * 1024,
  /** Differences that the text of a failed replay lists; the rest is counted. */
  maxListedDifferences: 20,
  /** Pairs of messages that are compared to find out which were added or left out; beyond, they are compared place by place. */
  maxComparedPairs: 4_000_000,
  /** Injected faults that are remembered; then the oldest is forgotten, and still counted. */
  maxInjectedFaults: 10_000,
  /** Fault rules of one injector; then `inject` throws. */
  maxFaultRules: 1_000,
} as const;

/** The tags of a head's fields. The numbers are those on the wire, and never change their meaning. */
export const HeadTag = {
  /** What the message is for; the one field that is never missing. */
  type: 1,
  /** Its id. */
  id: 2,
  /** The agent that sent it. */
  sender: 3,
  /** The agent it is for. */
  recipient: 4,
  /** What it is about. */
  topic: 5,
  /** Joins a response to its request. */
  requestId: 6,
  /** Joins the messages of one conversation. */
  correlationId: 7,
  /** When the bus accepted it. */
  timestamp: 8,
  /** Its time to live. */
  ttlMs: 9,
  /** Which attempt of delivery it is. */
  attempt: 10,
  /** A second send with the same value adds nothing. */
  deduplicationId: 11,
  /** One header; the only field that may stand in a head more than once. */
  header: 12,
} as const;

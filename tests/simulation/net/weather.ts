/** From how many to how many milliseconds; a whole number between is drawn, both among them. */
export interface MsRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** What bytes in one direction, or dials between two processes, meet on their way. */
export interface Weather {
  /** How long each chunk travels. Order is kept. */
  readonly delay?: MsRange;
  /** What is written arrives in pieces of 1 to so many bytes, and no read joins two. */
  readonly maxPieceBytes?: number;
  /** What is written within so many milliseconds arrives together, at their end. */
  readonly coalesceMs?: number;
  /** Share of the chunks that have one bit turned over. */
  readonly corruptChance?: number;
  /** Nothing arrives. */
  readonly hold?: "clogged" | "partitioned";
  /** What has arrived is not read. */
  readonly isStalled?: boolean;
  /** Share of the dials that find nobody. */
  readonly refuseChance?: number;
  /** How long a dial takes. */
  readonly dialDelay?: MsRange;
}

/** How often each fault has acted on bytes, a connection or a dial; 0 for one that never met any. */
export interface FaultCounts {
  /** Chunks that took time. */
  delayed: number;
  /** Chunks that arrived in several pieces. */
  split: number;
  /** Chunks that arrived together with the one before. */
  coalesced: number;
  /** Bits turned over. */
  corrupted: number;
  /** Chunks, or streams with something on the way, that a clog held up. */
  clogged: number;
  /** Chunks, or streams with something on the way, that a partition held up. */
  partitioned: number;
  /** Reads that had to wait although something was there. */
  stalled: number;
  /** Chunks that were lost in silence. */
  lost: number;
  /** Connections reset. */
  reset: number;
  /** Resets and deaths that cut what was on its way, or being written. */
  cut: number;
  /** Connections that lost a process at one end. */
  killed: number;
  /** Dials refused. */
  dialsRefused: number;
  /** Dials that took time. */
  dialsDelayed: number;
  /** Dials that a partition let fail. */
  dialsCutOff: number;
  /** Dials that a partition let hang. */
  dialsHung: number;
}

/** Counts that all stand at 0. */
export function noFaults(): FaultCounts {
  return {
    delayed: 0,
    split: 0,
    coalesced: 0,
    corrupted: 0,
    clogged: 0,
    partitioned: 0,
    stalled: 0,
    lost: 0,
    reset: 0,
    cut: 0,
    killed: 0,
    dialsRefused: 0,
    dialsDelayed: 0,
    dialsCutOff: 0,
    dialsHung: 0,
  };
}

/** What is known of a copy beside its message, as it is kept. */
export interface CopyState {
  /** The record of the mailbox in which it is. */
  readonly mailbox: number;
  /** The record of its message, if that has several recipients; 0 if the copy's own has it. */
  readonly message: number;
  /** How often it was handed out. */
  readonly attempts: number;
  /** How often its handler failed. */
  readonly failures: number;
  /** How often it came back because its consumer left. */
  readonly returns: number;
  /** When it may be tried again, by the wall clock; 0 for at once. */
  readonly notBefore: number;
  /** How long that was when it was said, in milliseconds: a clock that was set makes it no longer. */
  readonly delayMs: number;
  /** When its message came in again, by the wall clock; 0 if that was when it was sent. */
  readonly acceptedAt: number;
}

const BYTES = 48;
// One for all: they are written and read in one go.
const SCRATCH = new Uint8Array(BYTES);
const VIEW = new DataView(SCRATCH.buffer);

/** A copy's state in the bytes that are kept. */
export function encodeCopyState(state: CopyState): Uint8Array {
  VIEW.setFloat64(0, state.mailbox);
  VIEW.setFloat64(8, state.message);
  VIEW.setUint32(16, state.attempts);
  VIEW.setUint32(20, state.failures);
  VIEW.setUint32(24, state.returns);
  VIEW.setUint32(28, state.delayMs);
  VIEW.setFloat64(32, state.notBefore);
  VIEW.setFloat64(40, state.acceptedAt);
  return SCRATCH.slice();
}

/** Reads what {@linkcode encodeCopyState} wrote; `undefined` if it is something else. */
export function decodeCopyState(bytes: Uint8Array): CopyState | undefined {
  if (bytes.length !== BYTES) return undefined;
  SCRATCH.set(bytes);
  return {
    mailbox: VIEW.getFloat64(0),
    message: VIEW.getFloat64(8),
    attempts: VIEW.getUint32(16),
    failures: VIEW.getUint32(20),
    returns: VIEW.getUint32(24),
    delayMs: VIEW.getUint32(28),
    notBefore: VIEW.getFloat64(32),
    acceptedAt: VIEW.getFloat64(40),
  };
}

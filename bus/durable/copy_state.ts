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

/** A copy's state in the bytes that are kept. */
export function encodeCopyState(state: CopyState): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, state.mailbox);
  view.setFloat64(8, state.message);
  view.setUint32(16, state.attempts);
  view.setUint32(20, state.failures);
  view.setUint32(24, state.returns);
  view.setUint32(28, state.delayMs);
  view.setFloat64(32, state.notBefore);
  view.setFloat64(40, state.acceptedAt);
  return bytes;
}

/** Reads what {@linkcode encodeCopyState} wrote; `undefined` if it is something else. */
export function decodeCopyState(bytes: Uint8Array): CopyState | undefined {
  if (bytes.length !== BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BYTES);
  return {
    mailbox: view.getFloat64(0),
    message: view.getFloat64(8),
    attempts: view.getUint32(16),
    failures: view.getUint32(20),
    returns: view.getUint32(24),
    delayMs: view.getUint32(28),
    notBefore: view.getFloat64(32),
    acceptedAt: view.getFloat64(40),
  };
}

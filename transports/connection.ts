/**
 * A two-way, ordered, reliable stream of bytes to one peer. The library frames
 * it; an implementer moves bytes and tells when the stream ended.
 */
export interface Connection extends AsyncDisposable {
  /** The other end, for logs and for the inspector. */
  readonly remote: string;
  /**
   * Reads at least one byte into `buffer`. Called again only after the last
   * call has settled.
   *
   * @returns How many bytes were read, or `null` once the stream has ended or
   * this side was closed.
   * @throws {BusError} With code `"unreachable"` if the connection broke.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Writes all of `bytes`, which may be used again once this resolves. Called
   * again only after the last call has settled. Resolves when the peer, or
   * what stands between, has taken the bytes: that is the backpressure.
   *
   * @throws {BusError} With code `"unreachable"` if the connection broke, or
   * `"closed"` if this side was closed.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends both directions; a pending read resolves to `null`. Safe to call twice. */
  close(): Promise<void>;
}

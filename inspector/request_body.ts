import type { MiddlewareHandler } from "hono";
import type { Clock } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { Problem } from "./problem.ts";

const JSON_TYPE = /^application\/json(?:\s*;.*)?$/i;
const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Reads the body within its limit and its deadline, and refuses what is not
 * JSON: a form of another site can send only other types. The limit alone
 * would be `hono/body-limit`; that waits for a slow body for ever.
 */
export function readBody(clock: Clock): MiddlewareHandler {
  return async (c, next) => {
    const { raw } = c.req;
    if (WITHOUT_BODY.has(raw.method) || raw.body === null) return await next();
    const bytes = await collect(raw.body, clock);
    if (
      bytes.byteLength > 0 &&
      !JSON_TYPE.test(c.req.header("content-type") ?? "")
    ) {
      throw new Problem(
        "unsupported_media_type",
        "Cannot read body as its content type must be application/json",
      );
    }
    // Kept where Hono looks first. A new Request would do as well, but would
    // listen to this one's signal, which Deno warns of when the answer is sent.
    const text = Promise.resolve(new TextDecoder().decode(bytes));
    // Its type says a string; what it awaits is a promise of one.
    Object.assign(c.req.bodyCache, { text });
    await next();
  };
}

async function collect(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let isLate = false;
  const cancelDeadline = clock.schedule(INSPECTOR_LIMITS.bodyTimeoutMs, () => {
    isLate = true;
    reader.cancel().catch(() => {});
  });
  try {
    const chunks = await readChunks(reader);
    if (isLate) {
      throw new Problem(
        "body_timeout",
        "Cannot read body as it took too long to arrive",
      );
    }
    return joined(chunks);
  } finally {
    cancelDeadline();
  }
}

async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    bytes += value.byteLength;
    if (bytes > INSPECTOR_LIMITS.maxBodyBytes) {
      await reader.cancel();
      throw new Problem(
        "body_too_large",
        `Cannot read body as it is over ${INSPECTOR_LIMITS.maxBodyBytes} bytes`,
      );
    }
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

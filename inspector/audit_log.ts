import type { MiddlewareHandler } from "hono";
import type { Clock } from "../mod.ts";
import type { Actor, InspectorEnv } from "./env.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** One attempt to change something through the inspector. */
export interface AuditEntry {
  /** When it was answered, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Who asked. */
  readonly actor: Actor;
  /** What was done, in words; method and path where it was not done. */
  readonly action: string;
  /** The HTTP status it was answered with. */
  readonly status: number;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * What was changed through the inspector, and what was tried and refused. The
 * last 500; it ends with the process. Requests without the right to ask are not
 * in it: they could push out those that count.
 */
export class AuditLog {
  readonly #entries: AuditEntry[] = [];

  /** Remembers an entry; the oldest makes room. */
  add(entry: AuditEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > INSPECTOR_LIMITS.maxAuditEntries) {
      this.#entries.shift();
    }
  }

  /** The entries, newest first. */
  entries(): AuditEntry[] {
    return this.#entries.toReversed();
  }
}

/** Puts every request that would change something into the log, whatever becomes of it. */
export function recordActions(
  log: AuditLog,
  clock: Clock,
): MiddlewareHandler<InspectorEnv> {
  return async (c, next) => {
    await next();
    if (SAFE_METHODS.has(c.req.method)) return;
    const asked = `${c.req.method} ${c.req.path}`;
    log.add({
      at: clock.now(),
      actor: c.get("actor") ?? "anybody",
      action: (c.get("action") ?? asked).slice(
        0,
        INSPECTOR_LIMITS.maxActionChars,
      ),
      status: c.res.status,
    });
  };
}

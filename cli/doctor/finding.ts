/** How much a finding matters: a check that passed, one that could not be made, a thing to know, or a fault. */
export type Verdict = "ok" | "unknown" | "warning" | "fault";

/** What one check has found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** How it is. */
  readonly verdict: Verdict;
  /** How it is, in words. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** A check that passed. */
export function fine(check: string, text: string): Finding {
  return { check, verdict: "ok", text };
}

/** A fault, and what to do about it. */
export function fault(check: string, text: string, advice: string): Finding {
  return { check, verdict: "fault", text, advice };
}

/** Something to know, and what to do about it. */
export function warning(check: string, text: string, advice: string): Finding {
  return { check, verdict: "warning", text, advice };
}

/** A check that could not be made, and why. */
export function unknown(check: string, text: string): Finding {
  return { check, verdict: "unknown", text };
}

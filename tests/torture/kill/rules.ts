/** How long a delivery may take, in milliseconds. */
export const LEASE_MS = 3_000;
/** How long one may that is often slept over, in milliseconds. */
export const SHORT_LEASE_MS = 150;
/** Failures after which a copy is dead. */
export const MAX_ATTEMPTS = 4;

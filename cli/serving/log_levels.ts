/** How much a bus tells beside its results, from least to most. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;

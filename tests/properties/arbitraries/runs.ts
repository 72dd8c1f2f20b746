/** How often a property is tried; more often in a long run. A failure prints the seed that brings it back. */
export const RUNS: { readonly numRuns: number } = {
  numRuns: Number(Deno.env.get("PROPERTY_RUNS") ?? 1_000),
};

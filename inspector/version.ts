/** The version of the package, as `deno.json` has it; a test compares them. */
export const VERSION = "0.1.0";

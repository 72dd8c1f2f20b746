import v8 from "node:v8";
import vm from "node:vm";

/** V8 lets go of compiled code only when it was not used for several collections. */
const COLLECTIONS = 8;

/** Bytes that are in use once what is not has been collected. */
export function heapBytes(): number {
  for (let count = 0; count < COLLECTIONS; count++) collect();
  return Deno.memoryUsage().heapUsed;
}

/** Turned on here, so that the program needs no flag of its own. */
const collect: () => void = (() => {
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc");
})();

/**
 * What a bus withstands, between real processes: `deno run -A tests/peers/main.ts`,
 * or with the names of some cases only. One line a case; ends with status 1 if
 * a limit did not hold.
 */
import { floodingPeers } from "./flooding_peers.ts";
import { idleConnections } from "./idle_connections.ts";
import { descriptorFlood } from "./descriptor_flood.ts";
import type { PeerCase } from "./peer_case.ts";
import { reconnectStorm } from "./reconnect_storm.ts";
import { Report } from "./report.ts";
import { shutdown } from "./shutdown.ts";
import { slowConsumer } from "./slow_consumer.ts";
import { slowLoris } from "./slow_loris.ts";
import { stalledConsumer } from "./stalled_consumer.ts";
import { suspendedBus } from "./suspended_bus.ts";

/** A case that hangs must not take the others with it. */
const PATIENCE_MS = 90_000;
const CASES: readonly PeerCase[] = [
  idleConnections,
  descriptorFlood,
  ...slowConsumer,
  stalledConsumer,
  slowLoris,
  ...floodingPeers,
  reconnectStorm,
  suspendedBus,
  shutdown,
];

const wanted = Deno.args.length === 0
  ? CASES
  : CASES.filter(({ name }) => Deno.args.includes(name));
if (wanted.length < Deno.args.length) {
  console.log(`There are: ${CASES.map(({ name }) => name).join(" ")}`);
  Deno.exit(2);
}
let failed = 0;
for (const one of wanted) {
  if (!await passes(one)) failed++;
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

async function passes({ name, run }: PeerCase): Promise<boolean> {
  const report = new Report();
  const from = performance.now();
  let error: unknown;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`It took more than ${PATIENCE_MS} ms`)),
    PATIENCE_MS,
  );
  try {
    await Promise.race([run(report), late.promise]);
  } catch (thrown) {
    error = thrown;
  }
  clearTimeout(timer);
  const ok = report.ok && error === undefined;
  const seconds = ((performance.now() - from) / 1_000).toFixed(1);
  console.log(
    `${ok ? "ok     " : "FAILED "} ${name} (${seconds} s): ${report}`,
  );
  if (error !== undefined) console.log(error);
  return ok;
}

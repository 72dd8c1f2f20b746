import { runShard, type ShardWork } from "./shard.ts";

// Most errors here are expected, and nobody reads where they were made.
Error.stackTraceLimit = 0;

/** Runs a shard in a thread of its own, and tells of it by messages. */
const port = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ShardWork>) => void) | null;
  postMessage: (message: unknown) => void;
};
port.onmessage = async ({ data }) => {
  const report = await runShard(data, (failure) => {
    port.postMessage({ ran: true, failure });
  });
  const { runs, twice, steps, lines, virtualMs, seen } = report;
  const { fewestFaultKinds, failures } = report;
  port.postMessage({
    report: {
      runs,
      twice,
      steps,
      lines,
      virtualMs,
      seen,
      fewestFaultKinds,
      failures,
    },
  });
};

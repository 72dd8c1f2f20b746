import assert from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { logOf } from "../../telemetry/telemetry.ts";

Deno.test("logOf() writes to LogTape, in the order of the lines, as its room", async () => {
  const { lines, all } = await collect(3);
  const log = logOf("bus");
  log.warn("{agent} was lost", { agent: "coder" });
  log.error("Stopped", {});
  log.warn("again", {});
  await all;
  await reset();
  assert.deepEqual(lines.map(({ level }) => level), [
    "warning",
    "error",
    "warning",
  ]);
  assert.deepEqual(lines[0]?.category, ["busbar", "bus"]);
  assert.deepEqual(lines[0]?.properties, { agent: "coder" });
  assert.deepEqual(lines[0]?.message, ["", "coder", " was lost"]);
});

Deno.test("logOf() writes at once from its second line on", async () => {
  const { lines, all } = await collect(1);
  const log = logOf("bus");
  log.warn("first", {});
  await all;
  log.warn("second", {});
  assert.equal(lines.length, 2);
  await reset();
});

/** Configures LogTape to collect lines, until there are so many. */
async function collect(
  count: number,
): Promise<{ lines: LogRecord[]; all: Promise<void> }> {
  const lines: LogRecord[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await configure({
    sinks: {
      lines: (line) => {
        if (lines.push(line) === count) resolve();
      },
    },
    loggers: [
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
      { category: "busbar", sinks: ["lines"], lowestLevel: "info" },
    ],
  });
  return { lines, all };
}

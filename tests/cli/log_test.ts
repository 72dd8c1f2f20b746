import assert from "node:assert/strict";
import { getLogger, resetSync } from "@logtape/logtape";
import { logTo } from "../../cli/serving/log_to.ts";
import { linesOf, TestTerminal } from "./support/test_terminal.ts";

Deno.test("logTo() holds what is said until the bus has started, and steers no terminal", async () => {
  const seen = new TestTerminal();
  const log = await logTo(seen.terminal, "warning");
  try {
    const logger = getLogger(["busbar", "test"]);
    logger.warn("It is {what}", { what: "odd\x1b[2J" });
    logger.info("It is fine");
    assert.equal(seen.errors, "");
    log.release();
    logger.error("It broke: {error}", { error: new Error("why") });
    const [first = "", second = "", ...more] = linesOf(seen.errors);
    assert.match(first, /^[\d:.]{12} warning: It is .*odd\\+(u001b|x1b)\[2J/);
    assert.match(second, / error: It broke: why$/);
    assert.deepEqual(more, []);
  } finally {
    resetSync();
  }
});

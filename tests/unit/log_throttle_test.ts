import assert from "node:assert/strict";
import { LogThrottle } from "../../bus/remote/log_throttle.ts";

Deno.test("LogThrottle.admit() lets one line a second pass, and says how many it held back", () => {
  const throttle = new LogThrottle();
  assert.equal(throttle.admit(5_000), 0);
  assert.equal(throttle.admit(5_000), undefined);
  assert.equal(throttle.admit(5_999), undefined);
  assert.equal(throttle.admit(6_000), 2);
  assert.equal(throttle.admit(6_500), undefined);
  assert.equal(throttle.admit(9_000), 1);
});

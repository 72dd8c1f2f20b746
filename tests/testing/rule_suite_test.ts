import assert from "node:assert/strict";
import { registerRules } from "../../testing/rule_suite.ts";

const SUITE = new URL("../../testing/rule_suite.ts", import.meta.url);

const PROGRAM = `
import { registerRules } from "${SUITE}";

registerRules({
  name: "thing",
  rules: {
    "TH01 it is there": (thing) => assertTrue(thing.isThere),
    "TH02 it ends": () => new Promise(() => {}),
    "TH03 it is free": () => assertTrue(false),
    "TH04 it is right": () => assertTrue(false),
  },
  waivers: { TH03: "it has a price" },
  timeoutMs: 50,
  withSubject: async (check) => {
    await check({ isThere: true });
    console.log("gone again");
  },
});

function assertTrue(value) {
  return value ? Promise.resolve() : Promise.reject(new Error("it is not so"));
}
`;

Deno.test("each rule is a test of its own: it passes, fails, is waived with a reason, or takes too long", async () => {
  const path = await Deno.makeTempFile({ suffix: "_test.js" });
  try {
    await Deno.writeTextFile(path, PROGRAM);
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", path],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.equal(success, false);
    assert.match(said, /thing: TH01 it is there \.\.\.[^]*?gone again[^]*?ok/);
    assert.match(said, /thing: TH02 it ends \.\.\. FAILED/);
    assert.match(said, /must end within 50 ms/);
    assert.match(
      said,
      /thing: TH03 it is free \(waived: it has a price\) \.\.\. ignored/,
    );
    assert.match(said, /thing: TH04 it is right \.\.\. FAILED/);
    assert.match(said, /it is not so/);
    assert.match(said, /1 passed \| 2 failed \| 1 ignored/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a waiver that names no rule is refused", () => {
  assert.throws(
    () =>
      registerRules({
        name: "thing",
        rules: { "TH01 it is there": () => Promise.resolve() },
        waivers: { TH0: "a prefix is no name" },
        timeoutMs: 50,
        withSubject: (check) => check(undefined),
      }),
    { name: "RangeError", message: /there is no "TH0"/ },
  );
});

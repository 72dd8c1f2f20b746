import assert from "node:assert/strict";
import { busbar, outputOf } from "./support/busbar_process.ts";

/** Looks at a script with the shell it is for, where there is one. */
const CHECKS: readonly [string, readonly string[]][] = [
  ["bash", ["-n"]],
  ["zsh", ["-n"]],
  ["fish", ["--no-execute"]],
];

for (const [shell, check] of CHECKS) {
  const isThere = await outputOf(shell, ["-c", "exit"]).then(
    () => true,
    () => false,
  );
  Deno.test({
    name: `busbar complete ${shell} is a script that ${shell} can read${
      isThere ? "" : ` (ignored: there is no ${shell})`
    }`,
    // bash is everywhere that the tests run, and CI has them all.
    ignore: !isThere && shell !== "bash" && Deno.env.get("CI") !== "true",
    async fn() {
      const { code, out } = await busbar(["complete", shell]);
      assert.equal(code, 0);
      assert.ok(out.includes("busbar complete --"), out.slice(0, 200));
      const path = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(path, out);
        const read = await outputOf(shell, [...check, path]);
        assert.deepEqual([read.code, read.errors], [0, ""]);
      } finally {
        await Deno.remove(path);
      }
    },
  });
}

Deno.test("busbar completes commands, and what belongs to them", async () => {
  const words = async (...args: string[]) => {
    const { out } = await busbar(["complete", "--", ...args]);
    return out.split("\n").map((line) => line.split("\t")[0]);
  };
  const commands = await words("");
  for (const name of ["serve", "publish", "dlq", "doctor"]) {
    assert.ok(commands.includes(name), name);
  }
  const letters = await words("dlq", "");
  assert.deepEqual(letters.slice(0, 4), ["list", "show", "replay", "discard"]);
  assert.ok((await words("serve", "--s")).includes("--store"));
});

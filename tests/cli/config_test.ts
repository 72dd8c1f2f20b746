import assert from "node:assert/strict";
import { parseConfig } from "../../cli/config/config_file.ts";
import { RulesSchema } from "../../cli/config/rule_schema.ts";
import { ServeSchema } from "../../cli/config/serve_schema.ts";
import { CommandError } from "../../cli/command_error.ts";
import { chooseService } from "../../cli/serving/serve_choice.ts";
import { run, TestTerminal } from "./support/test_terminal.ts";

/** What is said of settings that are wrong. */
function faultOf(text: string): string {
  try {
    parseConfig(text, "busbar.yaml", ServeSchema);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  throw new Error(`Nothing is wrong with ${text}`);
}

Deno.test("parseConfig() takes YAML and JSON alike", () => {
  const yaml = `name: crew
inspector: { port: 0 }
limits:
  delivery: { maxAttempts: 3 }
rules:
  - id: quiet
    priority: 10
    match: { topic: debug.> }
    action: { kind: drop }
`;
  const { value } = parseConfig(yaml, "a", ServeSchema);
  assert.equal(value.rules?.[0]?.match?.topic, "debug.>");
  const json = JSON.stringify(value);
  assert.deepEqual(parseConfig(json, "b", ServeSchema).value, value);
  assert.deepEqual(parseConfig("", "empty", ServeSchema).value, {});
});

Deno.test("parseConfig() names the line of a wrong key, and the keys there are", () => {
  assert.equal(
    faultOf("name: crew\nlimits:\n  mailbox:\n    maxMesages: 5\n"),
    'Cannot read busbar.yaml as line 4 must be well-formed: limits.mailbox: there is no "maxMesages" here, there are maxMessages, overflow',
  );
  assert.match(faultOf("# settings\n\nsokcet: a.sock\n"), /line 3 .*"sokcet"/);
});

Deno.test("parseConfig() names the line of a wrong value", () => {
  const text = `limits:
  delivery:
    maxAttempts: many
rules:
  - id: a
    priority: 10
  - id: b
    priority: 500
`;
  assert.equal(
    faultOf(text),
    "Cannot read busbar.yaml as line 3 must be well-formed: limits.delivery.maxAttempts: it must be a whole number from 1 to 100000000 (and 1 more)",
  );
  assert.match(
    faultOf(text.replace("many", "3")),
    /line 8 must be well-formed: rules\[1\]\.priority: it must be a whole number from 0 to 100$/,
  );
});

Deno.test("parseConfig() looks into a choice, and says what is wrong in it", () => {
  assert.match(
    faultOf("inspector:\n  prot: 4400\n"),
    /line 2 .*inspector: there is no "prot" here, there are port, hostname, allowedHosts$/,
  );
  assert.match(
    faultOf("inspector: yes please\n"),
    /line 1 .*inspector: it must be false, or \{ port, hostname, allowedHosts \}$/,
  );
});

Deno.test("parseConfig() names the line that is no YAML, and refuses what multiplies", () => {
  assert.match(
    faultOf("name: crew\nsocket: [a\n"),
    /line \d .*no YAML or JSON/,
  );
  assert.match(faultOf("name: a\nname: b\n"), /line 2 .*unique/);
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 0; level < 8; level++) {
    const [name, before] = [98, 97].map((code) =>
      String.fromCharCode(code + level)
    );
    bomb.push(
      `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`)}]`,
    );
  }
  assert.match(faultOf(bomb.join("\n")), /Excessive alias count/);
});

Deno.test("RulesSchema takes one rule or a list, and says which field is missing", () => {
  const rule = '{"id":"a","priority":1,"action":{"kind":"drop"}}';
  assert.equal(parseConfig(rule, "r", RulesSchema).value.length, 1);
  assert.equal(
    parseConfig(`[${rule},${rule}]`, "r", RulesSchema).value.length,
    2,
  );
  assert.throws(
    () => parseConfig("- id: a\n- priority: 1\n", "r", RulesSchema),
    /line 1 must be well-formed: \[0\]\.priority: it must be/,
  );
  assert.throws(
    () => parseConfig("[]", "r", RulesSchema),
    /line 1 must be well-formed: it holds no rule$/,
  );
});

Deno.test("chooseService() takes flags before the environment, and that before the file", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(
    file,
    'name: of the file\nsocket: file.sock\nsocketMode: "660"\nstore: file.db\ninspector: { port: 1 }\n',
  );
  const { terminal } = new TestTerminal({
    env: {
      BUSBAR_CONFIG: file,
      BUSBAR_SOCKET: "env.sock",
      BUSBAR_STORE: "env.db",
      BUSBAR_INSPECTOR: "2",
    },
  });
  try {
    const choice = await chooseService(terminal, { store: "flag.db" });
    assert.equal(choice.name, "of the file");
    assert.equal(choice.socket, "env.sock");
    assert.equal(choice.socketMode, 0o660);
    assert.equal(choice.store, "flag.db");
    assert.deepEqual(choice.inspector, { port: 2, hostname: "127.0.0.1" });
    const without = await chooseService(terminal, { inspector: false });
    assert.equal(without.inspector, false);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("chooseService() serves what is usual where nobody says anything", async () => {
  const { terminal } = new TestTerminal();
  assert.deepEqual(await chooseService(terminal, {}), {
    name: "bus",
    socket: "run/bus.sock",
    inspector: { port: 4_400, hostname: "127.0.0.1" },
    limits: {},
    connections: {},
    rules: [],
  });
});

Deno.test("busbar serve says that a file of settings is not there", async () => {
  const { code, notes } = await run(["serve", "--config", "nowhere.yaml"]);
  assert.equal(code, 2);
  assert.deepEqual(notes, [
    "busbar: Cannot read nowhere.yaml as it must be a file: there is none",
  ]);
});

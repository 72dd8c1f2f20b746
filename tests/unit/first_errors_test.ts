import assert from "node:assert/strict";
import { type BusEvent, connect, MessageBus } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { VirtualClock } from "../../testing/mod.ts";

/** What a failure says, with its code where it has one. */
async function textOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    assert.ok(error instanceof Error);
    const { code } = error as { code?: unknown };
    return code === undefined ? error.message : `${code}: ${error.message}`;
  }
  return assert.fail("nothing failed");
}

Deno.test("a wrong name: the error says which names are served", async () => {
  await using bus = new MessageBus();
  bus.agent("coder").respond(() => "done");
  bus.agent("tester").receive(() => {});
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.request("codr", 1)),
    'no_recipient: nobody serves "codr"; served are "coder", "tester", "boss"',
  );
  assert.equal(
    await textOf(() => boss.request("tester", 1)),
    'no_recipient: "tester" is there and answers no requests: it must call respond() first, and over a connection that may take a moment',
  );
  await boss.send("codr", 1);
  const [letter] = [...bus.deadLetters];
  assert.equal(
    letter?.detail,
    'nobody serves "codr"; served are "coder", "tester", "boss"',
  );
  assert.equal(
    await textOf(() => bus.agent("my agent")),
    'Cannot add agent as its name is not well-formed: character " " at position 2 is not allowed',
  );
});

Deno.test("no bus: the error says that one has to listen first", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bus.sock`;
  const join = () => connect(unixTransport(path), { name: "coder" });
  assert.equal(
    await textOf(join),
    `unreachable: Cannot dial ${path} as somebody must listen there: there is no ${path}; the bus has to listen first`,
  );
  // Left by a process that was killed.
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.link(path, `${path}-kept`);
  listener.close();
  await Deno.rename(`${path}-kept`, path);
  assert.equal(
    await textOf(join),
    `unreachable: Cannot dial ${path} as somebody must listen there: nobody does any more; the bus has to be started again`,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a flag that is missing: the error names all that it takes, and with these it goes on", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bus.sock`;
  const flags = [
    `--allow-read=${folder}`,
    `--allow-write=${folder}`,
    `--allow-net=unix:${path}`,
  ];
  const [connecting, listening] = [
    `await connect(unixTransport("${path}"), { name: "coder" });`,
    `await new MessageBus().listen(unixTransport("${path}")); Deno.exit();`,
  ];
  for (const program of [connecting, listening]) {
    const { stderr } = await run(program, []);
    assert.match(stderr, /NotCapable: Requires \w+ access to /);
    const text = `; in all, a socket takes ${flags.join(" ")}\n`;
    assert.ok(stderr.includes(text), stderr);
  }
  const alone = await run(connecting, flags);
  assert.match(alone.stderr, /the bus has to listen first/);
  assert.deepEqual(await run(listening, flags), { code: 0, stderr: "" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a bad topic: the error says where it is wrong", async () => {
  await using bus = new MessageBus();
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.publish("builds..done", 1)),
    'invalid_message: Cannot send message as its topic is not well-formed: token 2 is empty ("builds..done")',
  );
  assert.equal(
    await textOf(() => boss.publish("builds.*", 1)),
    'invalid_message: Cannot send message as its topic is not well-formed: character "*" at position 7 is not allowed ("builds.*")',
  );
  assert.equal(
    await textOf(() => boss.subscribe("builds.>.done", () => {})),
    'Cannot subscribe to topic as its pattern is not well-formed: ">" at position 7 is not the last token',
  );
});

Deno.test("a payload that is none: the error says which part of it", async () => {
  await using bus = new MessageBus();
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.send("coder", { job: { id: 1n } })),
    "invalid_message: Cannot send message as its payload must be a JSON value or a Uint8Array: payload.job.id is a bigint",
  );
});

Deno.test("a handler that throws: its text is in the dead letter, and a requester is told", async () => {
  await using bus = new MessageBus({ delivery: { maxAttempts: 1 } });
  const died = letterOf(bus);
  const coder = bus.agent("coder");
  coder.receive(() => {
    throw new Error("no such file: plan.md");
  });
  coder.respond(() => {
    throw new Error("no such file: plan.md");
  });
  const boss = bus.agent("boss");
  await boss.send("coder", 1);
  await died;
  const [letter] = [...bus.deadLetters];
  assert.equal(letter?.reason, "handler_failed");
  assert.equal(letter.detail, "no such file: plan.md");
  assert.equal(
    await textOf(() => boss.request("coder", 1)),
    "remote: no such file: plan.md",
  );
});

Deno.test("a forgotten ack: the dead letter says what ends a delivery", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { maxAttempts: 1 } });
  const died = letterOf(bus);
  const inbox = bus.agent("coder").inbox({ ackTimeoutMs: 100 });
  await bus.agent("boss").send("coder", 1, { requiresAck: true });
  await inbox[Symbol.asyncIterator]().next();
  await clock.advance(100);
  await died;
  const [letter] = [...bus.deadLetters];
  assert.equal(
    letter?.detail,
    "not acknowledged within 100 ms: ack() ends a delivery, extend() gives it more time",
  );
});

/** Runs a program with no flags but these. */
async function run(
  program: string,
  flags: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const entry = (path: string) =>
    new URL(`../../${path}`, import.meta.url).href;
  const text = `
    import { connect, MessageBus } from "${entry("mod.ts")}";
    import { unixTransport } from "${entry("transports/unix.ts")}";
    ${program}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...flags, "-"],
    ...{ stdin: "piped", stderr: "piped", env: { NO_COLOR: "1" } },
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(text));
  await input.close();
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function letterOf(bus: MessageBus): Promise<BusEvent> {
  for await (const event of bus.events()) {
    if (event.type === "dead_letter_added") return event;
  }
  return assert.fail("the bus ended without a dead letter");
}

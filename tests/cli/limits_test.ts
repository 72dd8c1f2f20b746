import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../mod.ts";
import { CLI_LIMITS } from "../../cli/cli_limits.ts";
import { Served } from "./support/served.ts";
import { run } from "./support/test_terminal.ts";

Deno.test("a payload, or a line of one, over maxInputBytes is refused, and nothing is sent", async () => {
  await using served = await Served.start();
  const input = "x".repeat(CLI_LIMITS.maxInputBytes + 1);
  const whole = await served.run(["publish", "a", "-"], { input });
  assert.equal(whole.code, 2);
  assert.deepEqual(whole.notes, [
    "busbar: Cannot read standard input as a payload must take at most 67108864 bytes: it takes more",
  ]);
  const line = await served.run(["publish", "a", "--lines"], { input });
  assert.equal(line.code, 2);
  assert.match(line.notes[0] ?? "", /as a line must take at most 67108864/);
  assert.equal(served.bus.stats().totalMessages, 0);
});

Deno.test("a file of settings over maxConfigBytes is refused", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "#".repeat(CLI_LIMITS.maxConfigBytes + 1));
    const { code, notes } = await run(["serve", "--config", path]);
    assert.equal(code, 2);
    assert.deepEqual(notes, [
      `busbar: Cannot read ${path} as it must take at most 1048576 bytes: it takes 1048577`,
    ]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("an answer over maxAnswerBytes is not read to its end", async () => {
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  let sent = 0;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += piece.length;
            controller.enqueue(piece);
          },
        }),
      ),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { code, notes } = await run(["agents", "--url", url]);
  assert.equal(code, 1);
  assert.deepEqual(notes, [
    `busbar: Cannot read the answer of ${url} as it must take at most 67108864 bytes: it takes more; ask for less by --limit`,
  ]);
  assert.ok(sent < 2 * CLI_LIMITS.maxAnswerBytes);
});

Deno.test("an inspector that does not answer in time ends the command with status 6", async () => {
  const hung = Promise.withResolvers<Response>();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => hung.promise,
  );
  const asked: number[] = [];
  const hasty: Clock = {
    ...systemClock,
    schedule(delayMs, callback) {
      asked.push(delayMs);
      return systemClock.schedule(delayMs / 500, callback);
    },
  };
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { code, notes } = await run(["agents", "--url", url], { clock: hasty });
  assert.equal(code, 6);
  assert.deepEqual(notes, [
    `busbar: Cannot ask ${url} as it must answer within 10000 ms: it has not`,
  ]);
  assert.deepEqual(asked, [CLI_LIMITS.answerTimeoutMs]);
  hung.resolve(new Response());
});

Deno.test("busbar send does not wait for what a bus without a history cannot know", async () => {
  await using served = await Served.start(() => ({
    limits: { history: false },
  }));
  const { code, out } = await served.run(["send", "nobody", "x", "--ack"]);
  assert.equal(code, 0);
  assert.equal(
    served.bus.deadLetters.get(out[0] ?? "")?.reason,
    "no_recipient",
  );
});

Deno.test("busbar send --lines has no more than maxOnTheWay sends on the way, and ends with the first that fails", async () => {
  await using served = await Served.start(() => ({
    limits: { backpressure: { maxPending: 1, timeoutMs: 50 } },
  }));
  const { bus } = served;
  await bus.agent("sleeper", { durable: true }).close();
  const input = "x\n".repeat(CLI_LIMITS.maxOnTheWay * 4);
  const args = ["send", "sleeper", "--lines", "--ack"];
  const { code, notes } = await served.run(args, { input });
  assert.equal(code, 6);
  assert.match(notes[0] ?? "", /"busbar top" shows what is full$/);
  const { totalMessages, totalRefused } = bus.stats();
  assert.equal(totalMessages, 1);
  assert.ok(totalRefused <= CLI_LIMITS.maxOnTheWay, `${totalRefused} refused`);
});

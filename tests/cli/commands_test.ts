import assert from "node:assert/strict";
import type { Agent } from "../../mod.ts";
import { Served } from "./support/served.ts";

/** Lines of JSON, read. */
function read(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line));
}

/** Everything that an agent gets on a pattern, once `count` of it is there. */
async function collect(
  agent: Agent,
  pattern: string,
  count: number,
): Promise<() => Promise<unknown[]>> {
  const got: unknown[] = [];
  const all = Promise.withResolvers<unknown[]>();
  await agent.subscribe(pattern, ({ payload }) => {
    got.push(payload);
    if (got.length === count) all.resolve(got);
  });
  return () => all.promise;
}

Deno.test("busbar publish sends JSON, text, lines and bytes as what they are", async () => {
  await using served = await Served.start();
  const payloads = await collect(served.bus.agent("reader"), "in.>", 9);
  const json = await served.run(["publish", "in.a", '{"n":1}', "--json"]);
  assert.equal(json.code, 0, json.notes.join());
  const [{ id, outcome } = {}] = read(json.out);
  assert.equal(served.bus.message(String(id))?.message.topic, "in.a");
  assert.match(String(outcome), /^(pending|delivered)$/);
  await served.run(["publish", "in.a", "12", "--text"]);
  await served.run(["publish", "in.a", "two words"]);
  await served.run(["publish", "in.a"]);
  await served.run(["publish", "in.a", "-"], { input: "[1,2]\n" });
  await served.run(["publish", "in.a", "-"], { input: "plain\n" });
  await served.run(["publish", "in.a", "-", "--bytes"], { input: "ab\n" });
  const lines = await served.run(["publish", "in.a", "--lines", "--json"], {
    input: '{"line":1}\r\n\ntwo',
  });
  assert.equal(lines.out.length, 2);
  assert.deepEqual(lines.notes, ["sent 2 messages"]);
  assert.deepEqual(await payloads(), [
    { n: 1 },
    "12",
    "two words",
    null,
    [1, 2],
    "plain",
    new TextEncoder().encode("ab\n"),
    { line: 1 },
    "two",
  ]);
});

Deno.test("busbar publish says what is of a message on the command line", async () => {
  await using served = await Served.start();
  const { out } = await served.run([
    ...["publish", "jobs.new", "x", "--name", "boss", "--priority", "90"],
    ...["--ttl", "2m", "--conversation", "job-1", "-H", "a=1", "-H", "b=2=3"],
  ]);
  const { message } = served.bus.message(out[0] ?? "") ?? {};
  assert.equal(message?.sender, "boss");
  assert.equal(message?.priority, 90);
  assert.equal(message?.ttlMs, 120_000);
  assert.equal(message?.correlationId, "job-1");
  assert.deepEqual({ ...message?.headers }, { a: "1", b: "2=3" });
});

Deno.test("busbar publish tells that nobody subscribes, and ends well", async () => {
  await using served = await Served.start();
  const { code, notes } = await served.run(["publish", "lonely", "x"]);
  assert.equal(code, 0);
  assert.deepEqual(notes, [
    "nobody subscribes to lonely: the message is counted, and gone",
  ]);
});

Deno.test("busbar send reaches one agent, as often as it is told to", async () => {
  await using served = await Served.start();
  const got: unknown[] = [];
  const second = Promise.withResolvers<void>();
  served.bus.agent("coder").receive(({ payload, topic, requiresAck }) => {
    got.push([payload, topic, requiresAck]);
    if (got.length === 2) second.resolve();
  });
  const args = ["send", "coder", "go", "--ack", "--topic", "jobs"];
  const once = [...args, "--deduplication-id", "one"];
  assert.equal((await served.run(once)).code, 0);
  assert.equal((await served.run(once)).code, 0);
  assert.equal((await served.run(args)).code, 0);
  await second.promise;
  assert.deepEqual(got, [["go", "jobs", true], ["go", "jobs", true]]);
});

Deno.test("busbar request prints the reply, all of it, or piece by piece", async () => {
  await using served = await Served.start();
  const answering = served.bus.agent("squarer");
  answering.respond<number>(({ payload }) => payload * payload);
  served.bus.agent("counter").respond(async function* () {
    yield 1;
    yield "two";
  });
  assert.deepEqual((await served.run(["request", "squarer", "12"])).out, [
    "144",
  ]);
  const whole = await served.run(["request", "squarer", "3", "--json"]);
  assert.equal(read(whole.out)[0]?.payload, 9);
  assert.equal(read(whole.out)[0]?.sender, "squarer");
  const pieces = await served.run(["request", "counter", "--stream"]);
  assert.deepEqual(pieces.out, ["1", "two"]);
});

Deno.test("busbar subscribe prints what comes, and ends after --count", async () => {
  await using served = await Served.start();
  const publisher = served.bus.agent("builder");
  const { code, out, notes } = await served.run(
    ["subscribe", "builds.>", "--json", "--count", "2", "--name", "watcher"],
    {
      onNote: () => {
        for (const n of [1, 2, 3]) void publisher.publish("builds.web", { n });
      },
    },
  );
  assert.equal(code, 0);
  assert.deepEqual(notes, ["watcher listens to builds.>"]);
  const messages = read(out);
  assert.deepEqual(messages.map(({ payload }) => payload), [{ n: 1 }, {
    n: 2,
  }]);
  assert.equal(messages[0]?.sender, "builder");
  assert.equal(messages[0]?.topic, "builds.web");
});

Deno.test("busbar subscribe gives back what it has not printed, and fails at none", async () => {
  await using served = await Served.start();
  const sender = served.bus.agent("sender");
  const args = ["subscribe", "jobs.>", "--durable", "jobs", "--name", "worker"];
  const send = async () => {
    for (const n of [1, 2, 3]) {
      await sender.publish("jobs.new", n, { requiresAck: true });
    }
  };
  const first = await served.run([...args, "--count", "1", "--json"], {
    onNote: () => void send(),
  });
  assert.equal(read(first.out)[0]?.payload, 1);
  const second = await served.run([...args, "--count", "2", "--json"]);
  assert.deepEqual(read(second.out).map(({ payload }) => payload), [2, 3]);
  assert.equal(served.bus.deadLetters.size, 0);
  const failures = served.bus.history({ topic: "jobs.new" }).flatMap((entry) =>
    entry.deliveries.filter(({ outcome }) => outcome === "nacked")
  );
  assert.deepEqual(failures, []);
});

Deno.test("busbar subscribe leaves on the bus what its reader has not read", async () => {
  await using served = await Served.start();
  const sender = served.bus.agent("sender");
  const args = ["subscribe", "jobs.>", "--durable", "jobs", "--name", "worker"];
  const broken = await served.run(args, {
    onNote: () => void sender.publish("jobs.new", "a", { requiresAck: true }),
    onLine: () => {
      throw new Deno.errors.BrokenPipe();
    },
  });
  assert.equal(broken.code, 0);
  assert.deepEqual(broken.notes, ["worker listens to jobs.>"]);
  const again = await served.run([...args, "--count", "1", "--json"]);
  assert.equal(read(again.out)[0]?.payload, "a");
});

Deno.test("busbar agents and topics list who is there and who listens", async () => {
  await using served = await Served.start();
  await served.bus.agent("coder").subscribe("builds.*", () => {}, {
    queue: "q",
  });
  await served.bus.agent("sender").publish("unheard", 1);
  const agents = await served.run(["agents"]);
  assert.match(agents.out[0] ?? "", /^agent +instances +waiting +in hand/);
  assert.match(agents.out.join("\n"), /^coder +1 +0 +0 .* builds\.\* \(q\)$/m);
  const json = read((await served.run(["agents", "--json"])).out);
  assert.deepEqual(json.map(({ name }) => name).toSorted(), [
    "coder",
    "sender",
  ]);
  const topics = await served.run(["topics"]);
  assert.match(topics.out.join("\n"), /^builds\.\* +0 +coder$/m);
  assert.match(topics.out.join("\n"), /^unheard +1 +nobody$/m);
});

Deno.test("busbar stats prints the figures once, or again and again", async () => {
  await using served = await Served.start();
  await served.bus.agent("sender").publish("unheard", 1);
  const { out } = await served.run(["stats"]);
  assert.match(out.join("\n"), /^accepted +1 message$/m);
  assert.match(out.join("\n"), /^dropped +1$/m);
  let lines = 0;
  const often = await served.run(["stats", "--json", "--every", "1ms"], {
    onLine: () => {
      if (++lines > 3) throw new Deno.errors.BrokenPipe();
    },
  });
  assert.equal(often.code, 0);
  assert.deepEqual(
    read(often.out).map(({ dropped: _, ...figures }) => figures.totalDropped),
    [1, 1, 1],
  );
});

Deno.test("busbar history and conversation show what became of messages", async () => {
  await using served = await Served.start();
  const boss = served.bus.agent("boss");
  const answering = served.bus.agent("coder");
  answering.respond(() => "done");
  await boss.request("coder", "build", { correlationId: "job-1" });
  await boss.publish("unheard", "x", { correlationId: "job-2" });
  const dropped = await served.run(["history", "--outcome", "dropped"]);
  assert.match(dropped.out[1] ?? "", /publish +boss +unheard +dropped +x$/);
  assert.equal(dropped.out.length, 2);
  const { out } = await served.run(["conversation", "job-1"]);
  assert.match(out[0] ?? "", /2 messages$/);
  assert.match(out[1] ?? "", /boss → coder +request +\w+ +build$/);
  assert.match(out[2] ?? "", /coder → boss +response +\w+ +done$/);
  const json = await served.run(["conversation", "job-2", "--json"]);
  assert.equal(read(json.out)[0]?.outcome, "dropped");
});

Deno.test("busbar rules adds, switches and removes rules", async () => {
  await using served = await Served.start();
  const rule = '{"id":"quiet","priority":10,"match":{"topic":"debug.>"},' +
    '"action":{"kind":"drop"},"final":true}';
  assert.deepEqual((await served.run(["rules", "add", rule])).out, [
    "added quiet",
  ]);
  const input = "- id: loud\n  priority: 90\n  action: { kind: drop }\n";
  assert.deepEqual((await served.run(["rules", "add", "-"], { input })).out, [
    "added loud",
  ]);
  await served.run(["rules", "disable", "loud"]);
  const { out } = await served.run(["rules", "list"]);
  assert.match(out[1] ?? "", /^loud +90 +off +0 +everything +drop$/);
  assert.match(out[2] ?? "", /^quiet +10 +on +0 +topic debug\.> +drop, stop$/);
  await served.run(["rules", "enable", "loud"]);
  assert.equal(served.bus.router.rules()[0]?.enabled, true);
  await served.run(["rules", "remove", "loud", "quiet"]);
  assert.deepEqual(served.bus.router.rules(), []);
});

Deno.test("busbar bench measures three works, and leaves nothing behind", async () => {
  await using served = await Served.start();
  const { code, out } = await served.run([
    ...["bench", "--duration", "50ms", "--size", "10", "--json"],
  ]);
  assert.equal(code, 0);
  const figures = read(out);
  assert.equal(figures.length, 3);
  for (const { perSecond, p50Ms, p99Ms } of figures) {
    assert.ok(Number(perSecond) > 0);
    assert.ok(Number(p50Ms) > 0 && Number(p50Ms) <= Number(p99Ms));
  }
  assert.equal(served.bus.stats().pendingMessages, 0);
});

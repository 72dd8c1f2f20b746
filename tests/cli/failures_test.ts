import assert from "node:assert/strict";
import { Served } from "./support/served.ts";
import { type Ended, run } from "./support/test_terminal.ts";

/** A command has ended with a status, one line of reason, and nothing else. */
function failed({ code, out, notes }: Ended, status: number, text: string) {
  assert.deepEqual([code, notes, out], [status, [`busbar: ${text}`], []]);
}

Deno.test("a wrong command line ends with status 2, and says where help is", async () => {
  failed(
    await run(["publsh", "a.b"]),
    2,
    `unknown command 'publsh' (Did you mean publish?); see "busbar --help"`,
  );
  failed(
    await run(["publish"]),
    2,
    `missing required argument 'topic'; see "busbar publish --help"`,
  );
  failed(
    await run(["dlq", "list", "--resaon", "x"]),
    2,
    `unknown option '--resaon' (Did you mean --reason?); see "busbar dlq list --help"`,
  );
  failed(
    await run(["dlq", "list", "-r", "bored"]),
    2,
    "option '-r, --reason <reason>' argument 'bored' is invalid. Allowed choices are too_large, expired, no_recipient, no_subscriber, routing_failed, handler_failed, rejected, overflow, rule, undeliverable; see \"busbar dlq list --help\"",
  );
  failed(
    await run(["publish", "a", "b", "--ttl", "5"]),
    2,
    `option '--ttl <time>' argument '5' is invalid. It must be a span of time such as 500ms, 5s, 2m or 1h; see "busbar publish --help"`,
  );
  failed(
    await run(["publish", "a", "b", "--priority", "101"]),
    2,
    `option '--priority <n>' argument '101' is invalid. It must be a whole number from 0 to 100; see "busbar publish --help"`,
  );
  failed(
    await run(["publish", "a", "x", "--bytes"]),
    2,
    "Cannot read bytes as they must come from standard input: write - for the payload, and pipe them in",
  );
});

Deno.test("where no command is, its help is printed, with status 2", async () => {
  for (const args of [[], ["dlq"], ["rules"], ["new"]]) {
    const { code, out, notes } = await run(args);
    assert.equal(code, 2);
    assert.deepEqual(out, []);
    assert.match(notes.join("\n"), /^Usage: busbar/);
    assert.doesNotMatch(notes.join("\n"), /^busbar:/m);
  }
});

Deno.test("where no bus is, the text says how to start one, with status 3", async () => {
  const folder = await Deno.makeTempDir({ prefix: "busbar-" });
  const env = { BUSBAR_SOCKET: `${folder}/bus.sock` };
  try {
    failed(
      await run(["publish", "a.b", "x"], { env }),
      3,
      `Cannot dial ${folder}/bus.sock as somebody must listen there: there is no ${folder}/bus.sock; the bus has to listen first; start a bus with "busbar serve", or let "busbar doctor" look for the reason`,
    );
    failed(
      await run(["agents"], { env }),
      3,
      `Cannot find a bus at ${folder}/bus.sock as "busbar serve" must have started it: there is no ${folder}/bus.sock.json; start one with "busbar serve", or name it by --socket or --url`,
    );
    failed(
      await run(["agents", "--url", "http://127.0.0.1:1"]),
      3,
      'Cannot ask http://127.0.0.1:1 as an inspector must listen there: nobody answers; start the bus, or let "busbar doctor" look for the reason',
    );
    failed(
      await run(["agents", "--url", "the bus"]),
      2,
      'Cannot ask "the bus" as it must be an address such as http://127.0.0.1:4400: it is not',
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a bus without an inspector says that it has none, with status 3", async () => {
  await using served = await Served.start(() => ({ inspector: false }));
  failed(
    await served.run(["stats"]),
    3,
    `Cannot ask the bus at ${served.socket} as it must serve an inspector: it was started with --no-inspector`,
  );
});

Deno.test("a wrong name, topic or id says so", async () => {
  await using served = await Served.start();
  failed(
    await served.run(["publish", "a..b", "x"]),
    2,
    'Cannot send message as its topic is not well-formed: token 2 is empty ("a..b")',
  );
  failed(
    await served.run(["send", "two words", "x"]),
    2,
    'Cannot send message as its recipient is not well-formed: character " " at position 3 is not allowed ("two words")',
  );
  failed(
    await served.run(["subscribe", "a.>.b", "--name", "me"]),
    2,
    'Cannot subscribe to topic as its pattern is not well-formed: ">" at position 2 is not the last token',
  );
  failed(
    await served.run(["dlq", "show", "no-such"]),
    4,
    'Cannot show dead letter as there is none with this id: "no-such"',
  );
  failed(
    await served.run(["rules", "remove", "no-such"]),
    4,
    'Cannot find rule as there is none with this id: "no-such"',
  );
  failed(
    await served.run(["conversation", "no-such"]),
    4,
    'Cannot show conversation as the bus must remember it: there is none with the id "no-such"; "busbar history --json" shows each message\'s correlationId',
  );
});

Deno.test("an agent that is not there: a request fails, and what was sent is a dead letter", async () => {
  await using served = await Served.start();
  failed(
    await served.run(["request", "nobody", "x", "--name", "me"]),
    4,
    'nobody serves "nobody"; served are "me"; "busbar agents" lists who is there',
  );
  const sent = await served.run(["send", "nobody", "x"]);
  const [id = ""] = sent.out;
  assert.equal(sent.code, 4);
  assert.deepEqual(sent.notes, [
    `busbar: Cannot deliver to "nobody" as somebody must serve the name: nobody does; "busbar agents" lists who is there, and "busbar dlq replay ${id}" sends it again`,
  ]);
  assert.equal(served.bus.deadLetters.get(id)?.reason, "no_recipient");
});

Deno.test("a request that nobody answers in time ends with status 6", async () => {
  await using served = await Served.start();
  const slow = served.bus.agent("slow");
  slow.respond((_message, { signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", resolve))
  );
  const ended = await served.run(["request", "slow", "--timeout", "20ms"]);
  assert.equal(ended.code, 6);
  assert.match(ended.notes[0] ?? "", /; --timeout gives it longer$/);
  const silent = await served.run(["subscribe", "a", "--timeout", "20ms"]);
  assert.equal(silent.code, 6);
  assert.equal(
    silent.notes[1],
    "busbar: Cannot wait any longer as the next message must come within 20 ms: none has, after 0",
  );
});

Deno.test("a wrong token ends with status 5, and says where to get the right one", async () => {
  await using served = await Served.start();
  const { url, token } = served.inspector;
  const advice = "give --token or BUSBAR_TOKEN, or name the bus by --socket";
  failed(
    await served.run(["agents", "--token", "wrong"]),
    5,
    `Cannot ask ${url} as its token must be shown: it is not; ${advice}`,
  );
  failed(
    await run(["agents", "--url", url]),
    5,
    `Cannot ask ${url} as its token must be shown: none was given; ${advice}`,
  );
  const env = { BUSBAR_URL: url, BUSBAR_TOKEN: token };
  assert.equal((await run(["agents"], { env })).code, 0);
  const link = `${url}/?token=${token}`;
  assert.equal((await run(["agents", "--url", link])).code, 0);
});

Deno.test("an answer that is no inspector's is not believed", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) =>
      url.endsWith("/agents")
        ? Response.json([{ name: 5 }])
        : new Response("no", { status: 500 }),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  failed(
    await run(["agents", "--url", url]),
    1,
    `Cannot read the answer of ${url}/api/agents as its 0.name must be as this version knows it: Invalid input: expected string, received number; "busbar doctor" compares the versions`,
  );
  failed(
    await run(["topics", "--url", url]),
    1,
    `Cannot ask ${url} as it must be an inspector: it answered with status 500`,
  );
});

Deno.test("a rule with a wrong part names the part and the line", async () => {
  failed(
    await run(["rules", "add", '{"id":"a","priority":1,"prority":2}']),
    2,
    'Cannot read the rule as line 1 must be well-formed: there is no "prority" here, there are id, priority, enabled, match, action, final, handler',
  );
  await using served = await Served.start();
  const rule =
    '{"id":"a","priority":1,"match":{"topic":"a..b"},"action":{"kind":"drop"}}';
  failed(
    await served.run(["rules", "add", rule]),
    2,
    'Cannot add rule "a" as its match.topic must be well-formed: token 2 is empty ("a..b")',
  );
});

Deno.test("a durable subscription needs a name that comes back", async () => {
  failed(
    await run(["subscribe", "a.b", "--durable", "d"]),
    2,
    "Cannot keep a subscription as it must be of a name that comes back: give --name",
  );
});

Deno.test("an agent is not made of a name that a file cannot have", async () => {
  failed(
    await run(["new", "agent", "7 of 9"]),
    2,
    'Cannot make agent as its name must be 1 to 255 letters, digits, -, _, ., : and /, and begin with a letter: current value is "7 of 9"',
  );
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runLesson } from "./lesson.ts";

Deno.test("lesson 9 shows two processes that talk", async () => {
  assert.deepEqual(await runLesson("09"), [
    "ready: squarer",
    "squares: 4, 9, 16",
    "squarer: asker says goodbye",
    "squarer ended with status 0",
  ]);
});

Deno.test("lesson 10 shows three processes under one name, one of which dies with work in hand", async () => {
  const lines = await runLesson("10");
  assert.equal(lines[0], '3 processes serve "worker"');
  // On a busy machine one of the two others may have done all before the third began.
  assert.match(lines[1] ?? "", /^12 jobs done by [12]$/);
  assert.match(lines[2] ?? "", /^[1-9]\d* handed out again$/);
});

Deno.test("lesson 11 shows what a kill leaves, and that what was done is not done again", async () => {
  assert.deepEqual(await runLesson("11"), [
    "first life: took in four",
    "first life: did one",
    "first life: killed with two in hand",
    "first life ended by SIGKILL",
    "second life: 2 were left",
    "second life: did two, again?",
    "second life: did three, again?",
    "second life: 1 records left",
  ]);
});

Deno.test("lesson 14 streams the words of its own endpoint, and hangs up in the middle", async () => {
  assert.deepEqual(await runLesson("14"), [
    "model: You said: An agent is a name on the bus.",
    "user: enough after 3 pieces",
    "endpoint: the caller has hung up",
  ]);
});

/** The parts of a chat completion's request that the lesson has to get right. */
interface Asked {
  readonly path: string;
  readonly key: string | null;
  readonly model: string;
  readonly stream: boolean;
  readonly content: string;
}

Deno.test("lesson 14 asks any endpoint as OpenAI's is asked, and reads what is cut anywhere", async () => {
  const asked: Asked[] = [];
  const hungUp = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { model, stream, messages } = await request.json();
      asked.push({
        path: new URL(request.url).pathname,
        key: request.headers.get("authorization"),
        model,
        stream,
        content: messages[0].content,
      });
      return asked.length === 1 ? wholeAnswer() : endlessAnswer(hungUp.resolve);
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}/api/v1`;
  assert.deepEqual(await runLesson("14", base, "tiny"), [
    "model: grüße, 🚌",
    "user: enough after 3 pieces",
  ]);
  // What the reader does not want any more is not sent any more.
  await hungUp.promise;
  const [first, second] = asked;
  assert.deepEqual(first, {
    path: "/api/v1/chat/completions",
    key: "Bearer none",
    model: "tiny",
    stream: true,
    content: "An agent is a name on the bus.",
  });
  assert.match(second?.content ?? "", /^word word/);
});

Deno.test("lesson 14 fails with the status of an endpoint that refuses", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 429 }),
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-net", "--allow-env=OPENAI_API_KEY"],
      "examples/14_language_model.ts",
      `http://127.0.0.1:${server.addr.port}`,
    ],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdout: "null",
  }).output();
  assert.equal(code, 1);
  const said = new TextDecoder().decode(stderr);
  assert.match(said, /BusError: the endpoint says 429/);
});

Deno.test("lesson 15 serves the inspector in an app of its own, to who has the token", async () => {
  assert.deepEqual(await runLesson("15"), [
    "shop: one lamp less",
    "without the token: 401",
    "shop: 2 messages",
    "till asked stock: lamp",
  ]);
});

Deno.test("lesson 16 carries a request over TCP, and passes the suite of transports", async () => {
  const [address = "", reply] = await runLesson("16");
  assert.match(address, /^listening on tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(reply, "far: heard you");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-net=127.0.0.1", "examples/16_own_transport.ts"],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.ok(success, said);
  assert.match(said, /\| 28 passed \| 0 failed/);
});

/** Cut in the middle of a line and of a letter, with a comment, and pieces without words. */
function wholeAnswer(): Response {
  const events = [
    ": keep-alive\n\n",
    eventOf({ role: "assistant" }),
    eventOf({ content: "grüße, " }),
    eventOf({ content: "🚌" }),
    eventOf({}),
    "data: [DONE]\n\n",
  ];
  const bytes = new TextEncoder().encode(events.join(""));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) {
        controller.enqueue(bytes.slice(at, at + 7));
      }
      controller.close();
    },
  });
  return new Response(body);
}

function endlessAnswer(onHangUp: () => void): Response {
  const word = new TextEncoder().encode(eventOf({ content: "on and " }));
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(word),
    cancel: onHangUp,
  });
  return new Response(body);
}

function eventOf(delta: Record<string, string>): string {
  return `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`;
}

/** What the files of a new agent are made from. */
export interface AgentNames {
  /** On the bus. */
  readonly agent: string;
  /** Of its files, without their ends. */
  readonly file: string;
  /** Of the function that gives it its work. */
  readonly start: string;
}

/** The names that follow from an agent's own: `web/coder` is in `web_coder.ts`, and started by `startWebCoder`. */
export function namesOf(agent: string): AgentNames {
  const words = agent.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const capital = (word: string) =>
    word.slice(0, 1).toUpperCase() + word.slice(1);
  return {
    agent,
    file: words.map((word) => word.toLowerCase()).join("_"),
    start: `start${words.map(capital).join("")}`,
  };
}

/** The agent: what it does, apart from the bus that it does it on. */
export function agentText({ agent, file, start }: AgentNames): string {
  return `import { type Agent, connect } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

/** Gives the agent its work, on whatever bus it is. */
export async function ${start}(agent: Agent): Promise<void> {
  // Answers requests: what is returned is the reply.
  agent.respond<string, string>(({ payload }) => \`done: \${payload}\`);

  // Takes direct messages. Returning has the work done; throwing asks for
  // another attempt, and after five a dead letter is left.
  agent.receive<string>(async ({ payload, correlationId }) => {
    await agent.publish("${file}.done", payload, { correlationId });
  });

  // Follows a topic. Resolves once the bus will send what is published.
  await agent.subscribe("${file}.tell", ({ payload, sender }) => {
    console.log(\`\${sender} says\`, payload);
  });
}

if (import.meta.main) {
  const socket = Deno.args[0] ?? Deno.env.get("BUSBAR_SOCKET") ??
    "run/bus.sock";
  const agent = await connect(unixTransport(socket), { name: "${agent}" });
  await ${start}(agent);
  console.log(\`\${agent.name} is at work on \${socket}\`);

  // Ctrl-C lets what is in hand finish.
  const stop = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.resolve());
  }
  await stop.promise;
  await agent.drain();
}
`;
}

/** Its test: on a bus in memory, in the same process. */
export function testText({ agent, file, start }: AgentNames): string {
  return `import assert from "node:assert/strict";
import { MessageBus } from "@busbar/busbar";
import { ${start} } from "./${file}.ts";

Deno.test("${agent} answers requests", async () => {
  await using bus = new MessageBus();
  await ${start}(bus.agent("${agent}"));
  const reply = await bus.agent("tester").request("${agent}", "hello");
  assert.equal(reply.payload, "done: hello");
});

Deno.test("${agent} says when it has done what it was sent", async () => {
  await using bus = new MessageBus();
  await ${start}(bus.agent("${agent}"));
  const tester = bus.agent("tester");
  const done = Promise.withResolvers<unknown>();
  await tester.subscribe("${file}.done", ({ payload }) => {
    done.resolve(payload);
  });
  await tester.send("${agent}", "mod.ts", { requiresAck: true });
  assert.equal(await done.promise, "mod.ts");
});
`;
}

/** The settings of a folder that has none: where the bus is imported from. */
export function settingsText(
  { file }: AgentNames,
  imports: Readonly<Record<string, string>>,
): string {
  const tasks = { [file]: `deno run -A ${file}.ts`, test: "deno test -A" };
  return `${JSON.stringify({ tasks, imports }, null, 2)}\n`;
}

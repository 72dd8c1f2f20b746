/**
 * Lesson 14: a language-model agent.
 *
 * An agent in front of any endpoint that speaks OpenAI's chat completions: whoever
 * asks it gets the words as they come, and who stops reading stops the model. Run it
 * with `deno task example 14`, or with a model of yours, here one of Ollama's:
 * `deno task example 14 http://127.0.0.1:11434/v1 llama3.2`. The key, where one is
 * wanted, is in OPENAI_API_KEY. It needs `--allow-net --allow-env=OPENAI_API_KEY`.
 */
import { MessageBus } from "@busbar/busbar";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { serveStubModel } from "./stub_model.ts";

// Without a model at hand, one that says back what it was told.
await using stub = serveStubModel();
const [baseUrl = stub.baseUrl, model = "stub"] = Deno.args;
const key = Deno.env.get("OPENAI_API_KEY") ?? "none";

await using bus = new MessageBus();
const user = bus.agent("user");

// Two conversations at a time; the others wait in the agent's mailbox, by priority.
// The iterable is only asked for more as the reader reads, and so is the endpoint.
bus.agent("model").respond<string>(
  ({ payload }, { signal }) => complete(payload, signal),
  { concurrency: 2 },
);

const prompt = "An agent is a name on the bus.";
let answer = "";
for await (const words of user.stream<string>("model", prompt)) answer += words;
console.log("model:", answer.trim());

// Leaving the loop ends the generator, and with it the fetch: the endpoint sees its
// caller hang up, and no more tokens are paid for. The signal does the same for a
// model that has not said its first word yet.
let count = 0;
const tale = "word ".repeat(10_000);
for await (const _ of user.stream<string>("model", tale)) {
  if (++count === 3) break;
}
console.log(`user: enough after ${count} pieces`);
await bus.drain();

/** What the model says, in pieces as they come. */
async function* complete(
  content: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({
      model,
      stream: true,
      messages: [{ role: "user", content }],
    }),
    signal,
  });
  if (!response.ok || !response.body) {
    // What is thrown here reaches whoever asked, as a BusError of code "remote".
    throw new Error(`the endpoint says ${response.status}`);
  }
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) {
    if (data === "[DONE]") return;
    const words = JSON.parse(data).choices[0]?.delta?.content;
    if (words) yield words;
  }
}

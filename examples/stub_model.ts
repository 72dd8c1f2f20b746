/**
 * An endpoint with the interface of OpenAI's chat completions that needs no model: it
 * says the prompt back, word by word. For lesson 14 without a model at hand.
 */

/** An endpoint that listens on a free port of this machine. */
export interface StubModel extends AsyncDisposable {
  /** What a program takes for the base of the interface. */
  readonly baseUrl: string;
}

/** Listens until it is disposed of, which waits for the answers under way. */
export function serveStubModel(): StubModel {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/v1/chat/completions") {
        return new Response("not found", { status: 404 });
      }
      const { messages, stream } = await request.json();
      if (!stream) return new Response("stream only", { status: 400 });
      const words = `You said: ${messages.at(-1).content}`.split(" ");
      return answer(words);
    },
  );
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Server-sent events: a piece of the answer in each, and a last one that says so. */
function answer(words: string[]): Response {
  const body = new ReadableStream<string>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 2)); // thinks
      const word = words.shift();
      if (word === undefined) {
        controller.enqueue("data: [DONE]\n\n");
        return controller.close();
      }
      const choices = [{ delta: { content: `${word} ` } }];
      controller.enqueue(`data: ${JSON.stringify({ choices })}\n\n`);
    },
    cancel() {
      console.log("endpoint: the caller has hung up");
    },
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream" },
  });
}

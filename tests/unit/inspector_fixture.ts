import { createInspector, type Inspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";

/** A bus with somebody who listens, somebody who answers, and somebody who fails. */
export async function setup(options: { basePath?: string } = {}): Promise<
  AsyncDisposable & { bus: MessageBus; app: Inspector }
> {
  const bus = new MessageBus({ name: "test", delivery: { maxAttempts: 1 } });
  bus.agent("coder").receive(() => {});
  bus.agent("adder").respond<{ a: number; b: number }>(({ payload }) =>
    payload.a + payload.b
  );
  bus.agent("failer").receive(() => {
    throw new Error("no luck");
  });
  await bus.agent("watcher").subscribe("jobs.>", () => {});
  const app = createInspector(bus, { token: false, ...options });
  return { bus, app, [Symbol.asyncDispose]: () => bus.close() };
}

/** Calls a route, and reads its JSON. */
export async function call(
  app: Inspector,
  method: string,
  path: string,
  body?: unknown,
  // deno-lint-ignore no-explicit-any
): Promise<{ status: number; value: any }> {
  const response = await app.request(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined
      ? null
      : typeof body === "string"
      ? body
      : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    value: text === "" ? undefined : JSON.parse(text),
  };
}

import { join } from "node:path";
import { MessageBus } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { LIMITS, TOPICS } from "./work.ts";

/** Where the crew meets: a bus, its socket, and a folder that ends with it. */
export interface Hall extends AsyncDisposable {
  readonly bus: MessageBus;
  /** The crew's own temporary folder. */
  readonly home: string;
  /** The path of the socket. */
  readonly socket: string;
  /** A source text that is broken on purpose. */
  readonly broken: { path: string; file: string };
}

/** Opens a bus on a Unix socket, in a folder that nobody else may enter. */
export async function openHall(): Promise<Hall> {
  await using stack = new AsyncDisposableStack();
  const home = await Deno.makeTempDir({ prefix: "busbar-crew-" });
  stack.defer(() => Deno.remove(home, { recursive: true }));
  await Deno.chmod(home, 0o700);
  const bus = stack.use(
    new MessageBus({
      name: "crew",
      requestTimeoutMs: LIMITS.answerTimeoutMs,
    }),
  );
  addRules(bus);
  const socket = join(home, "bus.sock");
  stack.use(await bus.listen(unixTransport(socket)));
  const broken = await layOutBroken(home);
  const owned = stack.move();
  return {
    bus,
    home,
    socket,
    broken,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function addRules(bus: MessageBus): void {
  bus.router.addRule({
    id: "hot-files-first",
    priority: 80,
    match: { recipient: "analyst", topic: TOPICS.hotWork },
    action: { kind: "set-priority", priority: 80 },
  });
  bus.router.addRule({
    id: "severe-findings-to-the-editor",
    priority: 60,
    match: { type: "publish", topic: TOPICS.findings("severe") },
    action: { kind: "forward", recipient: "editor" },
  });
}

/**
 * Copies the broken text next to the socket, under a name that is parsed:
 * there a person can mend it without touching the project.
 */
async function layOutBroken(
  home: string,
): Promise<{ path: string; file: string }> {
  const text = await Deno.readTextFile(
    new URL("./fixtures/broken_source.txt", import.meta.url),
  );
  const file = join(home, "broken_on_purpose.ts");
  await Deno.writeTextFile(file, text);
  return { path: "crew/broken_on_purpose.ts", file };
}

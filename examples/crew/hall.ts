import { basename, dirname, join, resolve } from "node:path";
import { MessageBus } from "../../mod.ts";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import { unixTransport } from "../../transports/unix.ts";
import { LIMITS, TOPICS } from "./work.ts";

/** Where the crew meets: a bus, its socket, and a folder of its own. */
export interface Hall extends AsyncDisposable {
  readonly bus: MessageBus;
  /** The crew's own folder: a temporary one, or with a store the one beside it, which stays. */
  readonly home: string;
  /** The path of the socket. */
  readonly socket: string;
  /** A source text that is broken on purpose. */
  readonly broken: { path: string; file: string };
  /** What is the crew's own: paths that begin so. */
  readonly own: readonly string[];
}

/**
 * Opens a bus on a Unix socket, in a folder that nobody else may enter. With
 * the path of a store, what an earlier crew has left there is back.
 */
export async function openHall(path?: string): Promise<Hall> {
  await using stack = new AsyncDisposableStack();
  const temporary = await Deno.makeTempDir({ prefix: "busbar-crew-" });
  stack.defer(() => Deno.remove(temporary, { recursive: true }));
  const store = path === undefined ? undefined : await wholePath(path);
  const bus = stack.use(
    new MessageBus({
      name: "crew",
      requestTimeoutMs: LIMITS.answerTimeoutMs,
      store: store === undefined ? undefined : sqliteStore(store),
    }),
  );
  // From here on, nobody else has the folder beside the store.
  await bus.ready();
  const home = store === undefined ? temporary : await folderBeside(store);
  addRules(bus);
  const socket = join(temporary, "bus.sock");
  stack.use(await bus.listen(unixTransport(socket)));
  const broken = await layOutBroken(home);
  const owned = stack.move();
  return {
    ...{ bus, home, socket, broken },
    own: store === undefined ? [] : [store],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The path as others see it, wherever they stand and whatever links lead there. */
async function wholePath(path: string): Promise<string> {
  const whole = resolve(path);
  const folder = await Deno.realPath(dirname(whole)).catch(() => undefined);
  if (folder !== undefined) return join(folder, basename(whole));
  throw new TypeError(
    `Cannot keep work as the folder of its store must be there: "${path}"`,
  );
}

async function folderBeside(store: string): Promise<string> {
  const home = `${store}-crew`;
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  return home;
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
 * Copies the broken text into the crew's folder, under a name that is parsed:
 * there a person can mend it without touching the project. Where it lies
 * already it may have been mended, and stays as it is.
 */
async function layOutBroken(
  home: string,
): Promise<{ path: string; file: string }> {
  const broken = {
    path: "crew/broken_on_purpose.ts",
    file: join(home, "broken_on_purpose.ts"),
  };
  if (await isThere(broken.file)) return broken;
  const text = await Deno.readTextFile(
    new URL("./fixtures/broken_source.txt", import.meta.url),
  );
  // Whole or not at all, whenever the process ends.
  await Deno.writeTextFile(`${broken.file}.part`, text);
  await Deno.rename(`${broken.file}.part`, broken.file);
  return broken;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

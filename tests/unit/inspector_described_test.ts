import assert from "node:assert/strict";
import {
  BusError,
  type Clock,
  MessageBus,
  type Overflow,
  systemClock,
} from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { Dice } from "../support/dice.ts";
import { MortalStore } from "../support/durable_lives.ts";
import {
  type DescribedRoute,
  describedRoutes,
} from "./inspector_description.ts";
import { createInspector } from "./inspector_fixture.ts";
import { question } from "./inspector_questions.ts";

/** What is looked at of one path. */
interface Described {
  readonly get?: { readonly security?: readonly unknown[] };
}

const SEEDS = 60;
const ROUNDS = 30;
/** Asked at the same time. */
const AT_ONCE = 4;

/** The machine's, but nobody waits for long. */
const HASTY: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  schedule: (delayMs, callback) =>
    systemClock.schedule(Math.min(delayMs, 20), callback),
};

Deno.test("whatever is asked of whatever bus, /openapi.json describes the answer", async () => {
  const routes = await describedRoutes();
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await askAnything(new Dice(seed), routes, seen);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${cause}`, { cause });
    }
  }
  const succeeded = [...seen].filter((answer) => / 20\d$/.test(answer));
  const failed = seen.size - succeeded.length;
  assert.ok(succeeded.length > 25, `${succeeded.length} ways to succeed`);
  assert.ok(failed > 75, `${failed} ways to fail`);
});

Deno.test("whatever /openapi.json says opens a route opens it, and where it says nothing, nothing is needed", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: "t" });
  const site = "http://localhost:4400";
  const signedIn = await app.request(`${site}/?token=t`);
  const [cookie = ""] = signedIn.headers.getSetCookie()[0]?.split(";") ?? [];
  const headers = { authorization: "Bearer t" };
  const answer = await app.request(`${site}/openapi.json`, { headers });
  const { security, paths, components } = await answer.json();
  assert.deepEqual(security, [{ token: [] }, { session: [] }]);
  assert.deepEqual(components.securitySchemes.token, {
    ...components.securitySchemes.token,
    ...{ type: "http", scheme: "bearer" },
  });
  const { name, in: place } = components.securitySchemes.session;
  assert.deepEqual([place, cookie.split("=", 1)], ["cookie", [name]]);
  for (const [path, { get }] of Object.entries<Described>(paths)) {
    if (!get || path === "/api/events") continue;
    const isOpen = get.security?.length === 0;
    const address = `${site}${path.replaceAll(/\{\w+\}/g, "x")}`;
    const isRefused = async (headers: Record<string, string>) => {
      const { status, body } = await app.request(address, { headers });
      await body?.cancel();
      return status === 401;
    };
    assert.equal(await isRefused({}), !isOpen, path);
    assert.equal(await isRefused(headers), false, path);
    assert.equal(await isRefused({ cookie }), false, path);
  }
  const open = createInspector(bus, { token: false });
  const { security: none } = await (await open.request("/openapi.json")).json();
  assert.deepEqual(none, []);
});

Deno.test("every test of the inspector asks by the fixture, which knows what is described", async () => {
  const direct: string[] = [];
  for await (const { name } of Deno.readDir(import.meta.dirname ?? "")) {
    if (!/^inspector_.*_test\.ts$/.test(name)) continue;
    const text = await Deno.readTextFile(`${import.meta.dirname}/${name}`);
    const past = /\bcreateInspector\b[^;]*from "\.\.\/\.\.\/inspector\//;
    if (past.test(text)) direct.push(name);
  }
  assert.deepEqual(direct, []);
});

async function askAnything(
  dice: Dice,
  routes: readonly DescribedRoute[],
  seen: Set<string>,
): Promise<void> {
  const store = new MortalStore(memoryStore());
  await using bus = await someBus(dice, store);
  const app = createInspector(bus, {
    ...{ token: false, clock: HASTY, redactedFields: ["secret"] },
    readOnly: dice.chance(0.1),
  });
  for (let round = 0; round < ROUNDS; round++) {
    store.isFull = dice.chance(0.2);
    if (round > ROUNDS - 4 && dice.chance(0.2)) await bus.close();
    const ids = idsIn(bus);
    const asked = Array.from({ length: AT_ONCE }, async () => {
      const route = someRoute(dice, routes);
      const { path, init } = question(dice, route, ids);
      const response = await app.request(path, init);
      await response.body?.cancel();
      const label = `${route.method} ${path} ${init.body}`;
      assert.notEqual(response.status, 500, label);
      seen.add(`${route.method} ${route.path} ${response.status}`);
    });
    await Promise.all(asked);
  }
}

/** One with many answers rather than one with few. */
function someRoute(
  dice: Dice,
  routes: readonly DescribedRoute[],
): DescribedRoute {
  const drawn = [1, 2, 3].map(() => dice.pick(routes) as DescribedRoute);
  return drawn.reduce((a, b) => a.answers.size > b.answers.size ? a : b);
}

async function someBus(dice: Dice, store: MortalStore): Promise<MessageBus> {
  const overflow = dice.pick<Overflow>([
    ...["wait", "reject", "drop-oldest"] as const,
  ]);
  const bus = new MessageBus({
    maxMessageBytes: dice.pick([200, 100_000]),
    requestTimeoutMs: 5,
    backpressure: { maxPending: dice.pick([1, 4, 1_000]), timeoutMs: 1 },
    mailbox: { maxMessages: dice.pick([1, 1_000]), overflow },
    delivery: { maxAttempts: 1 },
    ...(dice.chance(0.3) ? { store } : {}),
  });
  await bus.ready();
  addAgents(bus);
  bus.router.registerHandler("passes", () => {});
  bus.router.registerHandler("throws", () => {
    throw new Error("no luck");
  });
  bus.router.addRule({ id: "r", priority: 1, match: { sender: "nobody" } });
  for (let n = 0; n < 5; n++) {
    await bus.send({
      ...{ type: "direct", sender: "a", recipient: "nobody", payload: n },
    }).catch(() => {});
  }
  return bus;
}

function addAgents(bus: MessageBus): void {
  bus.agent("coder").receive(() => {});
  bus.agent("adder").respond<{ a: number; b: number }>(({ payload }) =>
    payload.a + payload.b
  );
  bus.agent("failer").respond(() => {
    throw new Error("no luck");
  });
  bus.agent("refuser").respond(() => {
    throw new BusError("rejected", "no");
  });
  bus.agent("mute").respond(() => new Promise<never>(() => {}));
  bus.agent("away", { durable: true });
}

/** The ids of what is there. */
function idsIn(bus: MessageBus): string[] {
  return [
    ...[...bus.deadLetters].map(({ id }) => id).slice(-5),
    ...bus.history({ limit: 2 }).map(({ message }) => message.id),
    ...bus.requests.pending().map(({ requestId }) => requestId),
    ...bus.router.rules().map(({ id }) => id),
  ];
}

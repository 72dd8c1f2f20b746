import assert from "node:assert/strict";
import { EventHub } from "../../core/event_stream.ts";
import type { BusEvent } from "../../core/events.ts";
import { LIMITS } from "../../core/limits.ts";

function join(agent: string) {
  return { type: "agent_joined", agent, instances: 1 } as const;
}

/** What is left to read of an ended reader. */
async function collect(events: AsyncIterable<BusEvent>): Promise<string[]> {
  const agents: string[] = [];
  for await (const event of events) {
    if (event.type === "agent_joined") agents.push(event.agent);
  }
  return agents;
}

Deno.test("EventHub.emit() stamps an event and hands it to every reader, in order", async () => {
  let nowMs = 5;
  const hub = new EventHub(() => nowMs++);
  const one = hub.read()[Symbol.asyncIterator]();
  const other = hub.read();
  hub.emit(join("a"));
  hub.emit(join("b"));
  assert.deepEqual(await one.next(), {
    done: false,
    value: { ...join("a"), at: 5 },
  });
  hub.close();
  assert.deepEqual(await collect(other), ["a", "b"]);
});

Deno.test("EventHub.emit() does not ask for the time while nobody reads", () => {
  const hub = new EventHub(() => assert.fail("nobody reads"));
  assert.equal(hub.active, false);
  hub.emit(join("a"));
});

Deno.test("EventHub.read() wakes a reader that waits", async () => {
  const hub = new EventHub(() => 0);
  const reader = hub.read()[Symbol.asyncIterator]();
  const next = reader.next();
  hub.emit(join("a"));
  assert.equal((await next).value?.type, "agent_joined");
});

Deno.test("EventHub.read() takes a slow reader its oldest events, and counts them", async () => {
  const hub = new EventHub(() => 0);
  const slow = hub.read();
  const count = LIMITS.maxBufferedEvents + 3;
  for (let index = 0; index < count; index++) hub.emit(join(`a${index}`));
  assert.equal(hub.lost, 3);
  hub.close();
  const agents = await collect(slow);
  assert.equal(agents.length, LIMITS.maxBufferedEvents);
  assert.equal(agents[0], "a3");
  assert.equal(agents.at(-1), `a${count - 1}`);
});

Deno.test("EventHub.read() lets a slow reader take nothing from a quick one", async () => {
  const hub = new EventHub(() => 0);
  hub.read();
  const quick = hub.read()[Symbol.asyncIterator]();
  for (let index = 0; index < LIMITS.maxBufferedEvents + 2; index++) {
    hub.emit(join(`a${index}`));
    const { value } = await quick.next();
    assert.equal(value?.type === "agent_joined" && value.agent, `a${index}`);
  }
  assert.equal(hub.lost, 2);
});

Deno.test("EventHub.read() ends by its signal, by leaving the loop, and by close", async () => {
  const hub = new EventHub(() => 0);
  const abort = new AbortController();
  const aborted = collect(hub.read({ signal: abort.signal }));
  const left = hub.read()[Symbol.asyncIterator]();
  const closed = collect(hub.read());
  hub.emit(join("a"));
  abort.abort();
  await left.return?.();
  assert.deepEqual(await aborted, ["a"]);
  assert.equal((await left.next()).done, true);
  assert.equal(hub.active, true);
  hub.close();
  hub.close();
  assert.deepEqual(await closed, ["a"]);
  assert.equal(hub.active, false);
});

Deno.test("EventHub.read() ends at once after an abort or a close", async () => {
  const hub = new EventHub(() => 0);
  assert.deepEqual(
    await collect(hub.read({ signal: AbortSignal.abort() })),
    [],
  );
  assert.equal(hub.active, false);
  hub.close();
  assert.deepEqual(await collect(hub.read()), []);
});

Deno.test("EventHub.read() ends a reader that waits when it leaves", async () => {
  const hub = new EventHub(() => 0);
  const reader = hub.read()[Symbol.asyncIterator]();
  const next = reader.next();
  await reader.return?.();
  assert.equal((await next).done, true);
});

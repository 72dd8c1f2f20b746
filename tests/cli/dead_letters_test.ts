import assert from "node:assert/strict";
import { BusError } from "../../mod.ts";
import { Served } from "./support/served.ts";
import { run } from "./support/test_terminal.ts";

/** A bus with two dead letters: one that a handler refused, one for nobody. Oldest first. */
async function withLetters(served: Served): Promise<[string, string]> {
  const { bus } = served;
  const sender = bus.agent("sender");
  const coder = bus.agent("coder");
  const refusing = coder.receive(() => {
    throw new BusError("rejected", "cannot be parsed\x1b[2J");
  });
  const letters = async (count: number) => {
    for await (const { type } of events) {
      if (type === "dead_letter_added" && bus.deadLetters.size === count) break;
    }
  };
  let events = bus.events();
  const first = await sender.send("coder", { file: "broken.ts" }, {
    requiresAck: true,
    topic: "jobs",
  });
  await letters(1);
  events = bus.events();
  await refusing.close();
  const waiting = letters(2);
  const second = await sender.send("nobody", "x");
  await waiting;
  return [first, second];
}

Deno.test("busbar dlq list shows dead letters, filters them, and steers no terminal", async () => {
  await using served = await Served.start();
  const [first, second] = await withLetters(served);
  const { out } = await served.run(["dlq", "list"]);
  assert.match(out[1] ?? "", new RegExp(`${second}  no_recipient +sender`));
  assert.match(out[2] ?? "", new RegExp(`${first}  rejected +sender +coder`));
  assert.match(out[2] ?? "", /cannot be parsed\\u001b\[2J/);
  for (const filter of [["-r", "rejected"], ["-a", "coder"], ["-t", "jobs"]]) {
    const json = await served.run(["dlq", "list", "--json", ...filter]);
    assert.deepEqual(json.out.map((line) => JSON.parse(line).id), [first]);
  }
});

Deno.test("busbar dlq show prints one with its payload", async () => {
  await using served = await Served.start();
  const [first] = await withLetters(served);
  const { out } = await served.run(["dlq", "show", first]);
  assert.match(out.join("\n"), /^reason +rejected$/m);
  assert.match(out.join("\n"), /^payload +\{"file":"broken\.ts"\}$/m);
  const json = await served.run(["dlq", "show", first, "--json"]);
  assert.deepEqual(JSON.parse(json.out[0] ?? "").message.payload, {
    file: "broken.ts",
  });
});

Deno.test("busbar dlq replay sends again: by id, or all that match", async () => {
  await using served = await Served.start();
  const [first] = await withLetters(served);
  const got = Promise.withResolvers<unknown>();
  served.bus.agent("coder").receive(({ payload }) => got.resolve(payload));
  const { code, out } = await served.run(["dlq", "replay", first]);
  assert.equal(code, 0);
  assert.deepEqual(out, [`replayed ${first}`]);
  assert.deepEqual(await got.promise, { file: "broken.ts" });
  const other = Promise.withResolvers<unknown>();
  served.bus.agent("nobody").receive(({ payload }) => other.resolve(payload));
  const none = await served.run(["dlq", "replay", "--all", "-r", "expired"]);
  assert.deepEqual(none.out, ["replayed 0 dead letters"]);
  const all = await served.run(["dlq", "replay", "--all", "--json"]);
  assert.deepEqual(all.out, ['{"replayed":1}']);
  assert.equal(await other.promise, "x");
});

Deno.test("busbar dlq discard forgets: by id, or all that match if one means it", async () => {
  await using served = await Served.start();
  const [first] = await withLetters(served);
  const unmeant = await served.run(["dlq", "discard", "--all"]);
  assert.equal(unmeant.code, 2);
  assert.deepEqual(unmeant.notes, [
    "busbar: Cannot discard all that match as that cannot be taken back: add --yes if you mean it",
  ]);
  assert.equal(served.bus.deadLetters.size, 2);
  await served.run(["dlq", "discard", first]);
  assert.equal(served.bus.deadLetters.get(first), undefined);
  const all = await served.run([
    ...["dlq", "discard", "--all", "-r", "no_recipient", "--yes"],
  ]);
  assert.deepEqual(all.out, ["discarded 1 dead letter"]);
  assert.equal(served.bus.deadLetters.size, 0);
});

Deno.test("busbar dlq asks which letters are meant", async () => {
  const unclear = [[], ["--agent", "coder"], ["--all", "some-id"], [
    "some-id",
    "--topic",
    "jobs",
  ]];
  for (const args of unclear) {
    const { code, notes } = await run(["dlq", "replay", ...args]);
    assert.equal(code, 2);
    assert.deepEqual(notes, [
      'busbar: Cannot replay dead letters as they must be named: give their ids, or --all with what they have in common; "busbar dlq list" shows them',
    ]);
  }
});

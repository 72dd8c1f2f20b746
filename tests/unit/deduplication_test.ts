import assert from "node:assert/strict";
import { type Accepted, Decision, toPromise } from "../../bus/decision.ts";
import { Deduplication } from "../../bus/deduplication.ts";
import type { Envelope } from "../../bus/envelope.ts";
import { WholeEnvelope } from "../../bus/envelope.ts";
import { seededRandom, VirtualClock } from "../../testing/mod.ts";

const UUID = "01977421-3fd2-7308-b29c-32421b8c9fd3";

function received(id: string): Envelope {
  const head = {
    ...{ type: "direct" as const, id, sender: "boss", recipient: "worker" },
    ...{ topic: undefined, requestId: undefined, correlationId: undefined },
    ...{ priority: 50, timestamp: 0, ttlMs: undefined, requiresAck: true },
    headers: undefined,
  };
  const payload = { bytes: Uint8Array.of(0x30), binary: false };
  return WholeEnvelope.ofBytes(head, payload);
}

/** What repeats of one send come to that becomes, when it is first made, what `enter` says. */
function withSend(id: string, enter: () => Accepted | Decision) {
  const deduplication = new Deduplication(new VirtualClock(), seededRandom(1));
  let made = 0;
  return {
    submit: () =>
      deduplication.submitReceived(received(id), undefined, () => {
        made++;
        return enter();
      }),
    get made() {
      return made;
    },
  };
}

// Ids that are no UUIDs are remembered elsewhere.
for (const [what, id] of [["a UUID", UUID], ["no UUID", "Job-7"]] as const) {
  Deno.test(`Deduplication tells a send with ${what} that comes again what the first became, also while that is open`, async () => {
    const first = new Decision();
    const send = withSend(id, () => first);
    const told = [send.submit(), send.submit(), send.submit()];
    first.accept({ id: "m1" });
    told.push(send.submit());
    const ids = await Promise.all(told.map(toPromise));
    assert.deepEqual(ids.map(({ id }) => id), ["m1", "m1", "m1", "m1"]);
    assert.equal(send.made, 1);
  });

  Deno.test(`Deduplication tells a send with ${what} that comes again of the refusal, and does not make it again`, async () => {
    const error = new Error("no");
    const first = new Decision();
    const send = withSend(id, () => first);
    const told = [send.submit(), send.submit()];
    first.refuse(error);
    told.push(send.submit());
    for (const one of told) {
      await assert.rejects(async () => await toPromise(one), error);
    }
    await assert.rejects(async () => await toPromise(send.submit()), error);
    assert.equal(send.made, 1);
  });

  Deno.test(`Deduplication tells a send with ${what} that is refused at once the same each time`, async () => {
    const error = new Error("no");
    const send = withSend(id, () => {
      throw error;
    });
    assert.throws(() => send.submit(), error);
    await assert.rejects(async () => await toPromise(send.submit()), error);
    assert.equal(send.made, 1);
  });
}

Deno.test("Deduplication leaves no refusal unheard where who comes again has given up already", async () => {
  const first = new Decision();
  const deduplication = new Deduplication(new VirtualClock(), seededRandom(1));
  const submit = (signal?: AbortSignal) =>
    deduplication.submitReceived(
      received(UUID),
      signal && { signal },
      () => first,
    );
  submit();
  const reason = new Error("given up");
  assert.throws(() => submit(AbortSignal.abort(reason)), reason);
  first.refuse(new Error("no"));
  // Were this an unhandled rejection, it would end the test.
  await new Promise((resolve) => setTimeout(resolve));
});

import assert from "node:assert/strict";
import { RECORD_KINDS, type RecordKind } from "../storage/store.ts";
import { seededRandom } from "./seeded_random.ts";
import {
  anyChange,
  codeOf,
  equalBytes,
  type FreshStore,
  makeInModel,
  open,
  pattern,
  put,
  read,
  remove,
  reopen,
  type Row,
  rowsOf,
  update,
} from "./store_rows.ts";

const LARGE_BYTES = 10 * 1024 * 1024;
const MANY = 5_000;
const ROUNDS = 60;

/** What every store promises, by letters, number and words. */
export const STORE_RULES: Readonly<
  Record<string, (fresh: FreshStore) => Promise<void>>
> = {
  "ST01 a store begins empty": async ({ store }) => {
    assert.deepEqual(await open(store), []);
    assert.equal(store.size.records, 0);
  },

  "ST02 what was committed is read back": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([put("copy", 1, [1, 2, 3], [4])]);
    assert.deepEqual(await reopen(fresh), [["copy", 1, [1, 2, 3], [4]]]);
  },

  "ST03 the same object reads it too": async ({ store }) => {
    await open(store);
    await store.commit([put("copy", 1, [1], [2])]);
    await store.close();
    assert.deepEqual(await open(store), [["copy", 1, [1], [2]]]);
  },

  "ST04 records are read kind by kind": async (fresh) => {
    await open(fresh.store);
    const backwards = [...RECORD_KINDS].reverse();
    await fresh.store.commit(backwards.map((kind) => put(kind, 3, [1], [2])));
    const kinds = (await reopen(fresh)).map(([kind]) => kind);
    assert.deepEqual(kinds, RECORD_KINDS);
  },

  "ST05 records of a kind are read by key": async (fresh) => {
    await open(fresh.store);
    const keys = [
      Number.MAX_SAFE_INTEGER,
      2 ** 40,
      0,
      10,
      9,
      2 ** 32,
      2 ** 32 - 1,
      2 ** 31,
      1,
    ];
    await fresh.store.commit(
      keys.map((key, index) => put("message", key, [index], [])),
    );
    assert.deepEqual(
      await reopen(fresh),
      keys.map((key, index): Row => ["message", key, [index], []])
        .sort(([, one], [, other]) => one - other),
    );
  },

  "ST06 the largest keys are updated and removed as others are": async (
    fresh,
  ) => {
    await open(fresh.store);
    const [last, before] = [
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER - 1,
    ];
    await fresh.store.commit([
      put("copy", last, [1], [1]),
      put("copy", before, [2], [2]),
    ]);
    await fresh.store.commit([
      update("copy", before, [3]),
      remove("copy", last),
    ]);
    assert.deepEqual(await reopen(fresh), [["copy", before, [2], [3]]]);
  },

  "ST07 a key means another record in another kind": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([
      put("message", 7, [1], [1]),
      put("copy", 7, [2], [2]),
    ]);
    await fresh.store.commit([remove("message", 7), update("copy", 7, [3])]);
    assert.deepEqual(await reopen(fresh), [["copy", 7, [2], [3]]]);
  },

  "ST08 a put takes the place of the record before it": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([put("rule", 1, [1, 1, 1], [2])]);
    await fresh.store.commit([put("rule", 1, [3], [4, 4])]);
    assert.equal(fresh.store.size.records, 1);
    assert.deepEqual(await reopen(fresh), [["rule", 1, [3], [4, 4]]]);
  },

  "ST09 an update changes the state and keeps the body": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([put("copy", 1, [1], [2])]);
    await fresh.store.commit([update("copy", 1, [3, 3, 3])]);
    assert.deepEqual(await reopen(fresh), [["copy", 1, [1], [3, 3, 3]]]);
  },

  "ST10 an update of nothing makes nothing": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([update("copy", 1, [3])]);
    assert.equal(fresh.store.size.records, 0);
    assert.deepEqual(await reopen(fresh), []);
  },

  "ST11 a removed record is gone": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([
      put("copy", 1, [1], [1]),
      put("copy", 2, [2], [2]),
    ]);
    await fresh.store.commit([remove("copy", 1)]);
    assert.deepEqual(await reopen(fresh), [["copy", 2, [2], [2]]]);
  },

  "ST12 a removal of nothing does nothing": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([put("copy", 1, [1], [1])]);
    await fresh.store.commit([remove("copy", 2), remove("letter", 1)]);
    assert.equal(fresh.store.size.records, 1);
    assert.deepEqual(await reopen(fresh), [["copy", 1, [1], [1]]]);
  },

  "ST13 changes of one commit are made in their order": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([
      put("copy", 1, [1], [1]),
      update("copy", 1, [2]),
      put("copy", 2, [2], [2]),
      remove("copy", 2),
      update("copy", 2, [9]),
      remove("copy", 3),
      put("copy", 3, [3], [3]),
      put("copy", 4, [4], [4]),
      remove("copy", 4),
      put("copy", 4, [5], [5]),
      update("copy", 4, [6]),
    ]);
    assert.deepEqual(await reopen(fresh), [
      ["copy", 1, [1], [2]],
      ["copy", 3, [3], [3]],
      ["copy", 4, [5], [6]],
    ]);
  },

  "ST14 a long history leaves what it comes to": async (fresh) => {
    const random = seededRandom(14);
    const model = new Map<string, Row>();
    await open(fresh.store);
    for (let round = 0; round < ROUNDS; round++) {
      const changes = Array.from(
        { length: Math.floor(random.next() * 200) },
        () => anyChange(random),
      );
      await fresh.store.commit(changes);
      for (const change of changes) makeInModel(model, change);
      assert.equal(fresh.store.size.records, model.size);
    }
    assert.deepEqual(await reopen(fresh), rowsOf(model));
  },

  "ST15 bodies and states may be empty": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([
      put("copy", 1, [], []),
      put("copy", 2, [], [1]),
      put("copy", 3, [1], []),
    ]);
    await fresh.store.commit([update("copy", 2, [])]);
    assert.deepEqual(await reopen(fresh), [
      ["copy", 1, [], []],
      ["copy", 2, [], []],
      ["copy", 3, [1], []],
    ]);
  },

  "ST16 large bodies come back byte for byte": async (fresh) => {
    const body = pattern(LARGE_BYTES);
    const state = pattern(70_000);
    await open(fresh.store);
    const [kind, key] = ["message", 1] as const;
    await fresh.store.commit([
      put(kind, 0, [1], [2]),
      { type: "put", kind, key, body, state },
      put(kind, 2, [3], [4]),
    ]);
    await fresh.store.close();
    const records = await read(fresh.again());
    assert.deepEqual(records.map(({ key }) => key), [0, 1, 2]);
    const [, large] = records;
    assert.ok(large && equalBytes(large.body, body), "the body is the same");
    assert.ok(equalBytes(large.state, state), "the state is the same");
  },

  "ST17 thousands of changes are made in one commit": async (fresh) => {
    await open(fresh.store);
    const keys = Array.from({ length: MANY }, (_, key) => key);
    await fresh.store.commit(
      keys.map((key) => put("copy", key, [key & 255, key >>> 8], [1])),
    );
    assert.equal(fresh.store.size.records, MANY);
    await fresh.store.commit(keys.flatMap((key) => {
      if (key % 3 === 0) return [];
      return key % 3 === 1 ? [remove("copy", key)] : [update("copy", key, [2])];
    }));
    assert.deepEqual(
      await reopen(fresh),
      keys.filter((key) => key % 3 !== 1).map((key): Row => [
        "copy",
        key,
        [key & 255, key >>> 8],
        [key % 3 === 0 ? 1 : 2],
      ]),
    );
  },

  "ST18 a commit of nothing is a commit": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([]);
    assert.deepEqual(await reopen(fresh), []);
  },

  "ST19 urgent changes are made as others are": async (fresh) => {
    await open(fresh.store);
    await fresh.store.commit([put("copy", 1, [1], [1])], { urgent: true });
    await fresh.store.commit([put("copy", 2, [2], [2])]);
    await fresh.store.commit([remove("copy", 1)], { urgent: true });
    assert.deepEqual(await reopen(fresh), [["copy", 2, [2], [2]]]);
  },

  "ST20 the bytes of a committed change are its owner's again": async (
    fresh,
  ) => {
    const body = Uint8Array.of(1, 2, 3);
    const state = Uint8Array.of(4, 5);
    const [kind, key] = ["copy", 1] as const;
    await open(fresh.store);
    await fresh.store.commit([
      { type: "put", kind, key, body: body.subarray(1), state },
    ]);
    body.fill(0);
    state.fill(0);
    assert.deepEqual(await reopen(fresh), [["copy", 1, [2, 3], [4, 5]]]);
  },

  "ST21 what is done to the bytes that were read is not done to the store":
    async (fresh) => {
      await open(fresh.store);
      await fresh.store.commit([put("copy", 1, [1], [2])]);
      await fresh.store.close();
      const store = fresh.again();
      const [record] = await read(store);
      record?.body.fill(0);
      record?.state.fill(0);
      await store.close();
      assert.deepEqual(await open(fresh.again()), [["copy", 1, [1], [2]]]);
    },

  "ST22 a commit that holds an impossible key makes nothing": async (fresh) => {
    await open(fresh.store);
    for (const key of [-1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1]) {
      await assert.rejects(
        fresh.store.commit([
          put("copy", 1, [1], [1]),
          put("copy", key, [], []),
        ]),
        RangeError,
      );
      await assert.rejects(
        fresh.store.commit([put("copy", 1, [1], [1]), remove("copy", key)]),
        RangeError,
      );
    }
    assert.deepEqual(await reopen(fresh), []);
  },

  "ST23 a commit that holds an unknown kind makes nothing": async (fresh) => {
    await open(fresh.store);
    const unknown = put("parcel" as RecordKind, 1, [], []);
    await assert.rejects(
      fresh.store.commit([put("copy", 1, [1], [1]), unknown]),
      TypeError,
    );
    assert.deepEqual(await reopen(fresh), []);
  },

  'ST24 open() fails with "storage" while the store is open': async (fresh) => {
    await open(fresh.store);
    assert.equal(await codeOf(open(fresh.again())), "storage");
    await fresh.store.commit([put("copy", 1, [1], [1])]);
    assert.deepEqual(await reopen(fresh), [["copy", 1, [1], [1]]]);
  },

  'ST25 commit() fails with "storage" before open() and after close()': async (
    { store },
  ) => {
    const change = put("copy", 1, [1], [1]);
    assert.equal(await codeOf(store.commit([change])), "storage");
    await open(store);
    await store.close();
    assert.equal(await codeOf(store.commit([change])), "storage");
    assert.deepEqual(await open(store), []);
  },

  "ST26 close() is safe to call twice, at once and later": async (
    { store },
  ) => {
    await open(store);
    await Promise.all([store.close(), store.close()]);
    await store.close();
    assert.deepEqual(await open(store), []);
  },

  "ST27 close() is safe to call before open()": async ({ store }) => {
    await store.close();
    assert.deepEqual(await open(store), []);
  },

  "ST28 disposing of a store closes it": async (fresh) => {
    {
      await using store = fresh.store;
      await open(store);
      await store.commit([put("copy", 1, [1], [1])]);
    }
    assert.deepEqual(await open(fresh.again()), [["copy", 1, [1], [1]]]);
  },

  "ST29 whoever leaves the reading early has not opened the store": async (
    fresh,
  ) => {
    await open(fresh.store);
    await fresh.store.commit([put("rule", 1, [1], []), put("copy", 1, [], [])]);
    await fresh.store.close();
    const store = fresh.again();
    for await (const _ of store.open()) break;
    const change = put("copy", 2, [], []);
    assert.equal(await codeOf(store.commit([change])), "storage");
    assert.equal((await open(fresh.again())).length, 2);
  },

  "ST30 size counts records, and bytes while they are kept": async (
    { store },
  ) => {
    await open(store);
    const before = store.size.bytes;
    const [kind, key, state] = ["copy", 1, new Uint8Array()] as const;
    const body = pattern(1_000_000);
    await store.commit([{ type: "put", kind, key, body, state }]);
    assert.equal(store.size.records, 1);
    assert.ok(store.size.bytes >= before + body.length, "a body takes room");
    await store.commit([remove(kind, key)]);
    assert.equal(store.size.records, 0);
  },

  "ST31 the size of a store that is read again is what it was": async (
    fresh,
  ) => {
    await open(fresh.store);
    await fresh.store.commit([put("rule", 1, [1], []), put("copy", 1, [], [])]);
    await fresh.store.close();
    const store = fresh.again();
    await open(store);
    assert.equal(store.size.records, 2);
  },

  "ST32 its name tells a person what it is": ({ store }) => {
    assert.match(store.name, /\S/);
    return Promise.resolve();
  },
};

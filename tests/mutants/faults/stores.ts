import type { Fault } from "../fault.ts";

const DURABLE_BUS = "tests/unit/durable_bus_test.ts";
const DURABLE_EARLY = "tests/unit/durable_bus_early_test.ts";
const DURABLE_LIFE = "tests/unit/durable_bus_life_test.ts";
const DURABLE_LETTERS = "tests/unit/durable_bus_letters_test.ts";
const JOURNAL = "tests/unit/journal_test.ts";
const NURSERY = "tests/storage/nursery_test.ts";

/** Faults of what outlives the process. */
export const STORE_FAULTS: readonly Fault[] = [
  {
    name: "ack-counts-before-it-is-kept",
    law: "K3",
    says: "An acknowledgement counts before it is in the store.",
    file: "bus/endings.ts",
    text: "return keeper?.finish(copy, copy.kept, this);",
    replacement:
      "keeper?.finish(copy, copy.kept, { finished: () => {} }); return this.finished(copy);",
    tests: [{
      file: DURABLE_BUS,
      name:
        "K3 an acknowledgement counts when it is kept, and what was acknowledged never comes again",
    }],
    laws: ["K3", "S2", "conservation"],
  },
  {
    name: "ack-forgotten-by-the-store",
    law: "K3",
    says: "What is acknowledged stays in the store.",
    file: "bus/durable/copy_end.ts",
    text: "[this] : [this, ...more]",
    replacement: "[] : more",
    tests: [{
      file: DURABLE_BUS,
      name:
        "K3 an acknowledgement counts when it is kept, and what was acknowledged never comes again",
    }],
    laws: ["K3", "S2"],
  },
  {
    name: "letter-without-its-end",
    law: "Q2",
    says:
      "A copy becomes a dead letter in the store, and stays in its mailbox there.",
    file: "bus/durable/keeper.ts",
    text: "[...this.#endOf(kept), this.#putLetter(letter)]",
    replacement: "[this.#putLetter(letter)]",
    tests: [{
      file: DURABLE_BUS,
      name:
        "Q2 a message leaves its queue and enters the dead letters in one batch, and is there after a kill, to be replayed",
    }],
    laws: ["Q2", "conservation"],
  },
  {
    name: "letter-behind-its-message",
    law: "Q2",
    says:
      "A message to nobody is accepted, and its dead letter is kept a while later.",
    file: "bus/durable/keeper.ts",
    text:
      "for (const one of letters ?? []) changes.push(this.#putLetter(one));",
    replacement: "void letters;",
    tests: [{
      file: DURABLE_LIFE,
      name:
        "Q2 a message and the dead letters of recipients who are not there are kept by one commit",
    }],
    laws: ["S1", "Q2"],
  },
  {
    name: "attempts-begin-anew",
    law: "S3",
    says: "After a restart nobody knows how often a copy has failed.",
    file: "bus/durable/recovery.ts",
    text: "failures: state.failures,",
    replacement: "failures: 0,",
    tests: [{
      file: DURABLE_BUS,
      name:
        "S3 attempts stand after a kill, and the last failure makes a dead letter",
    }],
    laws: ["S3", "Q6"],
  },
  {
    name: "whole-time-to-live-again",
    law: "T5",
    says: "A restart gives every message its whole time to live again.",
    file: "bus/durable/recovery.ts",
    text: "monotonic + Math.max(0, ttlMs - elapsedMs)",
    replacement: "monotonic + ttlMs",
    tests: [{
      file: DURABLE_LIFE,
      name:
        "T5 a time to live goes on while nobody runs the bus, and a wall clock set back gives nothing back",
    }],
    laws: ["T5", "T2"],
  },
  {
    name: "replay-has-its-first-time",
    law: "T5",
    says: "What was replayed before a restart is as old as it was at first.",
    file: "bus/durable/recovery.ts",
    text: "(state.acceptedAt || timestamp)",
    replacement: "timestamp",
    tests: [{
      file: DURABLE_LETTERS,
      name:
        "T5 what is replayed has its whole time to live again, also after a restart",
    }],
    laws: ["T5", "T2", "P2"],
  },
  {
    name: "sends-forgotten-by-a-restart",
    law: "S3",
    says: "A send that is made again after a restart is another one.",
    file: "bus/durable/sends_log.ts",
    text: "if (leftMs > 0) to.restore(key, id, leftMs);",
    replacement: "",
    tests: [{
      file: DURABLE_BUS,
      name:
        "S3 a send that is repeated after a kill adds nothing, and is told the first id",
    }],
    laws: ["S3", "S2"],
  },
  {
    name: "sends-aged-by-the-wall-clock",
    law: "S3",
    says: "Which sends were made is forgotten when the wall clock jumps.",
    file: "bus/durable/sends_log.ts",
    text: "const nowMs = this.#clock.monotonic();",
    replacement:
      "const nowMs = this.#clock.monotonic() + Math.max(0, this.#clock.now() - 1_750_050_000_000);",
    tests: [{
      file: DURABLE_LIFE,
      name:
        "S3 which sends were made is remembered though the wall clock jumps by a day",
    }],
    laws: [],
  },
  {
    name: "mailbox-gone-before-its-copies",
    law: "Q4",
    says:
      "The record of a mailbox goes while somebody has a copy of it in hand.",
    file: "bus/durable/kept_mailboxes.ts",
    text: `      kept.open === 0
        ?`,
    replacement: `      kept.open >= 0
        ?`,
    tests: [{
      file: DURABLE_LIFE,
      name:
        "Q4 what a subscription that has ended had in hand is its dead letter after a kill, and nobody's else",
    }],
    laws: ["S1", "Q2", "S2"],
  },
  {
    name: "letters-after-copies",
    law: "Q1",
    says:
      "A letter that is brought back takes the place of one that is just made.",
    file: "bus/durable/recovery.ts",
    text:
      `    for (const letter of this.#letters) this.#attempt(letter, this.#letter);
    for (const copy of this.#copies) this.#restore(copy);
`,
    replacement: `    for (const copy of this.#copies) this.#restore(copy);
    for (const letter of this.#letters) this.#attempt(letter, this.#letter);
`,
    tests: [{
      file: DURABLE_LETTERS,
      name:
        "Q1 two copies of a message have a letter each, also where one fails as the bus is started again",
    }],
    laws: ["Q1", "S1"],
  },
  {
    name: "acks-lost-to-a-broken-store",
    law: "K3",
    says:
      "What the store could not keep of an acknowledgement is not tried again.",
    file: "bus/durable/journal.ts",
    text: "this.#gathered = [...rest, ...this.#gathered];",
    replacement: "",
    tests: [{
      file: DURABLE_LIFE,
      name:
        "an acknowledgement that a broken store could not keep is tried until it is kept",
    }],
    laws: ["L1", "B7", "K3"],
  },
  {
    name: "waits-for-a-closed-store",
    law: "L4",
    says: "Whoever waits for the store when the bus closes waits for ever.",
    file: "bus/durable/journal.ts",
    text:
      "for (const entry of this.#gathered.splice(0)) entry.done?.(closed());",
    replacement: "",
    tests: [{
      file: DURABLE_LIFE,
      name:
        "L4 a bus that closes on a broken store ends, and so does everybody who waits",
    }],
    laws: [],
  },
  {
    name: "lazy-entries-forgotten",
    law: "S3",
    says:
      "That a copy was handed out is written with the next commit, or never.",
    file: "bus/durable/journal.ts",
    text: "this.#lazy.push(entry);\n    this.#commitLater();",
    replacement: "this.#lazy.push(entry);",
    tests: [{
      file: JOURNAL,
      name:
        "Journal makes what nobody waits for a moment later, also what came during a commit",
    }],
    laws: [],
  },
  {
    name: "failure-put-off",
    law: "S3",
    says:
      "A failure is written a while later where its copy is handed out again at once.",
    file: "bus/durable/keeper.ts",
    text: "update.isLazy = !this.#supersede(kept) && mayWait;",
    replacement: "this.#supersede(kept);\n    update.isLazy = mayWait;",
    tests: [{
      file: DURABLE_BUS,
      name: "S3 a failure is kept though its copy is handed out again at once",
    }],
    laws: ["S3"],
  },
  {
    name: "early-send-made-again",
    law: "S3",
    says:
      "A send that is repeated before the store is read is a message of its own.",
    file: "bus/entrance.ts",
    text:
      "if (ticket !== NEWCOMER && this.#isMadeAgain(entrant)) return undefined;",
    replacement: "",
    tests: [{
      file: DURABLE_EARLY,
      name:
        "S3 a send that is repeated before the store is read adds nothing, and keeps its place",
    }],
    laws: ["S3"],
  },
  {
    name: "early-removal-forgotten",
    law: "P4",
    says:
      "A rule that is removed while the store is being read is there again after a restart.",
    file: "bus/durable/kept_rules.ts",
    text: "new Set([...there, ...this.#keys.keys()])",
    replacement: "there",
    tests: [{
      file: DURABLE_EARLY,
      name: "a rule that is removed as the store is read does not come back",
    }],
    laws: ["P4"],
  },
  {
    name: "young-record-forgotten",
    law: "S1",
    says: "A message that waits for long is lost from the store.",
    file: "storage/sqlite_writer.ts",
    text: "this.#tables.get(kind)?.adopt(records);",
    replacement: "",
    tests: [{
      file: NURSERY,
      name: "a record that stays leaves for its table, as it is by then",
    }],
    laws: [],
  },
  {
    name: "young-record-comes-back",
    law: "K3",
    says: "What is acknowledged soon is in the store again after a restart.",
    file: "storage/nursery.ts",
    text: "this.#writer.remove(kind, ended);",
    replacement: "",
    tests: [{
      file: NURSERY,
      name: "what ended in the nursery leaves no trace in the file",
    }],
    laws: [],
  },
];

import type { Fault } from "../fault.ts";

const DEAD_LETTER_QUEUE = "tests/unit/dead_letter_queue_test.ts";
const MESSAGE_BUS_DEAD_LETTERS = "tests/unit/message_bus_dead_letters_test.ts";
const MESSAGE_BUS_DELIVERIES = "tests/unit/message_bus_deliveries_test.ts";
const MESSAGE_BUS_STATISTICS = "tests/unit/message_bus_statistics_test.ts";

/** Faults of dead letters and of what is counted. */
export const LETTER_FAULTS: readonly Fault[] = [
  {
    name: "eviction-uncounted",
    law: "Q3",
    says: "A letter that is pushed out by another is not counted.",
    file: "dlq/dead_letter_queue.ts",
    text: `this.#evicted++;
`,
    replacement: "",
    tests: [{
      file: DEAD_LETTER_QUEUE,
      name:
        "LetterQueue.add() pushes out the oldest when it is full, and counts it",
    }],
    laws: ["Q3"],
  },
  {
    name: "eviction-untold",
    law: "Q3",
    says: "Nobody is told of a letter that is pushed out.",
    file: "dlq/dead_letter_queue.ts",
    text: "this.#options.onRemoved?.(stored, cause);",
    replacement:
      `if (cause !== "evicted") this.#options.onRemoved?.(stored, cause);`,
    tests: [{
      file: MESSAGE_BUS_DEAD_LETTERS,
      name:
        "MessageBus.deadLetters pushes out the oldest, counts it, and tells of it",
    }],
    laws: ["Q3"],
  },
  {
    name: "overflow-without-a-letter",
    law: "Q1",
    says: "What a full mailbox drops leaves no letter.",
    file: "bus/endings.ts",
    text: "    office.file(init);",
    replacement: `    if (reason !== "overflow") office.file(init);`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name: "MessageBus does with a full mailbox what its policy says",
    }],
    laws: ["Q1", "conservation"],
  },
  {
    name: "replayed-letter-stays",
    law: "Q5",
    says: "A letter that was replayed can be replayed again.",
    file: "dlq/dead_letter_queue.ts",
    text: "this.#letters.delete(id);",
    replacement: `if (cause !== "replayed") this.#letters.delete(id);`,
    tests: [{
      file: DEAD_LETTER_QUEUE,
      name:
        "LetterQueue.replay() forgets the letter the moment its message is taken, not when that is told",
    }],
    laws: ["Q5", "Q4", "X1"],
  },
  {
    name: "redelivery-uncounted",
    law: "X1",
    says: "What is handed out again is not counted.",
    file: "bus/deliveries.ts",
    text: "} else counters.redelivered++;",
    replacement: "}",
    tests: [{
      file: MESSAGE_BUS_STATISTICS,
      name:
        "MessageBus.stats() counts each hand-out after the first as redelivered",
    }],
    laws: ["X1"],
  },
  {
    name: "refusal-uncounted",
    law: "X1",
    says: "A send that is refused is not counted.",
    file: "bus/intake.ts",
    text: "refused: () => void counters.refused++",
    replacement: "refused: () => {}",
    tests: [{
      file: MESSAGE_BUS_STATISTICS,
      name: "X1 MessageBus.stats() counts a send that is refused after a wait",
    }],
    laws: ["X1"],
  },
];

import type { Fault } from "../fault.ts";

const AGENTS_LOCAL = "tests/conformance/agents_local_test.ts";
const MESSAGE_BUS_DELIVERIES = "tests/unit/message_bus_deliveries_test.ts";
const MESSAGE_BUS_LEASES = "tests/unit/message_bus_leases_test.ts";

/** Faults of copies: how many there are, and how often each is handed out. */
export const COPY_FAULTS: readonly Fault[] = [
  {
    name: "attempt-not-raised",
    law: "S3",
    says: "A copy that is handed out again is on its first attempt still.",
    file: "bus/deliveries.ts",
    text: `copy.attempts++;
`,
    replacement: `if (copy.attempts === 0) copy.attempts++;
`,
    tests: [{
      file: AGENTS_LOCAL,
      name:
        "bus.agent(): S3 a lease that ends redelivers, and tells who had it",
    }],
    laws: ["S3"],
  },
  {
    name: "retry-without-cap",
    law: "S3",
    says: "A copy that fails is tried again for ever.",
    file: "bus/deliveries.ts",
    text: "copy.failures >= (spec.maxAttempts ?? this.#options.maxAttempts);",
    replacement:
      "copy.failures >= Infinity * (spec.maxAttempts ?? this.#options.maxAttempts);",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "S3 a poison message gets maxAttempts starts, those of lease ends among them",
    }],
    laws: ["S3", "Q6"],
  },
  {
    name: "one-attempt-too-many",
    law: "Q6",
    says: "A copy that fails is tried once more than it may be.",
    file: "bus/deliveries.ts",
    text: "copy.failures >= (spec.maxAttempts ?? this.#options.maxAttempts);",
    replacement:
      "copy.failures > (spec.maxAttempts ?? this.#options.maxAttempts);",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "S3 a poison message gets maxAttempts starts, those of lease ends among them",
    }],
    laws: ["Q6"],
  },
  {
    name: "at-most-once-tried-again",
    law: "S4",
    says: "An at-most-once copy whose handler failed is handed out again.",
    file: "bus/deliveries.ts",
    text:
      "const isLast = !copy.envelope.head.requiresAck || giveUp === true ||",
    replacement: "const isLast = giveUp === true ||",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "S4 an at-most-once message is started once, however its handler ends",
    }],
    laws: ["S4"],
  },
  {
    name: "at-most-once-given-back",
    law: "S4",
    says: "An at-most-once copy whose consumer left is handed out again.",
    file: "bus/deliveries.ts",
    text: `if (!copy.envelope.head.requiresAck) {
      return this.#endings.undeliverable(copy);
    }
`,
    replacement: "",
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name:
        "S4 an at-most-once message whose consumer leaves is dropped, not handed out again",
    }],
    laws: ["S4"],
  },
  {
    name: "dedupe-key-forgotten",
    law: "S3",
    says: "A send that is accepted at once is not remembered by its key.",
    file: "bus/named_sends.ts",
    text: "this.remember(key, id, isSame);",
    replacement: `if (typeof id !== "string") this.remember(key, id, isSame);`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "S3 a second send with the same deduplicationId adds nothing, and resolves to the first id",
    }],
    laws: ["S3", "S2"],
  },
  {
    name: "copy-in-two-hands",
    law: "S6",
    says: "A copy that comes back is put into its mailbox twice.",
    file: "bus/deliveries.ts",
    text: "if (delayMs <= 0) mailbox.put(copy);",
    replacement: `if (delayMs <= 0) mailbox.put(copy);
    if (delayMs <= 0) mailbox.put(copy);`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "Delivery.nack() comes again after its delay, with the next attempt",
    }],
    laws: ["S6", "conservation"],
  },
];

import type { Fault } from "../fault.ts";

const MESSAGE_BUS_LEASES = "tests/unit/message_bus_leases_test.ts";
const PRIORITY_QUEUE = "tests/unit/priority_queue_test.ts";
const MESSAGE_BUS_TIME = "tests/unit/message_bus_time_test.ts";
const MESSAGE_BUS_DELIVERIES = "tests/unit/message_bus_deliveries_test.ts";

/** Faults of order and of priorities. */
export const ORDER_FAULTS: readonly Fault[] = [
  {
    name: "redelivery-loses-priority",
    law: "P1",
    says: "A copy that comes back has the lowest priority.",
    file: "bus/deliveries.ts",
    text: "if (delayMs <= 0) mailbox.put(copy);",
    replacement: `Object.assign(copy, { priority: 0 });
    if (delayMs <= 0) mailbox.put(copy);`,
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name:
        "P1 Delivery.nack() brings a message back with its priority and its place",
    }],
    laws: ["P1"],
  },
  {
    name: "requeue-breaks-order",
    law: "P1",
    says: "A copy that comes back goes behind all others.",
    file: "core/seq_deque.ts",
    text: `item.seq >= this.#seqAt(this.#used - 1)
      ? this.#used`,
    replacement: `item.seq >= 0
      ? this.#used`,
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name:
        "P1 Delivery.nack() brings a message back with its priority and its place",
    }, {
      file: PRIORITY_QUEUE,
      name: "PriorityQueue.push() puts a redelivered item in its old place",
    }],
    laws: ["P1"],
  },
  {
    name: "ageing-missing",
    law: "P2",
    says: "Priorities do not rise with age.",
    file: "core/priority_queue.ts",
    text: "item.priority + Math.floor(ageMs / this.#agingStepMs);",
    replacement:
      "item.priority + Math.floor(Math.min(0, ageMs) / this.#agingStepMs);",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "P2 MessageBus starts priority 0 before anything accepted 100 steps later",
    }],
    laws: ["P2", "P1"],
  },
  {
    name: "ageing-from-zero",
    law: "P2",
    says: "Priorities rise one step too late.",
    file: "core/priority_queue.ts",
    text: "Math.floor(ageMs / this.#agingStepMs);",
    replacement: "Math.max(0, Math.floor(ageMs / this.#agingStepMs) - 1);",
    tests: [{
      file: PRIORITY_QUEUE,
      name: "PriorityQueue.pop() raises a priority by one per full step of age",
    }],
    laws: ["P2", "P1"],
  },
  {
    name: "ties-by-chance",
    law: "P1",
    says: "Among copies of the same urgency the younger goes first.",
    file: "core/priority_queue.ts",
    text: "(priority === bestPriority && first.seq < bestSeq);",
    replacement: "(priority === bestPriority && first.seq > bestSeq);",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "P1 MessageBus hands out by effective priority, then by accept order",
    }],
    laws: ["P1"],
  },
  {
    name: "one-lane-backwards",
    law: "O1",
    says:
      "Every seventh message goes before those that were accepted just before it.",
    file: "bus/acceptance.ts",
    text: `const seq = ++this.#seq;
    let place`,
    replacement: `const seq = ++this.#seq % 7 === 0 ? this.#seq - 2 : this.#seq;
    let place`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name: "O1 a sender's messages start in the order they were accepted",
    }],
    laws: ["O1", "P2", "P1", "O5"],
  },
  {
    name: "unfair-turns",
    law: "S6",
    says: "Of several idle consumers always the first is chosen.",
    file: "bus/mailbox.ts",
    text: "const index = (this.#turn + offset) % all.length;",
    replacement: "const index = offset % all.length;",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name: "S6 instances of one name share its messages, evenly",
    }],
    laws: ["S6"],
  },
];

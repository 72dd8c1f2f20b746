import type { Fault } from "../fault.ts";

const MESSAGE_BUS_TIME = "tests/unit/message_bus_time_test.ts";
const MESSAGE_BUS_LEASES = "tests/unit/message_bus_leases_test.ts";

/** Faults of times to live. */
export const TIME_FAULTS: readonly Fault[] = [
  {
    name: "deadline-off-by-one",
    law: "T1",
    says:
      "A copy is handed out in the very millisecond in which its time has ended.",
    file: "bus/copy.ts",
    text: "nowMs >= expiresAt;",
    replacement: "nowMs > expiresAt;",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "T1 MessageBus does not start again what is given back when its time ends",
    }],
    laws: ["T1", "T2"],
  },
  {
    name: "expiry-off-by-one",
    law: "T2",
    says: "A copy expires a millisecond before its time.",
    file: "bus/deliveries.ts",
    text: "deadlines.add(expiresAt, ",
    replacement: "deadlines.add(expiresAt - 1, ",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "T2 MessageBus dead-letters what expires when it does, though nobody looks",
    }],
    laws: ["T2", "T5"],
  },
  {
    name: "ttl-by-wall-clock",
    law: "T5",
    says:
      "Whether the time of a copy has ended is asked of the wall clock, which jumps.",
    file: "bus/deliveries.ts",
    text: `if (copy.isExpired(nowMs)) {
      this.#endings.expire(copy);`,
    replacement: `const { ttlMs = Infinity, timestamp } = copy.envelope.head;
    if (clock.now() >= timestamp + ttlMs) {
      this.#endings.expire(copy);`,
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name:
        "T5 MessageBus hands out what has time left, and nothing else, wherever the wall clock jumps",
    }],
    laws: ["T5", "T2"],
  },
  {
    name: "expiry-waits-for-a-poll",
    law: "T2",
    says: "A copy expires when somebody looks at it, and not by itself.",
    file: "bus/deliveries.ts",
    text: "if (expiresAt === undefined) return;",
    replacement: "if (expiresAt === undefined || expiresAt > 0) return;",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "T2 MessageBus dead-letters what expires when it does, though nobody looks",
    }],
    laws: ["T2", "T5"],
  },
  {
    name: "retried-after-its-time",
    law: "T3",
    says: "What fails after its time has ended waits for another attempt.",
    file: "bus/deliveries.ts",
    text: `if (copy.isExpired(nowMs)) return this.#endings.expire(copy);
`,
    replacement: "",
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "T3 MessageBus lets a lease outlive the time to live, and does not retry after it",
    }],
    laws: ["T3"],
  },
  {
    name: "lease-ended-by-expiry",
    law: "T3",
    says: "Whoever has a copy in hand as its time ends loses it.",
    file: "bus/deliveries.ts",
    text: `if (copy.state === "leased") return;
`,
    replacement:
      `if (copy.lease) this.#close(copy.lease, "lease_ended", "expired");
`,
    tests: [{
      file: MESSAGE_BUS_TIME,
      name:
        "T3 MessageBus lets a lease outlive the time to live, and does not retry after it",
    }],
    laws: ["T3", "K5"],
  },
];

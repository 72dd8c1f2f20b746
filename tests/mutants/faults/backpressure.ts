import type { Fault } from "../fault.ts";

const MESSAGE_BUS_DELIVERIES = "tests/unit/message_bus_deliveries_test.ts";
const AGENTS_LOCAL = "tests/conformance/agents_local_test.ts";
const MESSAGE_BUS_ROOM = "tests/unit/message_bus_room_test.ts";
const BACKPRESSURE = "tests/unit/backpressure_test.ts";
const GATE = "tests/unit/gate_test.ts";

/** Faults of room: what is taken and not given back, and who waits for it. */
export const BACKPRESSURE_FAULTS: readonly Fault[] = [
  {
    name: "double-release-on-timeout",
    law: "B1",
    says:
      "A lease that ends by its time gives the room of its copy back, and the copy gives it back again when it ends.",
    file: "bus/deliveries.ts",
    text: `this.#close(lease, "lease_ended", reason);`,
    replacement: `this.#close(lease, "lease_ended", reason);
    this.#options.backpressure.release(1, lease.copy.envelope.bytes);`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "K1 Delivery.ack() of a lease that has ended changes nothing, and is counted",
    }],
    laws: ["B1", "conservation"],
  },
  {
    name: "no-release-on-throw",
    law: "B1",
    says: "A copy whose handler threw keeps its room for ever.",
    file: "bus/endings.ts",
    text: `this.#options.backpressure.release(1, copy.envelope.bytes);
  }

  /** It ends here`,
    replacement:
      `if (copy.failures === 0) this.#options.backpressure.release(1, copy.envelope.bytes);
  }

  /** It ends here`,
    tests: [{
      file: AGENTS_LOCAL,
      name:
        "bus.agent(): X1 B7 everything that was counted adds up when all is done",
    }],
    laws: ["B1", "conservation"],
  },
  {
    name: "bytes-kept-on-expiry",
    law: "B7",
    says: "A copy that expires gives back its place, and not its bytes.",
    file: "bus/endings.ts",
    text: `this.#options.backpressure.release(1, copy.envelope.bytes);
  }

  /** It ends here`,
    replacement:
      `this.#options.backpressure.release(1, outcome === "expired" ? 0 : copy.envelope.bytes);
  }

  /** It ends here`,
    tests: [{
      file: MESSAGE_BUS_ROOM,
      name:
        "B7 MessageBus gives back the bytes of what expires, as of all else",
    }],
    laws: ["B7", "conservation"],
  },
  {
    name: "lost-wake-up",
    law: "B3",
    says:
      "A line that is woken while another is about to be looked at is forgotten.",
    file: "bus/gate.ts",
    text: `this.#woken.add(line);
    if (this.#scheduled) return;`,
    replacement: `if (this.#scheduled) return;
    this.#woken.add(line);`,
    tests: [{
      file: MESSAGE_BUS_ROOM,
      name:
        "B3 MessageBus lets the senders in of two mailboxes that empty at once",
    }],
    laws: ["B3", "L1"],
  },
  {
    name: "lone-waiter-not-woken",
    law: "B3",
    says: "Room that comes free wakes nobody while only one sender waits.",
    file: "bus/backpressure.ts",
    text: "this.#waiting > 0 || this.announced || this.draining;",
    replacement: "this.#waiting > 1 || this.announced || this.draining;",
    tests: [{
      file: BACKPRESSURE,
      name:
        "Backpressure.release() tells of room only while somebody wants to know",
    }],
    laws: ["B3", "L1"],
  },
  {
    name: "expiry-wakes-nobody",
    law: "B3",
    says:
      "A copy that leaves its mailbox by itself lets nobody know of the room.",
    file: "bus/deliveries.ts",
    text: `if (copy.delay) this.#options.deadlines.remove(copy.delay);
    mailbox.roomMade();`,
    replacement: "if (copy.delay) this.#options.deadlines.remove(copy.delay);",
    tests: [{
      file: MESSAGE_BUS_ROOM,
      name:
        "B3 MessageBus lets a sender in when what filled the mailbox expires",
    }],
    laws: ["B3", "L1"],
  },
  {
    name: "newcomers-overtake",
    law: "B3",
    says: "Whoever has just come takes room that others wait for.",
    file: "bus/wait_line.ts",
    text: "return front !== undefined && front.ticket < ticket;",
    replacement:
      "return front !== undefined && front.ticket < ticket && ticket < Infinity;",
    tests: [{
      file: GATE,
      name: "Gate.wait() lets nobody in past those who wait",
    }],
    laws: ["B3", "O3", "O5"],
  },
];

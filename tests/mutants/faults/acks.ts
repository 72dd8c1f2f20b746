import type { Fault } from "../fault.ts";

const MESSAGE_BUS_DELIVERIES = "tests/unit/message_bus_deliveries_test.ts";
const MESSAGE_BUS_LEASES = "tests/unit/message_bus_leases_test.ts";

/** Faults of leases and of what is said of them. */
export const ACK_FAULTS: readonly Fault[] = [
  {
    name: "stale-ack-accepted",
    law: "K1",
    says:
      "What is said of a lease that has ended counts for the one that is live.",
    file: "bus/deliveries.ts",
    text: "if (copy.lease !== lease) return this.settledLate(verdict);",
    replacement:
      "if (copy.lease === undefined) return this.settledLate(verdict);",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "K1 Delivery.ack() of a lease that has ended changes nothing, and is counted",
    }],
    laws: ["K1", "conservation", "S6"],
  },
  {
    name: "late-ack-counted",
    law: "K1",
    says:
      "An ack that comes after its lease has ended is counted among the acks.",
    file: "bus/deliveries.ts",
    text: "if (copy.lease !== lease) return this.settledLate(verdict);",
    replacement: `if (copy.lease !== lease) {
      if (verdict.kind === "ack") this.#options.counters.acked++;
      return this.settledLate(verdict);
    }`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "K1 Delivery.ack() of a lease that has ended changes nothing, and is counted",
    }],
    laws: ["K1", "X1"],
  },
  {
    name: "acked-and-dead",
    law: "K4",
    says:
      "A message that is acknowledged on its last attempt becomes a dead letter as well.",
    file: "bus/endings.ts",
    text: "if (requiresAck) counters.acked++;",
    replacement: `if (requiresAck) counters.acked++;
    if (requiresAck && copy.failures > 0) {
      this.#options.office.file({
        envelope: copy.envelope,
        mailbox: copy.mailbox,
        reason: "handler_failed",
      });
    }`,
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name: "K4 Delivery.ack() on a later attempt leaves no dead letter",
    }],
    laws: ["K4", "conservation"],
  },
  {
    name: "ended-lease-extended",
    law: "K5",
    says: "A lease that has ended can be extended, and then ends again.",
    file: "bus/deliveries.ts",
    text: "if (lease.copy.lease !== lease || !lease.deadline) return;",
    replacement: "if (!lease.deadline) return;",
    tests: [{
      file: MESSAGE_BUS_LEASES,
      name:
        "K5 Delivery.extend() of a lease that has ended does nothing to the next one",
    }],
    laws: ["K5", "conservation"],
  },
  {
    name: "extension-ignored",
    law: "K5",
    says: "A lease ends at its first deadline, whatever its holder says.",
    file: "bus/deliveries.ts",
    text: `deadlines.remove(lease.deadline);
    this.#arm(`,
    replacement: `if (lease.attempt > 0) return;
    this.#arm(`,
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name: "K5 Delivery.extend() starts the deadline anew, each time",
    }],
    laws: ["K5"],
  },
  {
    name: "lease-without-end",
    law: "S1",
    says:
      "The lease of a copy that was handed out before does not end by time.",
    file: "bus/deliveries.ts",
    text: "if (copy.envelope.head.requiresAck) this.#arm(",
    replacement:
      "if (copy.envelope.head.requiresAck && copy.attempts === 1) this.#arm(",
    tests: [{
      file: MESSAGE_BUS_DELIVERIES,
      name:
        "S3 a poison message gets maxAttempts starts, those of lease ends among them",
    }],
    laws: ["S1", "K5"],
  },
];

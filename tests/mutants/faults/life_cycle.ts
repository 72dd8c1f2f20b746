import type { Fault } from "../fault.ts";

const MESSAGE_BUS_ENDINGS = "tests/unit/message_bus_endings_test.ts";
const MESSAGE_BUS_LIFECYCLE = "tests/unit/message_bus_lifecycle_test.ts";

/** Faults of what happens as a bus ends. */
export const LIFE_CYCLE_FAULTS: readonly Fault[] = [
  {
    name: "lost-during-close",
    law: "S1",
    says:
      "A message whose rules run as the bus closes is lost, and its sender told that it was accepted.",
    file: "bus/entrance.ts",
    text: "throw this.#aborted ? closed() : givenUp();",
    replacement: `if (!this.#aborted) throw givenUp();
      return envelope.head;`,
    tests: [{
      file: MESSAGE_BUS_ENDINGS,
      name:
        "S1 MessageBus.close() refuses a send whose rule still runs: it does not say that it was accepted",
    }],
    laws: ["S1", "S2"],
  },
  {
    name: "close-loses-uncounted",
    law: "Q1",
    says: "What waits as the bus closes vanishes without a count.",
    file: "bus/message_bus.ts",
    text: `directory.close();
    deadlines.close();`,
    replacement: "deadlines.close();",
    tests: [{
      file: MESSAGE_BUS_ENDINGS,
      name:
        "Q1 MessageBus.close() counts what it gives up, and keeps a letter of what required an ack",
    }],
    laws: ["Q1", "conservation"],
  },
  {
    name: "close-leaves-requests",
    law: "R1",
    says: "Requests that wait as the bus closes are not ended.",
    file: "bus/message_bus.ts",
    text: `requests.failAll(closed);
`,
    replacement: "",
    tests: [{
      file: MESSAGE_BUS_LIFECYCLE,
      name:
        "MessageBus.close() fails those who wait, ends the work in hand, and leaves no timer",
    }],
    laws: ["R1", "L1"],
  },
  {
    name: "closed-bus-accepts",
    law: "L4",
    says: "A bus that is closing takes messages in.",
    file: "bus/entrance.ts",
    text: `  abort(): void {
    this.#closed = true;`,
    replacement: "  abort(): void {",
    tests: [{
      file: MESSAGE_BUS_LIFECYCLE,
      name: "MessageBus refuses everything after close, and can still be read",
    }],
    laws: ["L4", "S2"],
  },
];

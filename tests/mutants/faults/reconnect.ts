import type { Fault } from "../fault.ts";

const RECONNECT = "tests/unit/reconnect_test.ts";
const WIRE_PAYLOAD = "tests/unit/wire_payload_test.ts";

/** Faults of the client's end of a connection, above all when it is made anew. */
export const RECONNECT_FAULTS: readonly Fault[] = [
  {
    name: "double-subscription",
    law: "L6",
    says: "A client that comes back attaches each of its consumers twice.",
    file: "bus/remote/remote_link.ts",
    text: "this.#consumers.attachAgain();",
    replacement: `this.#consumers.attachAgain();
    this.#consumers.attachAgain();`,
    tests: [{
      file: RECONNECT,
      name:
        "L6 Agent.subscribe() is subscribed once after its connection was made anew, and can leave",
    }],
    laws: ["L6", "L1", "S5"],
  },
  {
    name: "subscription-lost",
    law: "L6",
    says: "A client that comes back does not attach its consumers.",
    file: "bus/remote/remote_link.ts",
    text: "this.#consumers.attachAgain();",
    replacement: "this.#consumers.flush();",
    tests: [{
      file: RECONNECT,
      name:
        "L6 Agent.subscribe() is subscribed once after its connection was made anew, and can leave",
    }],
    laws: ["L6"],
  },
  {
    name: "unconfirmed-not-sent-again",
    law: "S1",
    says: "What was not confirmed is not sent again over a new connection.",
    file: "bus/remote/remote_sends.ts",
    text: `this.#stopTimer(pending);
      this.#ports.write(pending);`,
    replacement: "this.#stopTimer(pending);",
    tests: [{
      file: RECONNECT,
      name:
        "S3 Agent.send() whose confirmation was lost is sent again, and accepted once",
    }],
    laws: ["S1", "L1"],
  },
  {
    name: "credit-not-renewed",
    law: "B3",
    says:
      "A new connection allows no more than the old one did as it was lost.",
    file: "bus/remote/remote_sends.ts",
    text: "this.#credit = sendWindow - this.#unconfirmed.size;",
    replacement: "if (this.#unconfirmed.size === 0) this.#credit = sendWindow;",
    tests: [{
      file: RECONNECT,
      name:
        "B3 Agent.send() may send as much over a new connection as over the first",
    }],
    laws: ["B3", "L1"],
  },
  {
    name: "old-lease-numbers-kept",
    law: "K1",
    says:
      "An ack for a lease of a lost connection settles another of the new one.",
    file: "bus/remote/remote_consumers.ts",
    text: "for (const lease of this.#late) lease.number = NO_NUMBER;",
    replacement: "",
    tests: [{
      file: RECONNECT,
      name:
        "K1 Delivery.ack() of a lease that ended before its connection did settles none of the next",
    }],
    laws: ["K1", "conservation"],
  },
  {
    name: "delivered-bytes-not-copied",
    law: "S7",
    says:
      "The bytes of a message in hand are read over by what comes after it.",
    file: "transports/wire/payload.ts",
    text: "if (binary) return bytes.slice(start, end);",
    replacement: "if (binary) return bytes.subarray(start, end);",
    tests: [{
      file: WIRE_PAYLOAD,
      name: "S7 decodePayload() gives bytes of its own",
    }],
    laws: ["S7"],
  },
  {
    name: "requests-survive-disconnect",
    law: "R1",
    says:
      "Requests that were under way on a lost connection wait for their time.",
    file: "bus/remote/remote_link.ts",
    text: `this.#requests.failAll(() =>
      new BusError("unreachable",`,
    replacement: `void (() =>
      new BusError("unreachable",`,
    tests: [{
      file: RECONNECT,
      name:
        "R1 Agent.request() fails when its connection is lost, and does not wait for its time",
    }],
    laws: ["R1", "L1", "R4"],
  },
];

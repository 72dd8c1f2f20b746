import type { Fault } from "../fault.ts";

const CONNECTION_CONSUMERS = "tests/integration/connection_consumers_test.ts";
const RECONNECT = "tests/unit/reconnect_test.ts";
const AGENTS_MEMORY = "tests/conformance/agents_memory_test.ts";
const SESSION = "tests/unit/session_test.ts";

/** Faults of the bus's end of a connection. */
export const SESSION_FAULTS: readonly Fault[] = [
  {
    name: "lost-lease-kept",
    law: "S1",
    says: "What a lost connection had in hand is not given back.",
    file: "bus/directory.ts",
    text: "for (const lease of leases) this.#options.takeBack(lease);",
    replacement: `for (const lease of leases) lease.note.error = "left";`,
    tests: [{
      file: CONNECTION_CONSUMERS,
      name:
        "MessageBus takes back what a consumer that drained had in hand when its connection is lost",
    }],
    laws: ["S1", "L1", "conservation"],
  },
  {
    name: "request-kept-after-disconnect",
    law: "R3",
    says: "The requests of a connection that is lost stay on the table.",
    file: "bus/remote/session.ts",
    text: "this.#requests?.end();",
    replacement: "this.#requests?.flush();",
    tests: [{
      file: RECONNECT,
      name:
        "R1 Agent.request() fails when its connection is lost, and does not wait for its time",
    }],
    laws: ["R3"],
  },
  {
    name: "goodbye-ignored",
    law: "L6",
    says:
      "An agent that says goodbye is waited for as if its connection were lost.",
    file: "bus/remote/session.ts",
    text: `this.#left = true;
`,
    replacement: "",
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: Q1 what waited for an agent that left is a dead letter, or counted",
    }],
    laws: ["L6", "S5"],
  },
  {
    name: "old-session-lives-on",
    law: "L6",
    says:
      "The connection that an instance had before is not ended when it comes back.",
    file: "bus/remote/listener.ts",
    text: "old?.supersede();",
    replacement: "if (old === session) old.supersede();",
    tests: [{
      file: SESSION,
      name:
        "L6 an instance that comes back takes the place of its old connection, though that looks alive",
    }],
    laws: ["L6"],
  },
  {
    name: "lost-credit",
    law: "B3",
    says: "A send that is refused uses its credit up for ever.",
    file: "bus/remote/session_sends.ts",
    text: `this.#channel.send(frame(FrameKind.refused, { id, payload }));
    this.#confirm();`,
    replacement:
      "this.#channel.send(frame(FrameKind.refused, { id, payload }));",
    tests: [{
      file: SESSION,
      name:
        "B3 Agent.send() over a connection gets its credit back for what the bus refuses",
    }],
    laws: ["B3"],
  },
  {
    name: "left-leases-kept",
    law: "S1",
    says: "What an inbox had in hand as it closed is not given back.",
    file: "bus/remote/session_consumers.ts",
    text: "for (const lease of mayBeSettled ? [] : attachment.leases) {",
    replacement: "for (const lease of mayBeSettled ? attachment.leases : []) {",
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: leaving the loop gives back what is not acknowledged",
    }],
    laws: ["S1", "L1"],
  },
  {
    name: "lease-end-untold",
    law: "R6",
    says: "A client is not told that a lease has ended.",
    file: "bus/remote/session_consumers.ts",
    text: `this.#channel.send(
          frame(FrameKind.leaseEnd, { id: lease.number, aux }),
        );`,
    replacement: "frame(FrameKind.leaseEnd, { id: lease.number, aux });",
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: R6 an aborted signal ends the request, and reaches the responder once",
    }],
    laws: ["R6"],
  },
  {
    name: "sent-bytes-not-copied",
    law: "S7",
    says: "The bytes of a message are read over by what comes after it.",
    file: "bus/remote/submission_reader.ts",
    text: `{ block, at, payloadBytes }`,
    replacement:
      `{ block: at < 0 ? block : frame.bytes, at: frame.headAt, payloadBytes }`,
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: O1 messages of one sender arrive in the order they were sent",
    }],
    laws: ["S7", "K1"],
  },
  {
    name: "rare-bytes-not-copied",
    law: "S7",
    says:
      "The bytes of a message that is read field by field are read over by what comes after it.",
    file: "bus/remote/submission_frame.ts",
    text: "const encoded = { bytes: slab.copy(payload), binary };",
    replacement: "const encoded = { bytes: payload, binary };",
    tests: [{
      file: SESSION,
      name:
        "S7 MessageBus keeps the payload of each message with headers that comes over a connection",
    }],
    laws: [],
  },
  {
    name: "resend-accepted-twice",
    law: "S3",
    says: "What a client sends again after it was cut off is taken for new.",
    file: "bus/deduplication.ts",
    text: "if (known < 0) return undefined;",
    replacement: "if (known < 0 || nowMs >= 0) return undefined;",
    tests: [{
      file: RECONNECT,
      name:
        "S3 Agent.send() whose confirmation was lost is sent again, and accepted once",
    }],
    laws: ["S3", "S2"],
  },
];

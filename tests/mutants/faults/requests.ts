import type { Fault } from "../fault.ts";

const AGENTS_MEMORY = "tests/conformance/agents_memory_test.ts";
const REQUESTS = "tests/unit/requests_test.ts";
const MESSAGE_BUS_REQUESTS = "tests/unit/message_bus_requests_test.ts";
const AGENTS_LOCAL = "tests/conformance/agents_local_test.ts";

/** Faults of requests and of streamed replies. */
export const REQUEST_FAULTS: readonly Fault[] = [
  {
    name: "numbers-come-again",
    law: "R2",
    says:
      "The reply to a request that was given up is taken for that of a new one, as numbers come again too soon.",
    file: "bus/remote/remote_link.ts",
    text: "nextNumber(this.#lastOperation);",
    replacement: "nextNumber(this.#lastOperation % 24);",
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: many requests at once each get their own reply",
    }],
    laws: ["R2", "S5", "R1"],
  },
  {
    name: "ended-request-kept",
    law: "R3",
    says: "A request that has ended stays on the table.",
    file: "bus/requests.ts",
    text: `this.#open.take(request.requestId);
`,
    replacement: `if (request.pieces === 0) this.#open.take(request.requestId);
`,
    tests: [{
      file: REQUESTS,
      name:
        "RequestTable.piece() ends a stream whose responder sends more than it may",
    }],
    laws: ["R3", "L1"],
  },
  {
    name: "request-ends-late",
    law: "R4",
    says: "A request waits a tenth longer than it may.",
    file: "bus/requests.ts",
    text: "clock.monotonic() + request.timeoutMs,",
    replacement: "clock.monotonic() + request.timeoutMs * 1.1,",
    tests: [{
      file: MESSAGE_BUS_REQUESTS,
      name: "MessageBus.request() ends at its deadline, not before",
    }],
    laws: ["R4"],
  },
  {
    name: "stream-stalls-for-ever",
    law: "R4",
    says: "After its first piece a stream may pause for ever.",
    file: "bus/requests.ts",
    text: "if (request.allowance > 0) this.#arm(request);",
    replacement: "if (request.allowance < 0) this.#arm(request);",
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: a stream that pauses longer than its timeout fails",
    }],
    laws: ["R4", "R1", "L1"],
  },
  {
    name: "cancel-not-passed-on",
    law: "R6",
    says: "The work for a request that was given up goes on.",
    file: "bus/requests.ts",
    text: `if (copy) {
      const isTimeout`,
    replacement: `if (copy && copy.state !== "leased") {
      const isTimeout`,
    tests: [{
      file: MESSAGE_BUS_REQUESTS,
      name:
        "MessageBus.requests.cancel() rejects the requester and aborts the responder",
    }],
    laws: ["R6"],
  },
  {
    name: "late-reply-counted-as-reply",
    law: "R2",
    says: "A responder whose lease has ended still answers.",
    file: "bus/deliveries.ts",
    text: "if (copy.lease !== lease) return this.settledLate(verdict);",
    replacement: `if (copy.lease !== lease) {
      if (copy.request && verdict.kind === "reply") {
        const { agent } = lease.attachment;
        this.#options.replies.reply(copy.request, agent, verdict.body);
      }
      return this.settledLate(verdict);
    }`,
    tests: [{
      file: MESSAGE_BUS_REQUESTS,
      name:
        "R2 a responder whose lease has ended does not answer for the one that has the request now",
    }],
    laws: ["R2", "K1"],
  },
  {
    name: "piece-lost-at-a-grant",
    law: "R8",
    says: "A piece that has to wait for a grant is lost.",
    file: "bus/reply_stream.ts",
    text: `await job.room();
    if (job`,
    replacement: `if (job.allowance <= 0) {
      await job.room();
      continue;
    }
    if (job`,
    tests: [{
      file: AGENTS_MEMORY,
      name:
        "connect() over memory: a slow consumer holds its responder back to the window",
    }],
    laws: ["R8"],
  },
  {
    name: "stream-without-end",
    law: "R8",
    says:
      "The end of a streamed reply is not passed on where there were pieces.",
    file: "bus/requests.ts",
    text: "else if (this.#end(request)) request.sink.end();",
    replacement:
      "else if (request.pieces === 0 && this.#end(request)) request.sink.end();",
    tests: [{
      file: AGENTS_LOCAL,
      name: "bus.agent(): stream() yields every piece, in order",
    }],
    laws: ["R8", "R1"],
  },
];

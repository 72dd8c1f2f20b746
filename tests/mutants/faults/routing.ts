import type { Fault } from "../fault.ts";

const ROUTER_MESSAGE_ROUTER = "tests/unit/router_message_router_test.ts";
const MESSAGE_BUS_ROUTING = "tests/unit/message_bus_routing_test.ts";
const MESSAGE_BUS_AGENTS = "tests/unit/message_bus_agents_test.ts";

/** Faults of rules and of who a message is for. */
export const ROUTING_FAULTS: readonly Fault[] = [
  {
    name: "rule-order-unstable",
    law: "P4",
    says: "Of two rules with one priority the younger goes first.",
    file: "router/rule_index.ts",
    text: "|| one.order - other.order;",
    replacement: "|| other.order - one.order;",
    tests: [{
      file: ROUTER_MESSAGE_ROUTER,
      name: "P4 MessageRouter.plan() goes by priority, ties in insertion order",
    }],
    laws: ["P4"],
  },
  {
    name: "final-rule-not-final",
    law: "P4",
    says: "Rules go on after a final one.",
    file: "router/rule_index.ts",
    text: "rules.slice(0, last + 1);",
    replacement: "rules;",
    tests: [{
      file: ROUTER_MESSAGE_ROUTER,
      name: "MessageRouter.plan() stops after a final rule",
    }],
    laws: ["P4"],
  },
  {
    name: "disabled-rule-works",
    law: "P4",
    says: "A rule that is switched off takes part.",
    file: "router/rule_index.ts",
    text: "if (standing.enabled) this.#file(standing);",
    replacement: "this.#file(standing);",
    tests: [{
      file: ROUTER_MESSAGE_ROUTER,
      name: "MessageRouter.setEnabled() lets a rule take part or not",
    }],
    laws: ["P4"],
  },
  {
    name: "rule-change-unseen",
    law: "P4",
    says: "A change of the rules holds only once the next one is made.",
    file: "router/message_router.ts",
    text: `this.#index = undefined;
    this.#onChange?.(id);`,
    replacement: `this.#onChange?.(id);
    if (this.#order % 2 === 0) this.#index = undefined;`,
    tests: [{
      file: MESSAGE_BUS_ROUTING,
      name: "MessageBus makes a rule change hold from the next message on",
    }],
    laws: ["P4"],
  },
  {
    name: "unsubscribe-leaves-a-copy",
    law: "S5",
    says: "Publishes still make a copy for a subscription that has ended.",
    file: "bus/subscriptions.ts",
    text: `this.#topics.remove(pattern, mailbox);
`,
    replacement: "",
    tests: [{
      file: MESSAGE_BUS_AGENTS,
      name:
        "S5 a subscription takes part from the moment it resolves, and not after it is closed",
    }],
    laws: ["S5"],
  },
  {
    name: "served-after-unsubscribe",
    law: "S5",
    says: "A consumer that was detached is still handed messages.",
    file: "bus/mailbox.ts",
    text: `this.#attachments.splice(index, 1);
`,
    replacement:
      `if (this.#attachments.length > 1) this.#attachments.splice(index, 1);
`,
    tests: [{
      file: MESSAGE_BUS_AGENTS,
      name:
        "S5 a subscription takes part from the moment it resolves, and not after it is closed",
    }],
    laws: ["S5", "L1"],
  },
  {
    name: "group-delivers-twice",
    law: "S5",
    says: "A queue group whose members have two patterns gets a copy for each.",
    file: "bus/subscriptions.ts",
    text: "if (isShorter) byQueue.set(queue, mailbox);",
    replacement: "if (isShorter) byQueue.set(queue + byQueue.size, mailbox);",
    tests: [{
      file: MESSAGE_BUS_AGENTS,
      name: "MessageBus shares the publishes of a group, also between patterns",
    }],
    laws: ["S5"],
  },
  {
    name: "two-ways-two-copies",
    law: "S5",
    says: "A message that two ways lead to a mailbox takes both.",
    file: "bus/recipients.ts",
    text: "if (!isTaken(mailbox)) added.push(",
    replacement: "added.push(",
    tests: [{
      file: MESSAGE_BUS_ROUTING,
      name:
        "S5 a message that several ways lead to a mailbox takes one of them",
    }],
    laws: ["S5"],
  },
  {
    name: "broadcast-to-its-sender",
    law: "S5",
    says: "A broadcast reaches its sender as well.",
    file: "bus/directory.ts",
    text: "if (name !== sender && receives) found.push(direct);",
    replacement: `if (sender !== "" && receives) found.push(direct);`,
    tests: [{
      file: MESSAGE_BUS_AGENTS,
      name:
        "Agent.broadcast() reaches every other agent that receives, and not its sender",
    }],
    laws: ["S5"],
  },
];

/** What a client says first. */
export const HELLO = {
  protocol: "busbar",
  versions: [1],
  name: "planner",
  instance: "p1",
};

/** Who that is, as a bus understands it. */
export const WHO = { name: "planner", instance: "p1", durable: false };

/** What the bus answers. */
export const WELCOME = {
  version: 1,
  bus: "bus",
  maxMessageBytes: 1_000,
  sendWindow: 1_024,
  heartbeatMs: 15_000,
  requestTimeoutMs: 30_000,
};

const { bus: _, ...numbers } = WELCOME;

/** What is agreed by that, as a client understands it. */
export const AGREED = numbers;

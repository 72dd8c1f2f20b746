/** About 200 bytes of JSON, as an agent's message carries them. */
export const PAYLOAD = {
  task: "format",
  file: "bus/message_bus.ts",
  branch: "main",
  commit: "0f3c1d9a7be24a5fb1c2d3e4f5061728394a5b6c",
  options: { width: 80, semicolons: true, quotes: "double" },
  lines: [12, 48, 133, 207],
  note: "only what has changed",
};

/** What the messages are about. */
export const TOPIC = "jobs.build";

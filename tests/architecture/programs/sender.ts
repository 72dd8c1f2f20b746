// Joins a bus in another process, sends, and registers a handler; tells when the machine's timers are loaded.
import { connect } from "../../../connect.ts";
import { unixTransport } from "../../../transports/unix.ts";

const { get, set, ...others } = Object.getOwnPropertyDescriptor(
  globalThis,
  "setTimeout",
)!;
Object.defineProperty(globalThis, "setTimeout", {
  ...others,
  set,
  get() {
    console.log("the timers are loaded");
    Object.defineProperty(globalThis, "setTimeout", { ...others, get, set });
    return get?.call(globalThis);
  },
});

const [path = ""] = Deno.args;
await using agent = await connect(unixTransport(path), { name: "sender" });
await agent.send("keeper", "a message", { requiresAck: true });
console.log("sent");
agent.receive(() => {});
console.log("registered");

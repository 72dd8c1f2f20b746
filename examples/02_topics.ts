/**
 * Lesson 2: topics and wildcards.
 *
 * Who publishes does not know who listens. Patterns, groups, leaving again, and what
 * becomes of a message that nobody wants. Run it with `deno task example 02`; it
 * needs no permission.
 */
import { MessageBus } from "@busbar/busbar";

await using bus = new MessageBus();
const builder = bus.agent("builder");
const logger = bus.agent("logger");
const alarm = bus.agent("alarm");

// A topic is made of tokens. `>` stands for all that follow, `*` for one.
const logging = await logger.subscribe("builds.>", ({ topic, payload }) => {
  console.log(`logger: ${topic} ${payload}`);
});
await alarm.subscribe("builds.*.failed", ({ topic }) => {
  console.log(`alarm: ${topic}`);
});

// Members of a group share the messages: each goes to one of them.
for (const name of ["tester-1", "tester-2"]) {
  const tester = bus.agent(name);
  await tester.subscribe("builds.*.done", ({ payload }) => {
    console.log(`${name}: tests ${payload}`);
  }, { queue: "testers" });
}

// Before publishing, anybody may ask who would be reached.
console.log(
  "reached:",
  bus.subscribers("builds.core.failed").sort().join(", "),
);

await builder.publish("builds.core.done", "core@1");
await builder.publish("builds.cli.done", "cli@1");
await builder.publish("builds.web.failed", "web@1");

// `drain` of a subscription takes nothing new, and lets the handler finish.
await logging.drain();
await builder.publish("builds.docs.done", "docs@1");

// Nobody listens to this. It is no error: the message is counted, and gone.
await builder.publish("weather.today", "sunny");

await bus.drain();
const { perTopic, totalDropped } = bus.stats();
console.log("published:", Object.keys(perTopic).sort().join(", "));
console.log("dropped:", totalDropped);

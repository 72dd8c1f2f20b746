import type { MessageRouter } from "@busbar/busbar";

/** Adds so many rules, each about messages of its own: none of them matches the others' messages. */
export function addRules(router: MessageRouter, count: number): void {
  for (let index = 0; index < count; index++) {
    router.addRule({
      id: `rule-${index}`,
      priority: index % 100,
      match: { topic: `jobs.step-${index}.>`, type: "publish" },
      action: { kind: "set-priority", priority: 60 },
    });
  }
}

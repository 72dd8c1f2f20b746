import type { MessageBus } from "../../../mod.ts";
import type { Diary } from "../said.ts";

/** Writes down what the bus says has become of copies. Resolves when the bus has closed. */
export async function witness(bus: MessageBus, diary: Diary): Promise<void> {
  /** Acknowledged by their handlers: by message, whose copies. */
  const ended = new Map<string, string[]>();
  /** By message, how many of its copies were there before a restart. */
  const restored = new Map<string, number>();
  for await (const event of bus.events()) {
    if (event.type === "delivery_ended" && event.outcome === "acked") {
      const { messageId, agent } = event;
      // The history tells these from each other only while it has one record of them.
      if ((restored.get(messageId) ?? 1) > 1) continue;
      ended.set(messageId, [...ended.get(messageId) ?? [], agent]);
    } else if (event.type === "dead_letter_added" && event.agent) {
      diary.say({ say: "dead", id: event.messageId, agent: event.agent });
    } else if (event.type === "message_restored") {
      const { id } = event.message;
      restored.set(id, (restored.get(id) ?? 0) + 1);
    }
    for (const [id, agents] of ended) {
      // The history knows of an end when it is kept, and not before.
      const outcome = bus.message(id)?.outcome;
      if (outcome === "pending") continue;
      ended.delete(id);
      if (outcome === undefined) continue;
      for (const agent of agents) diary.say({ say: "acked", id, agent });
    }
  }
}

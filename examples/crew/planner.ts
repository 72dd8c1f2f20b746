import type { Message } from "../../mod.ts";
import { planWork } from "./plan_work.ts";
import { joinCrew, type Member } from "./role.ts";
import { conversationOf, type Plan, type PlanOrder, TOPICS } from "./work.ts";
import type { WorkItem } from "./work.ts";

await joinCrew("planner", (member) => {
  member.agent.respond<PlanOrder, Plan>(
    (order) => handOut(member, order),
    { topic: TOPICS.planOrder, concurrency: 1 },
  );
  return Promise.resolve();
});

/** Plans the work, tells everybody, then sends each file to an analyst. */
async function handOut(
  member: Member,
  { payload: order }: Message<PlanOrder>,
): Promise<Plan> {
  await member.note(`walks ${order.folder}`);
  const { items, leftOut } = await planWork(order);
  const plan: Plan = {
    round: order.round,
    folder: order.folder,
    paths: items.map(({ path }) => path),
    leftOut,
  };
  await member.agent.publish(TOPICS.plan, plan, { requiresAck: true });
  for (const item of items) await assign(member, item);
  await member.note(`planned ${items.length} files`);
  return plan;
}

async function assign(member: Member, item: WorkItem): Promise<void> {
  await member.agent.send("analyst", item, {
    requiresAck: true,
    topic: item.hot ? TOPICS.hotWork : TOPICS.calmWork,
    correlationId: conversationOf(item),
    deduplicationId: `work:${item.round}:${item.number}`,
    headers: {
      "content-type": "application/json",
      "crew-file": encodeURI(item.path.toWellFormed()).slice(-200),
    },
  });
}

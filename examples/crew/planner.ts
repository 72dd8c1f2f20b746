import type { Message } from "../../mod.ts";
import { type PlannedWork, planWork } from "./plan_work.ts";
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
  const { round, folder } = order;
  const { items, leftOut } = await plannedOnce(member, order);
  const paths = items.map(({ path }) => path);
  const plan: Plan = { round, folder, paths, leftOut };
  await member.agent.publish(TOPICS.plan, plan, {
    requiresAck: true,
    deduplicationId: `plan:${round}`,
  });
  for (const item of items) await assignOnce(member, item);
  await member.note(`planned ${items.length} files`);
  return plan;
}

/** A round that was planned before stays as it was planned, whatever the folder holds now. */
async function plannedOnce(
  member: Member,
  order: PlanOrder,
): Promise<PlannedWork> {
  const noted = member.notebook.read<PlannedWork>(order.round, "plan");
  if (noted !== undefined) return noted;
  await member.note(`walks ${order.folder}`);
  const planned = await planWork(order);
  member.notebook.write(order.round, "plan", planned);
  return planned;
}

/** Between the sending and the note, the bus knows a file that comes again by its deduplication id. */
async function assignOnce(member: Member, item: WorkItem): Promise<void> {
  const name = `sent:${item.number}`;
  if (member.notebook.read(item.round, name) !== undefined) return;
  await assign(member, item);
  member.notebook.write(item.round, name, true);
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

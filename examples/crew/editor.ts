import type { Delivery } from "../../mod.ts";
import { Desk } from "./desk.ts";
import {
  leftOutText,
  placeText,
  reportHead,
  scoreTable,
} from "./report_text.ts";
import { joinCrew, type Member } from "./role.ts";
import { type Analysis, LIMITS, type Place, type Plan } from "./work.ts";
import { type ReportOrder, TOPICS, type Verdict } from "./work.ts";

/** The name of the note that is the plan; those of verdicts begin otherwise. */
const PLAN = "plan";

await joinCrew("editor", async (member) => {
  const { agent, notebook } = member;
  const desk = deskOf(notebook.readAll<Plan | Verdict>());
  await agent.subscribe<Plan>(
    TOPICS.plan,
    ({ payload: plan }) => {
      notebook.write(plan.round, PLAN, plan);
      desk.planned(plan);
    },
    { durable: "plans" },
  );
  await agent.subscribe<Verdict>(
    "verdicts.*",
    ({ payload: verdict }) => {
      notebook.write(verdict.round, `verdict:${verdict.path}`, verdict);
      desk.judged(verdict);
    },
    { durable: "verdicts" },
  );
  // A routing rule forwards severe findings here while they are still warm.
  agent.receive<Analysis>(({ payload: { item, findings } }) =>
    member.note(`hears of ${findings.length} findings`, item)
  );
  agent.respond<ReportOrder, string>(
    ({ payload }, delivery) => write(member, desk, payload, delivery),
    { topic: TOPICS.reportOrder },
  );
});

/** The desk as it was left. */
function deskOf(noted: readonly [string, Plan | Verdict][]): Desk {
  const desk = new Desk();
  for (const [name, note] of noted) {
    if (name === PLAN) desk.planned(note as Plan);
    else desk.judged(note as Verdict);
  }
  return desk;
}

/** Writes the report piece by piece, as the reviewer names the places. */
async function* write(
  member: Member,
  desk: Desk,
  order: ReportOrder,
  { signal }: Delivery,
): AsyncGenerator<string> {
  await desk.complete(
    order,
    AbortSignal.any([signal, AbortSignal.timeout(LIMITS.answerTimeoutMs / 2)]),
  );
  await member.note("writes the report");
  yield reportHead(order, desk.verdicts);
  let number = 0;
  const places = member.agent.stream<Place>(
    "reviewer",
    { round: order.round },
    { topic: TOPICS.places, timeoutMs: LIMITS.answerTimeoutMs, signal },
  );
  for await (const place of places) {
    yield placeText(++number, place);
    // Leaving the loop tells the reviewer to stop.
    if (number === LIMITS.maxPlaces) break;
  }
  if (number === 0) yield "None: nothing is over a limit.\n";
  yield scoreTable(desk.verdicts);
  yield leftOutText(order, desk.plan);
}

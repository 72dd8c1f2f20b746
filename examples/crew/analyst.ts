import { type Delivery, exponentialBackoff, type Message } from "../../mod.ts";
import { analyseSource, analyseText } from "./analysis/analyse.ts";
import type { TextFigures } from "./analysis/analyse.ts";
import { NotParsed, parseSource } from "./analysis/syntax.ts";
import { gradeOf, scoreOf } from "./analysis/weighing.ts";
import { askTools } from "./ask_tools.ts";
import { joinCrew, type Member } from "./role.ts";
import { type Analysis, conversationOf, LIMITS, TOPICS } from "./work.ts";
import type { Detail, DetailQuestion, WorkItem } from "./work.ts";

/** Lines of a place that are shown. */
const EXCERPT_LINES = 4;
/** Exit status of the analyst that is made to die. */
const CRASHED = 70;

await joinCrew("analyst", (member) => {
  member.agent.receive<WorkItem>(
    (message, delivery) => take(member, message, delivery),
    {
      concurrency: LIMITS.filesInHand,
      ackTimeoutMs: LIMITS.fileTimeoutMs,
      maxAttempts: LIMITS.maxAttempts,
      retry: exponentialBackoff({ minDelayMs: 50, maxDelayMs: 500 }),
    },
  );
  member.agent.respond<DetailQuestion, Detail>(
    ({ payload }) => detail(member, payload),
    { topic: TOPICS.detail },
  );
  return Promise.resolve();
});

/** Looks at one file; what is no source text is set aside for a person. */
async function take(
  member: Member,
  message: Message<WorkItem>,
  delivery: Delivery<WorkItem>,
): Promise<void> {
  const item = message.payload;
  const startedAt = performance.now();
  await member.note("looks at", item);
  try {
    const figures = await look(member, item, delivery.signal);
    // Dies with the file in hand, its findings unsaid: the worst moment.
    if (member.crash && item.number * 2 >= item.total) Deno.exit(CRASHED);
    await report(member, message, {
      item,
      lines: figures.lines,
      functions: figures.functions,
      prints: figures.prints,
      findings: figures.findings.slice(0, LIMITS.maxFindings),
      analyst: member.label,
      tookMs: Math.round(performance.now() - startedAt),
    });
  } catch (error) {
    // Another attempt would read the same text: no use trying again.
    if (!(error instanceof NotParsed)) throw error;
    delivery.reject(error.message);
  }
}

async function look(
  member: Member,
  item: WorkItem,
  signal: AbortSignal,
): Promise<TextFigures> {
  const text = await Deno.readTextFile(item.file);
  if (item.language === "text") return analyseText(text);
  const source = parseSource(text, item.path);
  const figures = await askTools(member.deno, item, source, signal);
  return analyseSource(text, source, figures);
}

/**
 * Says what was found. A file that is handed out again after a crash may be
 * said twice: the bus drops the second by its deduplication id.
 */
async function report(
  { agent }: Member,
  { priority }: Message,
  analysis: Analysis,
): Promise<void> {
  const grade = gradeOf(scoreOf(analysis.findings, 1));
  await agent.publish(TOPICS.findings(grade), analysis, {
    requiresAck: true,
    priority,
    correlationId: conversationOf(analysis.item),
    deduplicationId: `findings:${analysis.item.round}:${analysis.item.number}`,
    headers: { "content-type": "application/json", "crew-grade": grade },
  });
}

async function detail(
  member: Member,
  { item, finding }: DetailQuestion,
): Promise<Detail> {
  const lines = (await Deno.readTextFile(item.file)).split("\n");
  const from = finding.line - 1;
  const excerpt = lines.slice(from, from + EXCERPT_LINES)
    .map((line) => line.slice(0, 120));
  return { excerpt: excerpt.join("\n"), analyst: member.label };
}

import { joinCrew, type Member } from "./role.ts";
import { Review } from "./review.ts";
import { type Analysis, conversationOf, type Detail, LIMITS } from "./work.ts";
import { type DetailQuestion, type Place, TOPICS } from "./work.ts";
import type { Verdict } from "./work.ts";

/** Analyses weighed at the same time: while one waits for an answer, others go on. */
const WEIGHED_AT_ONCE = 8;
/** Time between two attempts at one question, in milliseconds. */
const ASK_AGAIN_MS = 100;

/** What is noted of a file that has its verdict. */
interface Weighed {
  readonly analysis: Analysis;
  /** The lines around its heaviest finding. */
  readonly excerpt?: string;
}

await joinCrew("reviewer", async (member) => {
  const review = reviewOf(member.notebook.readAll<Weighed>());
  await member.agent.subscribe<Analysis>(
    "findings.>",
    ({ payload }) => weighAnalysis(member, review, payload),
    { concurrency: WEIGHED_AT_ONCE, durable: "reviews" },
  );
  member.agent.respond<{ round: number }, Place>(
    ({ payload }) => placesOf(review, payload.round),
    { topic: TOPICS.places },
  );
});

/** The review as it stands after what was weighed before. */
function reviewOf(noted: readonly [string, Weighed][]): Review {
  const review = new Review();
  for (const [, { analysis, excerpt }] of noted) {
    review.begin(analysis);
    const question = review.questionAbout(analysis);
    if (question !== undefined) review.explain(question, excerpt);
  }
  return review;
}

/**
 * Weighs one analysis, asks back where it is severe, says the verdict, and
 * notes it: an analysis that comes again before that is weighed again.
 */
async function weighAnalysis(
  member: Member,
  review: Review,
  analysis: Analysis,
): Promise<void> {
  if (!review.begin(analysis)) return;
  try {
    const { round, number, path } = analysis.item;
    const question = review.questionAbout(analysis);
    const excerpt = question && await ask(member, question);
    if (question !== undefined) review.explain(question, excerpt);
    const id = `verdict:${round}:${number}`;
    await announce(member, review.verdictOn(analysis), id);
    const weighed: Weighed = { analysis, excerpt };
    member.notebook.write(round, path, weighed);
  } catch (error) {
    // Not weighed after all: it comes again, and must not be taken for a repeat.
    review.forget(analysis);
    throw error;
  }
}

/** The lines around a finding, or nothing if nobody answers: the verdict does not hang on it. */
async function ask(
  { agent }: Member,
  question: DetailQuestion,
): Promise<string | undefined> {
  const until = performance.now() + LIMITS.askingMs;
  while (performance.now() < until) {
    try {
      const { payload } = await agent.request<Detail>("analyst", question, {
        topic: TOPICS.detail,
        priority: question.item.hot ? 90 : 70,
        timeoutMs: LIMITS.answerTimeoutMs / 4,
        correlationId: conversationOf(question.item),
      });
      return payload.excerpt;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
  return undefined;
}

async function announce(
  { agent }: Member,
  verdict: Verdict,
  deduplicationId: string,
): Promise<void> {
  await agent.publish(TOPICS.verdicts(verdict.grade), verdict, {
    requiresAck: true,
    correlationId: conversationOf(verdict),
    deduplicationId,
  });
}

async function* placesOf(
  review: Review,
  round: number,
): AsyncGenerator<Place> {
  for (const place of review.places(round)) yield await Promise.resolve(place);
}

import { joinCrew, type Member } from "./role.ts";
import { Review } from "./review.ts";
import { type Analysis, conversationOf, type Detail, LIMITS } from "./work.ts";
import { type DetailQuestion, type Place, TOPICS } from "./work.ts";
import type { Verdict } from "./work.ts";

/** Analyses weighed at the same time: while one waits for an answer, others go on. */
const WEIGHED_AT_ONCE = 8;
/** Attempts at one question; the analyst that was asked may be the one that dies. */
const QUESTIONS = 2;

await joinCrew("reviewer", async (member) => {
  const review = new Review();
  await member.agent.subscribe<Analysis>(
    "findings.>",
    ({ payload }) => weighAnalysis(member, review, payload),
    { concurrency: WEIGHED_AT_ONCE },
  );
  member.agent.respond<{ round: number }, Place>(
    ({ payload }) => placesOf(review, payload.round),
    { topic: TOPICS.places },
  );
});

/** Weighs one analysis, asks back where it is severe, and says the verdict. */
async function weighAnalysis(
  member: Member,
  review: Review,
  analysis: Analysis,
): Promise<void> {
  if (!review.begin(analysis)) return;
  try {
    const question = review.questionAbout(analysis);
    if (question !== undefined) {
      review.explain(question, await ask(member, question));
    }
    const id = `verdict:${analysis.item.round}:${analysis.item.number}`;
    await announce(member, review.verdictOn(analysis), id);
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
  for (let attempt = 1; attempt <= QUESTIONS; attempt++) {
    try {
      const { payload } = await agent.request<Detail>("analyst", question, {
        topic: TOPICS.detail,
        priority: question.item.hot ? 90 : 70,
        timeoutMs: LIMITS.answerTimeoutMs / 4,
        correlationId: conversationOf(question.item),
      });
      return payload.excerpt;
    } catch {
      continue;
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

import { DuplicateIndex } from "./analysis/duplicates.ts";
import {
  gradeOf,
  scoreOf,
  weigh,
  weighDuplicate,
} from "./analysis/weighing.ts";
import type { Analysis, DetailQuestion, Place, Verdict } from "./work.ts";

/** What the reviewer knows of one round: it is pure bookkeeping, and asks nobody. */
export class Review {
  readonly #analyses = new Map<string, Analysis>();
  readonly #excerpts = new Map<string, string>();
  #round = 0;

  /**
   * Takes an analysis in.
   *
   * @returns `false` if the file was weighed before, or its round is over.
   */
  begin(analysis: Analysis): boolean {
    const { round, path } = analysis.item;
    if (round > this.#round) this.#startRound(round);
    if (round < this.#round || this.#analyses.has(path)) return false;
    this.#analyses.set(path, analysis);
    return true;
  }

  /** Forgets an analysis that could not be weighed. */
  forget({ item }: Analysis): void {
    this.#analyses.delete(item.path);
  }

  /** What to ask the analyst about a severe file: its heaviest finding. */
  questionAbout({ item, findings }: Analysis): DetailQuestion | undefined {
    if (gradeOf(scoreOf(findings, item.commits)) !== "severe") return undefined;
    const [finding] = findings.toSorted((a, b) => weigh(b, 0) - weigh(a, 0));
    return finding && { item, finding };
  }

  /** Keeps the lines that were answered to a question. */
  explain({ item, finding }: DetailQuestion, excerpt?: string): void {
    if (excerpt !== undefined) {
      this.#excerpts.set(`${item.path}:${finding.line}`, excerpt);
    }
  }

  /** What one file's findings come to. */
  verdictOn({ item, findings, lines, functions, analyst }: Analysis): Verdict {
    const score = scoreOf(findings, item.commits);
    return {
      round: item.round,
      path: item.path,
      grade: gradeOf(score),
      score,
      findings: findings.length,
      lines,
      functions: functions.length,
      analyst,
    };
  }

  /** The places of a round that are worth mending, the heaviest first. */
  places(round: number): Place[] {
    if (round !== this.#round) return [];
    // In the order of the plan, whoever was quicker: of copies, the later one is named.
    const analyses = [...this.#analyses.values()]
      .sort((a, b) => a.item.number - b.item.number);
    return [...analyses.flatMap(placesIn), ...this.#copies(analyses)]
      .sort((a, b) => b.weight - a.weight || a.path.localeCompare(b.path))
      .map((place) => ({
        ...place,
        excerpt: this.#excerpts.get(`${place.path}:${place.line}`),
      }));
  }

  #startRound(round: number): void {
    this.#round = round;
    this.#analyses.clear();
    this.#excerpts.clear();
  }

  #copies(analyses: readonly Analysis[]): Place[] {
    const index = new DuplicateIndex();
    for (const { item, prints } of analyses) {
      index.add(item.path, prints);
    }
    return index.pairs().map((pair) => {
      const { first, second, likeness } = pair;
      const commits = this.#commitsOf(first.path) +
        this.#commitsOf(second.path);
      return {
        path: second.path,
        line: second.line,
        reason: `\`${second.name}\` is ${
          Math.round(likeness * 100)
        } % like \`${first.name}\` in \`${first.path}:${first.line}\`, ${second.lines} lines`,
        weight: weighDuplicate(pair, commits),
        commits,
      };
    });
  }

  #commitsOf(path: string): number {
    return this.#analyses.get(path)?.item.commits ?? 0;
  }
}

function placesIn({ item, findings }: Analysis): Place[] {
  return findings.map((finding) => ({
    path: item.path,
    line: finding.line,
    reason: finding.text,
    weight: weigh(finding, item.commits),
    commits: item.commits,
  }));
}

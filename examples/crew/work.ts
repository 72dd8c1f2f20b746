import type { Finding } from "./analysis/findings.ts";
import type { FunctionFigures } from "./analysis/functions.ts";
import type { FunctionPrint } from "./analysis/fingerprints.ts";

/** Who works in the crew; the names are the names on the bus. */
export const ROLES = ["planner", "analyst", "reviewer", "editor"] as const;

/** One of {@linkcode ROLES}. */
export type Role = typeof ROLES[number];

/** The numbers that bound the crew. */
export const LIMITS = {
  /** Processes that serve the name `analyst`. */
  analysts: 3,
  /** Files one analyst has in hand. */
  filesInHand: 2,
  /** Files of one plan; the rest is named as left out. */
  maxFiles: 2_000,
  /** Largest file that is read, in bytes. */
  maxFileBytes: 1_048_576,
  /** Commits that the churn is counted over. */
  maxCommits: 2_000,
  /** Failed attempts at one file before it becomes a dead letter. */
  maxAttempts: 3,
  /** Longest time one file may take, in milliseconds. */
  fileTimeoutMs: 15_000,
  /** Longest wait for one answer between two members, in milliseconds. */
  answerTimeoutMs: 10_000,
  /** Longest time a tool may take over one file, in milliseconds. */
  toolTimeoutMs: 10_000,
  /**
   * Longest time that the reviewer asks one question again and again, in
   * milliseconds: the analyst that was asked may die, and after a restart the
   * first is yet to come.
   */
  askingMs: 20_000,
  /** Longest wait for a plan, in milliseconds. */
  planTimeoutMs: 50_000,
  /** Longest time one round over the folder may take, in milliseconds: a tenth of a second for each of the most files there may be, and some. */
  roundTimeoutMs: 240_000,
  /** How long a note of progress is worth reading, in milliseconds. */
  noteTtlMs: 10_000,
  /** Time between two signs of life, in milliseconds. */
  heartbeatMs: 2_000,
  /** Places the report names. */
  maxPlaces: 25,
  /** Findings kept of one file, the heaviest first. */
  maxFindings: 40,
  /** Replacements that are started for members that died. */
  maxReplacements: 5,
} as const;

/** What the members publish about. */
export const TOPICS = {
  /** What is about to be done: a {@linkcode Plan}. */
  plan: "crew.plan",
  /** Notes and signs of life, one topic for each role: a {@linkcode Note}. */
  progress: (role: string): string => `crew.progress.${role}`,
  /** Work on a file that changes often; a routing rule lifts its priority. */
  hotWork: "work.hot",
  /** Work on any other file. */
  calmWork: "work.calm",
  /** What an analyst found: an {@linkcode Analysis}. */
  findings: (grade: Grade): string => `findings.${grade}`,
  /** What the reviewer made of it: a {@linkcode Verdict}. */
  verdicts: (grade: Grade): string => `verdicts.${grade}`,
  /** Main asks the planner: a {@linkcode PlanOrder}, answered by a {@linkcode Plan}. */
  planOrder: "orders.plan",
  /** Main asks the editor: a {@linkcode ReportOrder}, answered by a stream of Markdown. */
  reportOrder: "orders.report",
  /** The reviewer asks an analyst: a {@linkcode DetailQuestion}, answered by a {@linkcode Detail}. */
  detail: "questions.detail",
  /** The editor asks the reviewer: nothing, answered by a stream of {@linkcode Place}. */
  places: "questions.places",
} as const;

/** How urgent a file is: `severe` is worth mending first. */
export type Grade = "clean" | "minor" | "severe";

/** Whether a file is parsed, or only read line by line. */
export type Language = "source" | "text";

/** One file to look at. */
export interface WorkItem {
  /** Which round over the folder this is; 1 is the first. */
  readonly round: number;
  /** Its place in the plan, from 1. */
  readonly number: number;
  /** Files in the plan. */
  readonly total: number;
  /** How the report names it. */
  readonly path: string;
  /** Where it is. */
  readonly file: string;
  /** The folder that is looked at. */
  readonly folder: string;
  /** How it is looked at. */
  readonly language: Language;
  /** Its size, in bytes. */
  readonly bytes: number;
  /** Commits that touched it, of the last {@linkcode LIMITS.maxCommits}. */
  readonly commits: number;
  /** Whether it is among the tenth that changes most often. */
  readonly hot: boolean;
}

/** What main asks the planner for. */
export interface PlanOrder {
  /** Which round this is. */
  readonly round: number;
  /** The folder to walk. */
  readonly folder: string;
  /** Files to add, wherever they are. */
  readonly extra: readonly { path: string; file: string }[];
  /** What to leave out without a word: files whose whole path begins so are the crew's own. */
  readonly except?: readonly string[];
}

/** What the planner is going to have done. */
export interface Plan {
  readonly round: number;
  readonly folder: string;
  /** The files, in the order they are handed out. */
  readonly paths: readonly string[];
  /** How many files were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** What an analyst found in one file. */
export interface Analysis {
  readonly item: WorkItem;
  readonly lines: number;
  readonly functions: readonly FunctionFigures[];
  readonly prints: readonly FunctionPrint[];
  readonly findings: readonly Finding[];
  /** Which process looked at it. */
  readonly analyst: string;
  /** How long that took, in milliseconds. */
  readonly tookMs: number;
}

/** What the reviewer asks an analyst for: the lines around a finding. */
export interface DetailQuestion {
  readonly item: WorkItem;
  readonly finding: Finding;
}

/** The answer to a {@linkcode DetailQuestion}. */
export interface Detail {
  /** The first lines of the place. */
  readonly excerpt: string;
  /** Which process answered. */
  readonly analyst: string;
}

/** What the reviewer made of one file. */
export interface Verdict {
  readonly round: number;
  readonly path: string;
  readonly grade: Grade;
  /** The weights of all findings together. */
  readonly score: number;
  readonly findings: number;
  readonly lines: number;
  readonly functions: number;
  readonly analyst: string;
}

/** A place worth mending, as the editor gets it from the reviewer. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly reason: string;
  readonly weight: number;
  readonly commits: number;
  readonly excerpt?: string;
}

/** What main asks the editor for. */
export interface ReportOrder {
  readonly round: number;
  readonly folder: string;
  /** Files that could not be analysed, and why. */
  readonly unreadable: readonly { path: string; reason: string }[];
}

/** A note of progress, or a sign of life. */
export interface Note {
  /** Which process. */
  readonly label: string;
  /** What it is doing, in a few words. */
  readonly doing: string;
  /** The file it is about. */
  readonly path?: string;
}

/** What a member's first note says: it listens. */
export const READY = "is ready";

/** Joins all messages about one file of one round; cut to what an id may hold. */
export function conversationOf(item: { round: number; path: string }): string {
  return `round-${item.round}:${item.path.slice(-200)}`;
}

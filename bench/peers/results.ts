import type { Machine } from "../machine.ts";
import { type Figures, type Outcome, valuesOf } from "../rounds.ts";
import { type Spread, spread } from "../statistics.ts";
import type { Peer } from "./peer.ts";

/** What systems are compared at: the works between processes, beginnings, within one process, and what is only ours. */
export type Section =
  | "one-way"
  | "request"
  | "fan-out"
  | "acked"
  | "durable"
  | "start"
  | "in process"
  | "ours";

/** One system in the tables. */
export interface SystemRow {
  readonly name: string;
  readonly role: Peer["role"];
  readonly setup?: string;
  readonly version?: string;
}

/** What a comparison came to. */
export interface Results {
  readonly machine: Machine;
  readonly command: string;
  readonly rounds: number;
  readonly systems: readonly SystemRow[];
  readonly localSystems: readonly SystemRow[];
  /** What could not be measured, and why. */
  readonly missing: readonly string[];
  /** Figures by section and system. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
}

/** The key of what one system does in one section. */
export function keyOf(section: Section, system: string): string {
  return `${section}: ${system}`;
}

/** One figure, or `undefined` where it was not measured. */
export function figureOf(
  { figures }: Pick<Results, "figures">,
  section: Section,
  system: string,
  figure: string,
): Spread | undefined {
  return figures[keyOf(section, system)]?.[figure];
}

/** Medians and spreads of everything that was measured. */
export function summarise(
  outcomes: ReadonlyMap<string, Outcome>,
): Results["figures"] {
  return Object.fromEntries(
    [...outcomes].map(([key, outcome]) => {
      const names = new Set(
        outcome.rounds.flatMap((figures: Figures | undefined) =>
          Object.keys(figures ?? {})
        ),
      );
      return [
        key,
        Object.fromEntries(
          [...names].map((name) => [name, spread(valuesOf(outcome, name))]),
        ),
      ];
    }),
  );
}

/** What could not be measured, how often, and why. */
export function missingOf(
  outcomes: ReadonlyMap<string, Outcome>,
): string[] {
  return [...outcomes].flatMap(([key, { rounds, failure }]) => {
    if (!failure) return [];
    const failed = rounds.filter((figures) => figures === undefined).length;
    const often = `in ${failed} of ${rounds.length} rounds`;
    return [`${key}, ${often}: ${failure.message}`];
  });
}

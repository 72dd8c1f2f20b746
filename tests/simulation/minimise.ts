import type { Action, Fault, Plan } from "./plan.ts";

/** What can be taken out of a plan. */
type Part =
  | { readonly kind: "action"; readonly it: Action }
  | { readonly kind: "fault"; readonly it: Fault };

/** How long is looked for a smaller plan. */
export interface MinimiseOptions {
  /** Says whether it is time to stop. */
  readonly isOver: () => boolean;
}

/**
 * Takes actions and faults out of a plan as long as it still fails, larger
 * pieces first (delta debugging, Zeller 2002).
 */
export async function minimise(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  { isOver }: MinimiseOptions,
): Promise<Plan> {
  let parts: Part[] = [
    ...plan.faults.map((it) => ({ kind: "fault", it }) as const),
    ...plan.actions.map((it) => ({ kind: "action", it }) as const),
  ];
  let size = Math.ceil(parts.length / 2);
  while (size >= 1 && !isOver()) {
    let isSmaller = false;
    for (let from = 0; from < parts.length && !isOver();) {
      const rest = parts.toSpliced(from, size);
      if (await fails(planWith(plan, rest))) {
        parts = rest;
        isSmaller = true;
      } else from += size;
    }
    if (size === 1 && !isSmaller) break;
    if (!isSmaller || size > parts.length) size = Math.ceil(size / 2);
  }
  return planWith(plan, parts);
}

function planWith(plan: Plan, parts: readonly Part[]): Plan {
  return {
    ...plan,
    actions: parts.flatMap(({ kind, it }) => kind === "action" ? [it] : []),
    faults: parts.flatMap(({ kind, it }) => kind === "fault" ? [it] : []),
  };
}

import { z } from "zod";
import { MESSAGE_TYPES } from "../../mod.ts";
import { strict, whole } from "./strict.ts";

const text = z.string().min(1, "it is empty").max(255, "it is too long");
const priority = whole(0, 100);

const shape = {
  id: text,
  priority,
  enabled: z.boolean().optional(),
  match: strict({
    type: z.enum(MESSAGE_TYPES).optional(),
    sender: text.optional(),
    recipient: text.optional(),
    topic: text.optional(),
  }).optional(),
  action: z.discriminatedUnion("kind", [
    strict({ kind: z.literal("forward"), recipient: text }),
    strict({ kind: z.literal("republish"), topic: text }),
    strict({ kind: z.literal("set-priority"), priority }),
    strict({ kind: z.literal("drop") }),
    strict({ kind: z.literal("dead-letter"), reason: text }),
  ]).optional(),
  final: z.boolean().optional(),
};

/** A routing rule, as a file of settings has it: without a handler, which is code. */
export const RuleSchema = strict(shape);

/** A rule for a bus that may have handlers registered. */
const AnyRuleSchema = strict({ ...shape, handler: text.optional() });

/** One rule, or a list of them. */
export const RulesSchema = z.union([
  z.array(AnyRuleSchema).min(1, "it holds no rule"),
  AnyRuleSchema.transform((rule) => [rule]),
], "it must be a rule, or a list of rules");

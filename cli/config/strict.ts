import { z } from "zod";

/** An object that has no other fields than these; one too many is told together with those there are. */
export function strict<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `there is no "${issue.keys?.[0]}" here, there are ${known}`
        : undefined,
  });
}

/** A whole number of a range. */
export function whole(least: number, most: number): z.ZodNumber {
  const text = `it must be a whole number from ${least} to ${most}`;
  return z.number(text).int(text).min(least, text).max(most, text);
}

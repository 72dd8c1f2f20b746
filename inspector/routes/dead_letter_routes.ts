import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { fingerprintOf, groupLetters } from "../dead_letter_groups.ts";
import type { InspectorEnv } from "../env.ts";
import { chosenLetters } from "../letter_choice.ts";
import {
  DeadLetterQuerySchema,
  DeadLetterSchema,
  LetterFilterSchema,
  LetterGroupSchema,
} from "../letter_schemas.ts";
import { Problem } from "../problem.ts";
import type { RouteParts } from "../route_parts.ts";
import { BRIEFLY } from "../shown.ts";
import { describe, json, jsonBody } from "./answers.ts";

const params = z.object({ id: z.string() });

const list = describe({
  method: "get",
  path: "/api/dead-letters",
  summary: "Messages that could not be handled, newest first",
  request: { query: DeadLetterQuerySchema },
  responses: {
    200: json(
      z.array(DeadLetterSchema),
      "Payloads over 16 KiB are named by their size only",
    ),
  },
});

const groups = describe({
  method: "get",
  path: "/api/dead-letters/groups",
  summary: "Dead letters by reason, agent and error, the most frequent first",
  responses: { 200: json(z.array(LetterGroupSchema), "At most 200 groups") },
});

const exported = describe({
  method: "get",
  path: "/api/dead-letters/export",
  summary: "Dead letters with their whole payloads, one JSON object a line",
  request: { query: DeadLetterQuerySchema.omit({ limit: true }) },
  responses: {
    200: {
      description: "A file, newest first",
      content: { "text/plain": { schema: z.string() } },
    },
  },
});

const one = describe({
  method: "get",
  path: "/api/dead-letters/{id}",
  summary: "One dead letter, with its whole payload",
  request: { params },
  responses: {
    200: json(DeadLetterSchema, "The letter"),
  },
}, ["not_found"]);

const discard = describe({
  method: "delete",
  path: "/api/dead-letters/{id}",
  summary: "Forget a letter",
  request: { params },
  responses: {
    204: { description: "It is gone" },
  },
}, ["not_found"]);

const discardMany = describe({
  method: "post",
  path: "/api/dead-letters/discard",
  summary: "Forget the letters that match",
  request: { body: jsonBody(LetterFilterSchema) },
  responses: {
    200: json(z.object({ discarded: z.number() }), "How many there were"),
  },
});

/** Adds the routes that show dead letters and forget them. */
export function addDeadLetterRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus: { deadLetters }, clock, display }: RouteParts,
): void {
  app.openapi(list, (c) => {
    const letters = chosenLetters(deadLetters, c.req.valid("query"));
    return c.json(
      letters.map((letter) => ({
        ...display.letter(letter, BRIEFLY),
        fingerprint: fingerprintOf(letter),
      })),
      200,
    );
  });
  app.openapi(
    groups,
    (c) => c.json(groupLetters(deadLetters, clock.now()), 200),
  );
  app.openapi(exported, (c) => {
    const letters = chosenLetters(deadLetters, c.req.valid("query"));
    const lines = letters.map((letter) =>
      JSON.stringify(display.letter(letter)) + "\n"
    );
    return c.text(lines.join(""), 200, {
      "Content-Disposition": 'attachment; filename="dead_letters.ndjson"',
    });
  });
  app.openapi(one, (c) => {
    const { id } = c.req.valid("param");
    const letter = deadLetters.get(id);
    if (!letter) throw missingLetter("show", id);
    return c.json(
      { ...display.letter(letter), fingerprint: fingerprintOf(letter) },
      200,
    );
  });
  app.openapi(discard, (c) => {
    const { id } = c.req.valid("param");
    c.set("action", `Discarded dead letter ${id}`);
    if (deadLetters.discard(id)) return c.body(null, 204);
    throw missingLetter("discard", id);
  });
  app.openapi(discardMany, (c) => {
    const letters = chosenLetters(deadLetters, c.req.valid("json"));
    const discarded = letters.filter(({ id }) => deadLetters.discard(id));
    c.set("action", `Discarded ${discarded.length} dead letters`);
    return c.json({ discarded: discarded.length }, 200);
  });
}

/** The answer to a request about a letter that is not there. */
export function missingLetter(verb: string, id: string): Problem {
  return new Problem(
    "not_found",
    `Cannot ${verb} dead letter as there is none with this id: "${id}"`,
  );
}

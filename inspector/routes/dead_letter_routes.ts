import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MessageBus } from "../../mod.ts";
import { Problem } from "../problem.ts";
import {
  DeadLetterQuerySchema,
  DeadLetterSchema,
  ReplayQuerySchema,
} from "../schemas.ts";
import { BRIEFLY, shownLetter } from "../shown.ts";
import { failure, json, jsonBody } from "./answers.ts";

const params = z.object({ id: z.string() });

const list = createRoute({
  method: "get",
  path: "/api/dead-letters",
  summary: "Messages that could not be handled, newest first",
  request: { query: DeadLetterQuerySchema },
  responses: {
    200: json(
      z.array(DeadLetterSchema),
      "Payloads over 16 KiB are named by their size only",
    ),
    400: failure("A part of the query is not well-formed"),
  },
});

const one = createRoute({
  method: "get",
  path: "/api/dead-letters/{id}",
  summary: "One dead letter, with its whole payload",
  request: { params },
  responses: {
    200: json(DeadLetterSchema, "The letter"),
    404: failure("There is no such letter"),
  },
});

const replayAll = createRoute({
  method: "post",
  path: "/api/dead-letters/replay",
  summary: "Send the messages of the matching letters again, oldest first",
  request: { body: jsonBody(ReplayQuerySchema) },
  responses: {
    200: json(z.object({ replayed: z.number() }), "How many the bus has taken"),
    400: failure("The query is not well-formed"),
  },
});

const replay = createRoute({
  method: "post",
  path: "/api/dead-letters/{id}/replay",
  summary: "Send a letter's message again",
  request: { params },
  responses: {
    200: json(z.object({ id: z.string() }), "The message's id"),
    404: failure("There is no such letter"),
    503: failure("The bus did not take it; the letter stays"),
  },
});

const discard = createRoute({
  method: "delete",
  path: "/api/dead-letters/{id}",
  summary: "Forget a letter",
  request: { params },
  responses: {
    204: { description: "It is gone" },
    404: failure("There is no such letter"),
  },
});

/** Adds the routes that show dead letters, send them again and forget them. */
export function addDeadLetterRoutes(
  app: OpenAPIHono,
  { deadLetters }: MessageBus,
): void {
  app.openapi(list, (c) => {
    const letters = deadLetters.entries(c.req.valid("query"));
    return c.json(letters.map((letter) => shownLetter(letter, BRIEFLY)), 200);
  });
  app.openapi(one, (c) => {
    const { id } = c.req.valid("param");
    const letter = deadLetters.get(id);
    if (letter) return c.json(shownLetter(letter), 200);
    throw missing("show", id);
  });
  app.openapi(replayAll, async (c) => {
    const replayed = await deadLetters.replayAll(c.req.valid("json"));
    return c.json({ replayed }, 200);
  });
  app.openapi(replay, async (c) => {
    const { id } = c.req.valid("param");
    if (!deadLetters.get(id)) throw missing("replay", id);
    return c.json({ id: await deadLetters.replay(id) }, 200);
  });
  app.openapi(discard, (c) => {
    const { id } = c.req.valid("param");
    if (deadLetters.discard(id)) return c.body(null, 204);
    throw missing("discard", id);
  });
}

function missing(verb: string, id: string): Problem {
  return new Problem(
    404,
    "not_found",
    `Cannot ${verb} dead letter as there is none with this id: "${id}"`,
  );
}

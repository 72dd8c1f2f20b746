import { frame } from "./bytes.ts";
import { frames, read, type Vector, vector } from "./vector.ts";

function send(
  id: string,
  shows: string,
  head: string,
  content: object,
): Vector {
  return vector({
    id: `message-${id}`,
    shows,
    chunks: [frame("send", { id: 1, head, payload: "31" })],
    expect: frames(read("send", { id: 1 }, { ...content })),
  });
}

/** A send that is taken. */
export function taken(
  id: string,
  shows: string,
  head: string,
  fields: object,
): Vector {
  const envelope = { type: "direct", ...fields };
  return send(id, shows, head, { envelope, payload: { json: 1 } });
}

/** A send that is refused. */
export function refused(
  id: string,
  shows: string,
  head: string,
  refusal = "invalid_message",
): Vector {
  return send(id, shows, head, { refusal });
}

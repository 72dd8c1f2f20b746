import { frame, join } from "./bytes.ts";
import { frames, read, refused, type Vector, vector } from "./vector.ts";

/** An envelope of nothing but its type. */
export const DIRECT = { type: "direct" };

/** An envelope as a client reads it. */
export function taken(
  id: string,
  shows: string,
  head: string,
  envelope: object,
): Vector {
  return vector({
    id: `envelope-${id}`,
    shows,
    reader: "client",
    chunks: [frame("deliver", { head, payload: "31" })],
    expect: frames(read("deliver", {}, { envelope, payload: { json: 1 } })),
  });
}

/** An envelope that is wrong: two vectors, as a client ends the stream and a bus does not. */
export function wrong(id: string, shows: string, head: string): Vector[] {
  const payload = "31";
  return [
    vector({
      id: `envelope-${id}`,
      shows,
      reader: "client",
      chunks: [frame("deliver", { head, payload })],
      expect: refused(),
    }),
    vector({
      id: `envelope-${id}-to-bus`,
      shows: `${shows}, in a send`,
      chunks: [join(frame("send", { id: 1, head, payload }), frame("ping"))],
      expect: frames(
        read("send", { id: 1 }, { refusal: "protocol" }),
        read("ping"),
      ),
    }),
  ];
}

import {
  crc,
  frame as plainFrame,
  type FrameParts,
  join,
  type Kind,
  type Runs,
  text,
  times,
  u32,
  unpack,
} from "./bytes.ts";
import { DIRECT } from "./envelope_vector.ts";
import {
  broken,
  frames,
  read,
  refused,
  type Vector,
  vector,
} from "./vector.ts";

const LIMIT = 1_000 + 131_072;

/** Frames with checksums in an open conversation: right ones, and all that can be wrong with them. */
export function checksumVectors(): Vector[] {
  return [
    ...right(),
    ...turnedOver(),
    ...wrongSums(),
    ...otherForm(),
    ...lengths(),
    ...rightButRefused(),
    ...inPlainConversation(),
  ];
}

/** A frame with checksums. */
function frame(kind: Kind | number, parts: FrameParts = {}): Runs {
  return plainFrame(kind, { ...parts, checksums: true });
}

function summed(
  name: string,
  shows: string,
  chunks: readonly Runs[],
  expect: Vector["expect"],
  more: Partial<Vector> = {},
): Vector {
  const id = `checksums-${name}`;
  const agreed = { maxMessageBytes: 1_000, checksums: true } as const;
  return vector({ id, shows, ...agreed, ...more, chunks, expect });
}

const NACK = { id: 9, aux: 1_000, payload: text("no") };
const NACK_READ = read("nack", NACK, { text: "no" });
const PING = frame("ping", { id: 7 });
const PING_READ = read("ping", { id: 7 });

function right(): Vector[] {
  const head = "010001 00";
  const forms = [3, 129, 255].map((form) =>
    summed(
      `form-${form}`,
      "the bits of the form that have no name are ignored, but counted in the checksums",
      [frame("ping", { id: 7, form })],
      frames(PING_READ),
    )
  );
  return [
    summed("header-alone", "nothing but a header", [PING], frames(PING_READ)),
    summed("payload", "a payload", [frame("nack", NACK)], frames(NACK_READ)),
    summed(
      "head-and-payload",
      "a head and a payload",
      [frame("deliver", { id: 1, head, payload: text("[]") })],
      frames(
        read("deliver", { id: 1 }, { envelope: DIRECT, payload: { json: [] } }),
      ),
      { reader: "client" },
    ),
    summed(
      "many",
      "one behind the other",
      [join(PING, frame("nack", NACK), PING)],
      frames(PING_READ, NACK_READ, PING_READ),
    ),
    summed(
      "goodbye",
      "what comes behind a goodbye does not count",
      [join(frame("goodbye", { payload: text("{}") }), "ff")],
      { frames: [read("goodbye")], closed: true },
    ),
    ...forms,
  ];
}

/** One bit of each byte there is, another one of each. */
function turnedOver(): Vector[] {
  const whole = unpack(frame("nack", NACK));
  return Array.from(whole, (byte, at) => {
    const bytes = whole.slice();
    bytes[at] = byte ^ (1 << (at % 8));
    return summed(
      `turned-${at}`,
      `a frame of which bit ${at % 8} of byte ${at} was turned over`,
      [join(PING, bytes.toHex(), PING)],
      broken(PING_READ),
    );
  });
}

function wrongSums(): Vector[] {
  const header = "00000018 05000001 00000001 00000000 00000000";
  const [one, other] = ["no", "on"].map((said) =>
    frame("nack", { ...NACK, payload: text(said) }).split(" ")
  );
  const ofTwo = [
    ...(frame("nack", { ...NACK, id: 8 }).split(" ").slice(0, -2)),
    ...(one?.slice(-2) ?? []),
  ];
  const payloadAlone = { ...NACK, wholeSum: crc(NACK.payload) };
  const cases: Record<string, [string, Runs]> = {
    "header-0": ["a checksum of 0", frame("nack", { ...NACK, headerSum: 0 })],
    "whole-0": ["a checksum of 0", frame("nack", { ...NACK, wholeSum: 0 })],
    "whole-of-payload": [
      "the second checksum is not that of head and payload alone",
      frame("nack", payloadAlone),
    ],
    "header-alone-0": [
      "without head and payload the second checksum is that of the header",
      join(header, u32(crc(header)), u32(0)),
    ],
    "body-of-another": [
      "the header of one frame, and what is behind that of another of its length",
      ofTwo.join(" "),
    ],
    "payload-of-another": [
      "a payload, and the checksum that another had",
      [...(one?.slice(0, -1) ?? []), other?.at(-1)].join(" "),
    ],
    "zeros": ["nothing but zeros", times("00", 24)],
    "ones": ["nothing but ones", times("ff", 24)],
  };
  return Object.entries(cases).map(([name, [shows, bytes]]) =>
    summed(`wrong-${name}`, shows, [bytes], broken())
  );
}

function otherForm(): Vector[] {
  const without = plainFrame("nack", NACK);
  const start = unpack(without).slice(0, 8).toHex();
  return [
    summed("missing", "a frame without", [without], broken()),
    summed(
      "missing-behind-good-frame",
      "a frame without, behind one that has them",
      [join(PING, plainFrame("ping"))],
      broken(PING_READ),
    ),
    summed(
      "missing-eight-bytes",
      "the form is judged as soon as its byte is there",
      [start],
      broken(),
    ),
    summed(
      "missing-seven-bytes",
      "before that nothing can be said",
      [start.slice(0, 14)],
      { frames: [], pending: 7 },
    ),
  ];
}

function lengths(): Vector[] {
  const tooLong = frame("ping", { length: LIMIT + 1 });
  const tooShort = [0, 15, 16, 23].map((length) =>
    summed(
      `length-${length}`,
      "a length that does not count what must be there",
      [frame("ping", { length })],
      refused(),
    )
  );
  const start = unpack(tooLong).slice(0, 23);
  return [
    ...tooShort,
    summed(
      "length-at-limit",
      "the longest frame",
      [frame("ping", { id: 7, payload: times("00", LIMIT - 24) })],
      frames(PING_READ),
    ),
    summed(
      "length-above-limit",
      "a length that is too much, and was sent",
      [tooLong],
      refused(),
    ),
    summed(
      "length-above-limit-turned",
      "a length that is too much, and was not sent",
      [frame("ping", { length: LIMIT + 1, headerSum: 0 })],
      broken(),
    ),
    summed(
      "length-above-limit-4-bytes",
      "a length is not believed before the checksum of its header is there",
      ["ffffffff"],
      { frames: [], pending: 4 },
    ),
    summed(
      "length-above-limit-23-bytes",
      "nor at the last byte but one",
      [start.toHex()],
      { frames: [], pending: 23 },
    ),
    summed(
      "length-above-limit-in-bytes",
      "but then, one byte at a time",
      Array.from(
        unpack(tooLong).slice(0, 24),
        (byte) => Uint8Array.of(byte).toHex(),
      ),
      refused(),
    ),
  ];
}

function rightButRefused(): Vector[] {
  return [
    summed(
      "kind-unknown",
      "what was sent as it arrived, and is no frame",
      [frame(99)],
      refused(),
    ),
    summed(
      "kind-unknown-not-complete",
      "a frame is judged by its kind once it is there",
      [frame(99, { length: 25 })],
      { frames: [], pending: 28 },
    ),
    summed(
      "kind-of-other-way",
      "a kind that does not travel this way",
      [frame("deliver")],
      refused(),
    ),
    summed(
      "head-length-4-of-4",
      "a head that is all there is",
      [frame("ack", { head: "aabbccdd", id: 1 })],
      frames(read("ack", { id: 1 })),
    ),
    summed(
      "head-length-5-of-4",
      "the checksum is no part of a head",
      [frame("ack", { head: "aabbccdd", headLength: 5 })],
      refused(),
    ),
  ];
}

function inPlainConversation(): Vector[] {
  const whole = frame("nack", NACK);
  const plain = { checksums: undefined };
  const pong = plainFrame("pong");
  return [
    summed(
      "unasked",
      "checksums that nobody asked for",
      [whole],
      broken(),
      plain,
    ),
    summed(
      "unasked-behind-good-frame",
      "the same, behind a frame without",
      [join(pong, whole)],
      broken(read("pong")),
      plain,
    ),
    summed(
      "unasked-eight-bytes",
      "the form is judged as soon as its byte is there",
      [unpack(whole).slice(0, 8).toHex()],
      broken(),
      plain,
    ),
    summed(
      "unasked-length-above-limit",
      "the length comes first where there are no checksums",
      [frame("ping", { length: LIMIT + 1 })],
      refused(),
      plain,
    ),
  ];
}

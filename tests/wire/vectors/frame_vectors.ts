import type { Role } from "../stream_reader.ts";
import { frame, join, type Kind, times, u32 } from "./bytes.ts";
import { frames, read, refused, type Vector, vector } from "./vector.ts";

const LIMIT = 1_000 + 131_072;

/** Lengths, kinds, flags and numbers of the header. */
export function frameVectors(): Vector[] {
  return [
    ...lengths(),
    ...prefixes(),
    ...headLengths(),
    ...unknownKinds(),
    ...ignoredBits(),
    ...numbers(),
  ];
}

function lengths(): Vector[] {
  const wrong = [0, 1, 15, LIMIT + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  const refusals = wrong.map((length) =>
    vector({
      id: `length-${length}`,
      shows: `a header that says ${length}, where 16 to ${LIMIT} is allowed`,
      maxMessageBytes: 1_000,
      chunks: [frame("ping", { length })],
      expect: refused(),
    })
  );
  const most = frame("ping", { id: 3, payload: times("00", LIMIT - 16) });
  return [
    ...refusals,
    vector({
      id: "length-16",
      shows: "a header, and nothing else",
      chunks: [frame("ping", { id: 7 })],
      expect: frames(read("ping", { id: 7 })),
    }),
    vector({
      id: "length-at-limit",
      shows: "the longest frame; what it carries is ignored, as it is a ping",
      maxMessageBytes: 1_000,
      chunks: [most],
      expect: frames(read("ping", { id: 3 })),
    }),
    vector({
      id: "length-above-limit-after-good-frame",
      shows: "what came before a frame that is too long counts",
      maxMessageBytes: 1_000,
      chunks: [join(frame("pong", { id: 1 }), u32(LIMIT + 1))],
      expect: refused(read("pong", { id: 1 })),
    }),
  ];
}

function prefixes(): Vector[] {
  const wrong = [0, 15, LIMIT + 1, 2 ** 31, 2 ** 32 - 1];
  return [
    ...wrong.map((length) =>
      vector({
        id: `prefix-${length}`,
        shows: `four bytes are enough to refuse a length of ${length}`,
        maxMessageBytes: 1_000,
        chunks: [u32(length)],
        expect: refused(),
      })
    ),
    ...wrong.map((length) =>
      vector({
        id: `prefix-${length}-in-bytes`,
        shows: `the same, one byte at a time`,
        maxMessageBytes: 1_000,
        chunks: u32(length).match(/../g) ?? [],
        expect: refused(),
      })
    ),
    vector({
      id: "prefix-at-limit",
      shows: "a length that is allowed is waited for",
      maxMessageBytes: 1_000,
      chunks: [u32(LIMIT)],
      expect: { frames: [], pending: 4 },
    }),
    vector({
      id: "prefix-three-bytes",
      shows: "three bytes of a length say nothing, even these",
      chunks: ["ffffff"],
      expect: { frames: [], pending: 3 },
    }),
  ];
}

function headLengths(): Vector[] {
  const carried = { head: "aabb", payload: "ccdd", id: 9 };
  const taken = [0, 1, 2, 3, 4].map((headLength) =>
    vector({
      id: `head-length-${headLength}-of-4`,
      shows: "a head of a kind that has none is ignored",
      chunks: [frame("ack", { ...carried, headLength })],
      expect: frames(read("ack", { id: 9 })),
    })
  );
  const wrong = [5, 2 ** 31, 2 ** 32 - 1].map((headLength) =>
    vector({
      id: `head-length-${headLength}-of-4`,
      shows: "a head that does not fit into its frame, of any kind",
      chunks: [frame("ack", { ...carried, headLength })],
      expect: refused(),
    })
  );
  const none = vector({
    id: "head-length-1-of-0",
    shows: "a head of one byte in a frame that has nothing but its header",
    chunks: [frame("ping", { headLength: 1 })],
    expect: refused(),
  });
  return [...taken, ...wrong, none];
}

const UNKNOWN = [
  [0, 6, 7, 8, 9, 16, 17, 18, 19, 23, 24, 25, 26, 27, 28, 29, 36, 37, 38, 39],
  [46, 47, 63, 64, 65, 74, 100, 127, 128, 129, 132, 138, 192, 254, 255],
].flat();

function unknownKinds(): Vector[] {
  const toBus = UNKNOWN.map((kind) =>
    vector({
      id: `kind-${kind}`,
      shows: `a kind that is not in the table: ${kind}`,
      chunks: [frame(kind)],
      expect: refused(),
    })
  );
  const toClient = [0, 6, 46, 132, 255].map((kind) =>
    vector({
      id: `kind-${kind}-to-client`,
      shows: `a kind that is not in the table: ${kind}`,
      reader: "client",
      chunks: [frame(kind)],
      expect: refused(),
    })
  );
  const late = vector({
    id: "kind-unknown-not-complete",
    shows: "a frame is judged by its kind once it is there",
    chunks: [frame(200, { length: 17 })],
    expect: { frames: [], pending: 20 },
  });
  return [...toBus, ...toClient, late];
}

const FLAGGED: readonly (readonly [number, Role, Kind, string])[] = [
  [4, "bus", "detach", "a flag that belongs to a request"],
  [16, "bus", "detach", "drain"],
  [16 + 128, "bus", "detach", "drain, and a flag that belongs to a nack"],
  [127, "bus", "cancel", "flags that mean nothing here"],
  [128, "bus", "ping", "a flag that belongs to a nack"],
  [255, "client", "credit", "every flag"],
];

function ignoredBits(): Vector[] {
  const flagged = FLAGGED.map(([flags, reader, kind, what]) =>
    vector({
      id: `flags-${flags}-${kind}`,
      shows: what,
      reader,
      chunks: [frame(kind, { flags, id: 1 })],
      expect: frames(read(kind, { flags, id: 1 })),
    })
  );
  const reserved = [2, 128, 254].map((form) =>
    vector({
      id: `reserved-${form}`,
      shows: "the bits of the form that have no name are ignored",
      chunks: [frame("extend", { form, id: 1 })],
      expect: frames(read("extend", { id: 1 })),
    })
  );
  const priority = vector({
    id: "priority-255-of-ping",
    shows: "the priority of what carries no message is ignored",
    chunks: [frame("ping", { priority: 255 })],
    expect: frames(read("ping", { priority: 255 })),
  });
  return [...flagged, ...nacks(), ...reserved, priority];
}

function nacks(): Vector[] {
  return [0, 32, 64, 128].map((flags) =>
    vector({
      id: `flags-${flags}-nack`,
      shows: "when a nack is to be tried again",
      chunks: [frame("nack", { flags, id: 1, aux: 1_000 })],
      expect: frames(read("nack", { flags, id: 1, aux: 1_000 }, { text: "" })),
    })
  );
}

function numbers(): Vector[] {
  return [0, 1, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].flatMap((value) => [
    vector({
      id: `id-${value}`,
      shows: `an id of ${value}`,
      chunks: [frame("ack", { id: value })],
      expect: frames(read("ack", { id: value })),
    }),
    vector({
      id: `aux-${value}`,
      shows: `an aux of ${value}`,
      chunks: [frame("grant", { aux: value })],
      expect: frames(read("grant", { aux: value })),
    }),
  ]);
}

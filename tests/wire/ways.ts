import { FrameKind } from "../../transports/transport.ts";

/** A kind of frame, as the table of the wire protocol's page has it. */
export interface Way {
  /** Its name there. */
  readonly name: string;
  /** Who reads it. */
  readonly reader: "bus" | "client" | "both";
}

const BOTH: readonly FrameKind[] = [
  FrameKind.goodbye,
  FrameKind.ping,
  FrameKind.pong,
  FrameKind.reply,
  FrameKind.piece,
  FrameKind.end,
  FrameKind.fail,
  FrameKind.grant,
];
const TO_CLIENT: readonly FrameKind[] = [
  FrameKind.welcome,
  FrameKind.attached,
  FrameKind.detached,
  FrameKind.accepted,
  FrameKind.refused,
  FrameKind.credit,
  FrameKind.deliver,
  FrameKind.leaseEnd,
];
const WAYS: ReadonlyMap<number, Way> = new Map(
  Object.entries(FrameKind).map(([name, kind]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter}`);
    const reader = BOTH.includes(kind)
      ? "both"
      : TO_CLIENT.includes(kind)
      ? "client"
      : "bus";
    return [kind, { name: words.toLowerCase(), reader }];
  }),
);

/** Where a kind travels, and its name. */
export function wayOf(kind: FrameKind): Way {
  return WAYS.get(kind) ?? { name: `${kind}`, reader: "both" };
}

import assert from "node:assert/strict";
import { MessageFrame } from "../../../bus/remote/message_frame.ts";
import { readSubmission } from "../../../bus/remote/submission_frame.ts";
import type { MessageFields } from "../../../core/message_check.ts";
import {
  decodePayload,
  type Frame,
  FrameKind,
  Slab,
} from "../../../transports/transport.ts";
import { FrameDecoder } from "../../../transports/wire/decoder.ts";
import { frameBytes, writeFrame } from "../../../transports/wire/frame.ts";
import { Chance } from "./chance.ts";
import { anyJson, goodEnvelope } from "./messages.ts";

interface Sent {
  readonly isRequest: boolean;
  readonly id: string;
  readonly fields: MessageFields;
  readonly value: unknown;
}

/**
 * Sends messages as a client does and reads them as a bus does.
 *
 * @throws {Error} If one is read as another, with the seed and its place.
 */
export function roundTrips(seed: number, messages: number): void {
  const framer = new MessageFrame();
  for (let place = 0; place < messages; place++) {
    const chance = new Chance(seed, place);
    const sent = anyMessage(chance);
    try {
      assert.equal(shown(received(framer, sent, chance.next())), shown(sent));
    } catch (cause) {
      const shownSeed = `0x${seed.toString(16)}`;
      throw new Error(`Message ${place} of seed ${shownSeed}: ${cause}`, {
        cause,
      });
    }
  }
}

function anyMessage(chance: Chance): Sent {
  const isRequest = chance.oneIn(4);
  const { id = "", ...envelope } = goodEnvelope(chance);
  const fields: MessageFields = {
    ...envelope,
    type: isRequest ? "request" : envelope.type,
    sender: "reader",
    priority: chance.below(101),
    requiresAck: chance.oneIn(2),
  };
  const value = chance.oneIn(4)
    ? Uint8Array.from({ length: chance.below(300) }, () => chance.below(256))
    : anyJson(chance);
  return { isRequest, id, fields, value };
}

/** What a bus reads of a message that a client has sent. */
function received(framer: MessageFrame, sent: Sent, operation: number): Sent {
  const { id, fields, value, isRequest } = sent;
  const written = framer.fill(
    isRequest ? FrameKind.request : FrameKind.send,
    { operation, id, fields, body: { value, bytes: 0 } },
  );
  const bytes = new Uint8Array(frameBytes(written));
  writeFrame(written, bytes, 0);
  const read: Sent[] = [];
  new FrameDecoder(bytes.length).push(bytes, (frame) => {
    assert.equal(frame.id, operation);
    read.push(messageOf(frame));
  });
  const [only] = read;
  assert.ok(only !== undefined && read.length === 1);
  return only;
}

function messageOf(frame: Frame): Sent {
  const { id = "", fields, body } = readSubmission(
    frame,
    "reader",
    new Slab(0),
  );
  assert.ok("encoded" in body);
  const { bytes, binary } = body.encoded;
  const isRequest = frame.kind === FrameKind.request;
  return { isRequest, id, fields, value: decodePayload(bytes, binary) };
}

/** A text that is the same for messages that are. */
function shown({ fields, value, ...rest }: Sent): string {
  const isBytes = value instanceof Uint8Array;
  const said = Object.entries(fields)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => one < other ? -1 : 1);
  return JSON.stringify({ ...rest, said, isBytes, value });
}

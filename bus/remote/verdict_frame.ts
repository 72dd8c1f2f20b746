import { errorText } from "../../core/errors.ts";
import {
  type Frame,
  frame,
  FrameFlag,
  FrameKind,
  type PayloadEncoder,
} from "../../transports/transport.ts";
import type { Body, Verdict } from "../consumer.ts";
import { encodeJson } from "./protocol.ts";

/** What is said of a request. */
export type Answer = Extract<Verdict, { kind: "reply" | "end" | "fail" }>;
/** What is said of any other delivery, or of a request that is not answered. */
export type Settlement = Exclude<Verdict, Answer>;

const ENCODER = new TextEncoder();

/** Whether a verdict answers a request. */
export function isAnswer(verdict: Verdict): verdict is Answer {
  const { kind } = verdict;
  return kind === "reply" || kind === "end" || kind === "fail";
}

/** What is said of a lease that has ended: the verb, without its payload. */
export function late(verdict: Verdict): Verdict {
  return isAnswer(verdict) ? { kind: "end" } : { kind: "ack" };
}

/** The frame that settles a lease. */
export function settleFrame(id: number, verdict: Settlement): Frame {
  switch (verdict.kind) {
    case "ack":
      return frame(FrameKind.ack, { id });
    case "return":
      return frame(FrameKind.nack, { id, flags: FrameFlag.unstarted });
    case "nack": {
      const { delayMs, giveUp, reason } = verdict;
      const flags = giveUp
        ? FrameFlag.giveUp
        : delayMs === undefined
        ? FrameFlag.policy
        : 0;
      const payload = ENCODER.encode(reason ?? "");
      return frame(FrameKind.nack, { id, aux: delayMs ?? 0, flags, payload });
    }
    case "reject": {
      const payload = encodeJson({ code: "rejected", reason: verdict.reason });
      return frame(FrameKind.reject, { id, payload });
    }
  }
}

/** The frame that answers a request, which holds until `payloads` encodes the next. */
export function answerFrame(
  id: number,
  verdict: Answer,
  payloads: PayloadEncoder,
): Frame {
  switch (verdict.kind) {
    case "reply":
      return replyFrame(id, verdict.body, payloads);
    case "end":
      return frame(FrameKind.end, { id });
    case "fail":
      return failFrame(id, verdict.message);
  }
}

function replyFrame(id: number, body: Body, payloads: PayloadEncoder): Frame {
  try {
    const { bytes, binary } = "encoded" in body
      ? body.encoded
      : payloads.encode(body.value);
    const flags = binary ? FrameFlag.binary : 0;
    return frame(FrameKind.reply, { id, flags, payload: bytes });
  } catch (error) {
    // It was changed after it was returned, into something that is no JSON.
    return failFrame(id, errorText(error));
  }
}

function failFrame(id: number, message: string): Frame {
  const payload = encodeJson({ code: "remote", message });
  return frame(FrameKind.fail, { id, payload });
}

import type { Fault } from "../fault.ts";

const WIRE_CHANNEL = "tests/unit/wire_channel_test.ts";
const WIRE_DECODER = "tests/unit/wire_decoder_test.ts";
const WIRE_WRITER = "tests/unit/wire_writer_test.ts";

/** Faults of frames, and of how they are written. */
export const WIRE_FAULTS: readonly Fault[] = [
  {
    name: "silence-unnoticed",
    law: "L1",
    says: "A peer that has fallen silent is never given up.",
    file: "transports/wire/heartbeat.ts",
    text: "const goneMs = 2 * this.#intervalMs;",
    replacement: "const goneMs = 2_000 * this.#intervalMs;",
    tests: [{
      file: WIRE_CHANNEL,
      name:
        "FrameChannel gives a peer up that is silent for twice heartbeatMs (O3)",
    }],
    laws: ["L1", "L6"],
  },
  {
    name: "cut-frame-taken-for-an-end",
    law: "S7",
    says: "A stream that ends inside a frame ends as if all were well.",
    file: "transports/wire/channel.ts",
    text: `if (this.#decoder.pendingBytes > 0) this.#fail(cutOff(this.remote));
`,
    replacement: "",
    tests: [{
      file: WIRE_CHANNEL,
      name: "FrameChannel.run() rejects a stream that ends inside a frame",
    }],
    laws: ["S7", "X1"],
  },
  {
    name: "partial-frame-accepted",
    law: "S7",
    says: "A frame is handed out before its last byte has come.",
    file: "transports/wire/decoder.ts",
    text: "if (this.#arrived === total) this.#handOutSplit(total, onFrame);",
    replacement:
      "if (this.#arrived >= total - 1) this.#handOutSplit(total, onFrame);",
    tests: [{
      file: WIRE_DECODER,
      name:
        "FrameDecoder.push() gives the same frames and error at every one-byte cut",
    }],
    laws: ["S7", "S1"],
  },
  {
    name: "control-behind-data",
    law: "P5",
    says: "Control frames wait behind all others.",
    file: "transports/wire/writer.ts",
    text:
      "const lane = isControlKind(frame.kind) ? this.#control : this.#ordered;",
    replacement:
      "const lane = isControlKind(frame.kind) ? this.#ordered : this.#ordered;",
    tests: [{
      file: WIRE_WRITER,
      name:
        "FrameWriter.send() puts control frames in front of all that is not on the way (P5)",
    }],
    laws: [],
  },
  {
    name: "room-not-announced",
    law: "B3",
    says: "A connection that has room again tells nobody.",
    file: "transports/wire/writer.ts",
    text: `this.#saturated = false;
    this.#options.onWritable();`,
    replacement: "this.#saturated = false;",
    tests: [{
      file: WIRE_WRITER,
      name:
        "FrameWriter.writable is false above 1 MiB until less than half of it is left",
    }],
    laws: [],
  },
  {
    name: "frame-lost-between-writes",
    law: "S1",
    says:
      "A frame that comes right as the last write ends waits for the one after it.",
    file: "transports/wire/writer.ts",
    text: `this.#flushing = false;
    this.#whenIdle?.resolve();`,
    replacement:
      `void Promise.resolve().then(() => {}).then(() => this.#flushing = false);
    this.#whenIdle?.resolve();`,
    tests: [{
      file: WIRE_WRITER,
      name: "FrameWriter.send() is heard right after the last write has ended",
    }],
    laws: [],
  },
];

import assert from "node:assert/strict";
import type { AgentShown, Stats, Topic } from "../../cli/answers.ts";
import { type Sample, topFrame } from "../../cli/top_frame.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import { MAIN, outputOf, serveProcess } from "./support/busbar_process.ts";
import { Served } from "./support/served.ts";
import { TestTerminal } from "./support/test_terminal.ts";

const HERE = new URL("./support/", import.meta.url).pathname;

/** A moment of a bus that is up for so long, and has accepted so many. */
function sample(
  uptimeMs: number,
  totalMessages: number,
  rest: Partial<Stats> = {},
  lists: Partial<Sample> = {},
): Sample {
  const stats: Stats = {
    name: "crew",
    state: "open",
    uptimeMs,
    totalMessages,
    totalSent: 0,
    totalDelivered: totalMessages,
    totalAcked: 0,
    totalFailed: 0,
    totalExpired: 0,
    totalDropped: 0,
    totalRedelivered: 0,
    totalRefused: 0,
    pendingMessages: 0,
    deadLetters: 0,
    perTopic: {},
    latencyMs: { p50: 0.5, p90: 1, p99: 2, max: 3 },
    backpressure: {
      pending: 250,
      waiting: 0,
      maxPending: 1_000,
      saturated: false,
      peakPending: 0,
    },
    ...rest,
  };
  return { stats, agents: [], topics: [], ...lists };
}

function agent(name: string, waiting: number): AgentShown {
  return {
    name,
    instances: waiting > 5 ? 0 : 1,
    mailboxDepth: waiting,
    inFlight: 0,
    lastSeen: 0,
    durable: false,
    subscriptions: [],
  };
}

function topic(name: string, messages: number): Topic {
  return { topic: name, messages, subscribers: ["coder"] };
}

Deno.test("topFrame() shows rates, and how full the bus is", () => {
  const { terminal } = new TestTerminal();
  const frame = topFrame(terminal, sample(5_000, 3_000), sample(3_000, 1_000));
  assert.equal(frame[0], "crew up 5 s   q quits");
  assert.match(frame[1] ?? "", /^accepted 1,000\/s {2}delivered 1,000\/s/);
  assert.match(frame[2] ?? "", /^unfinished █{5}░{15} 250 of 1,000$/);
});

Deno.test("topFrame() shows no rate of one moment, nor a negative one of a bus started anew", () => {
  const { terminal } = new TestTerminal();
  const [, first = ""] = topFrame(terminal, sample(5_000, 3_000), undefined);
  assert.match(first, /^accepted – /);
  const before = sample(1_000, 9_000);
  const [, anew = ""] = topFrame(terminal, sample(2_000, 5), before);
  assert.match(anew, /^accepted 0\/s/);
});

Deno.test("topFrame() puts first for whom most waits and what moves most", () => {
  const { terminal } = new TestTerminal();
  const agents = [agent("idle", 0), agent("busy", 9), agent("slow", 3)];
  const before = sample(1_000, 0, {}, { topics: [topic("still", 90)] });
  const now = sample(2_000, 0, {}, {
    agents,
    topics: [topic("still", 90), topic("quick", 5)],
  });
  const frame = topFrame(terminal, now, before);
  const names = frame.map((line) => line.split(" ")[0]);
  const at = (name: string) => names.indexOf(name);
  assert.ok(at("busy") < at("slow") && at("slow") < at("idle"));
  assert.ok(at("idle") < at("quick") && at("quick") < at("still"));
  assert.match(frame[at("busy")] ?? "", /^busy \(away\)/);
  assert.match(frame[at("quick")] ?? "", /^quick +5 +5\/s +1$/);
});

Deno.test("topFrame() never outgrows the window", () => {
  const agents = Array.from({ length: 100 }, (_, n) => agent(`a${n}`, 0));
  const topics = Array.from({ length: 100 }, (_, n) => topic(`t${n}`, n));
  const now = sample(1_000, 0, {}, { agents, topics });
  for (const [columns, rows] of [[80, 24], [20, 10], [200, 50], [5, 3]]) {
    const { terminal } = new TestTerminal({
      isTerminal: true,
      columns,
      rows,
      env: { NO_COLOR: "1" },
    });
    const frame = topFrame(terminal, now, now);
    assert.ok(frame.length < (rows ?? 0), `${frame.length} lines of ${rows}`);
    for (const line of frame) assert.ok(line.length <= (columns ?? 0), line);
  }
  const { terminal } = new TestTerminal();
  assert.match(topFrame(terminal, now, now).join("\n"), /^and \d\d more$/m);
});

Deno.test("busbar top prints one picture where no terminal is", async () => {
  await using served = await Served.start();
  const { code, out } = await served.run(["top"]);
  assert.equal(code, 0);
  assert.match(out[0] ?? "", /^tested up /);
  assert.doesNotMatch(out.join(""), /\p{Cc}/u);
});

const python = await findPython();

Deno.test({
  name:
    `busbar top in a terminal redraws, ends by q, and leaves the screen as it was${
      python === undefined ? " (ignored: there is no python3 to make one)" : ""
    }`,
  ignore: python === undefined && Deno.env.get("CI") !== "true",
  async fn() {
    assert.ok(python, "there is no python3 to make a terminal with");
    await using directory = await SocketDirectory.create();
    const socket = directory.file("bus.sock");
    const { program } = await serveProcess(["--socket", socket]);
    await using _serve = program;
    for (const key of ["q", "\x03"]) {
      const { code, out, errors } = await outputOf(python, [
        ...[`${HERE}in_terminal.py`, key, "q quits", "3"],
        ...[Deno.execPath(), "run", "-A", MAIN, "top"],
        ...["--socket", socket, "--every", "50ms"],
      ]);
      assert.equal(code, 0, errors + out);
      const [drawn = "", status = ""] = out.split("\x1e");
      assert.equal(status, "0", out);
      assert.ok(drawn.includes("\x1b[?1049h\x1b[?25l"));
      assert.match(drawn, /accepted \d+\/s/);
      assert.ok(drawn.trimEnd().endsWith("\x1b[?25h\x1b[?1049l"), drawn);
    }
    await program.interrupt();
  },
});

async function findPython(): Promise<string | undefined> {
  for (const name of ["python3", "/usr/bin/python3"]) {
    try {
      const { code } = await outputOf(name, ["-c", "import pty"]);
      if (code === 0) return name;
    } catch {
      // There is none of that name.
    }
  }
  return undefined;
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pause } from "../peers/pause.ts";
import { Dice } from "../support/dice.ts";

const MAIN = fileURLToPath(
  new URL("../../examples/crew/main.ts", import.meta.url),
);
/** Longest wait for a line or for processes to end, in milliseconds. */
const PATIENCE_MS = 40_000;

const BRANCHES = "  if (a > 1) a--;\n".repeat(25);
const COPIED = `(orders: { price: number; off: boolean }[], rate: number) {
  let sum = 0;
  for (const order of orders) {
    if (order.off) continue;
    const price = order.price > 10 ? order.price * rate : order.price;
    if (price > 100 && rate !== 1) sum += price * rate;
    else sum += price;
  }
  const rounded = Math.round(sum * 100) / 100;
  return { rounded, count: orders.length, mean: rounded / orders.length };
}
`;

/** The texts of a small project with something to find in it. */
const FILES: Record<string, string> = {
  "README.md": "# A project\n",
  "src/busy.ts":
    `/** Busy. */\nexport function busy(a: number): number {\n${BRANCHES}  return a;\n}\n`,
  "src/first.ts": `export function total${COPIED}`,
  "src/second.ts": `export function sum${COPIED}`,
  "src/lint.ts": "/** One. */\nexport var one = 1;\n",
  "node_modules/x/index.js": "function ( {",
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `src/plain_${at}.ts`,
      `/** Number ${at}. */\nexport const plain${at} = ${at};\n`,
    ]),
  ),
};
/** All but `node_modules`, and the one that is broken on purpose. */
const PLANNED = Object.keys(FILES).length - 1 + 1;

/** A project's folder, and a place for whatever the demo puts down. */
async function withProject(
  use: (folder: string, tmp: string) => Promise<void>,
  files: Record<string, string> = FILES,
): Promise<void> {
  const top = await Deno.makeTempDir({ prefix: "demo-test-" });
  try {
    const [folder, tmp] = [join(top, "project"), join(top, "tmp")];
    await Deno.mkdir(tmp);
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    await use(folder, tmp);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

function demo(tmp: string, ...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, ...args],
    env: { TMPDIR: tmp, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The lines a process writes, waited for one after the other. */
class Lines implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Waits for text that matches, and forgets what came before its end. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    const timer = setTimeout(
      () => void this.#reader.cancel(new Error("too late")),
      PATIENCE_MS,
    );
    try {
      while (true) {
        const found = pattern.exec(this.#text);
        if (found !== null) {
          this.#text = this.#text.slice(found.index + found[0].length);
          return found;
        }
        const { done, value } = await this.#reader.read();
        assert.ok(!done, `${pattern} did not come; what came: ${this.#text}`);
        this.#text += value;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

/** Waits until no process has this path on its command line. */
async function noProcessOf(path: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (await processesOf(path) > 0) {
    assert.ok(Date.now() < until, "processes of the crew are still there");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function processesOf(path: string): Promise<number> {
  // Only Linux shows the command lines of processes as files.
  if (Deno.build.os !== "linux") return 0;
  let found = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    if (words.includes(join(path, "busbar-crew-"))) found++;
  }
  return found;
}

Deno.test("the demo with --once accounts for every file, though an analyst dies half-way", async () => {
  await withProject(async (folder, tmp) => {
    const file = join(tmp, "..", "report.md");
    const { code, stdout, stderr } = await demo(
      tmp,
      ...["--", "--once", "--report", file, folder],
    ).output();
    const report = new TextDecoder().decode(stdout);
    const told = new TextDecoder().decode(stderr);
    assert.equal(code, 0, told);
    assert.equal(report, await Deno.readTextFile(file));
    assert.match(report, /^# What to mend first in project\n/);
    assert.match(report, /`src\/busy\.ts:2`: `busy` has 26 ways through/);
    assert.match(
      report,
      /src\/(first|second)\.ts:1`: `(total|sum)` is 100 % like/,
    );
    assert.match(report, /`src\/lint\.ts:2`: no-var/);
    assert.match(report, /export function busy\(a: number\)/);
    assert.match(
      report,
      /Could not be analysed\n\n- `crew\/broken_on_purpose\.ts`: Cannot parse/,
    );
    assert.match(told, new RegExp(`^files +${PLANNED}$`, "m"));
    assert.match(told, /^dead letters +1$/m);
    assert.match(told, /^redelivered +[1-9]/m);
    assert.match(told, /^processes replaced +1$/m);
    assert.match(told, /^analyst-1 died \(status 70\)/m);
    assert.doesNotMatch(told, /Not accounted for/);
    assert.deepEqual([...Deno.readDirSync(tmp)], []);
    assert.equal(await processesOf(tmp), 0);
  });
});

Deno.test("the demo stays up: a mended dead letter is replayed by hand and gets its verdict", async () => {
  await withProject(async (folder, tmp) => {
    await using process = demo(tmp, "--port", "0", folder).spawn();
    await using told = new Lines(process.stderr);
    await using printed = new Lines(process.stdout);
    const [, origin, token] = await told.find(
      /Inspector: (http:\/\/\S+?)\/\?token=(\S+)/,
    );
    const [, broken = ""] = await told.find(/Broken on purpose: (.+)\n/);
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${origin}${path}`, { ...init, headers });
      return await answer.json();
    };
    const [letter, ...others] = await ask("/api/dead-letters");
    assert.equal(letter.reason, "rejected");
    assert.equal(letter.message.payload.path, "crew/broken_on_purpose.ts");
    assert.deepEqual(others, []);

    await Deno.writeTextFile(broken, "export const mended = 1;\n");
    await ask(`/api/dead-letters/${letter.id}/replay`, { method: "POST" });
    await told.find(/broken_on_purpose\.ts was sent back and has its verdict/);
    const [, report = ""] = await told.find(/written anew: (.+)\n/);
    assert.doesNotMatch(await Deno.readTextFile(report), /not be analysed/);
    assert.deepEqual(await ask("/api/dead-letters"), []);
    const rules: { id: string; matches: number }[] = await ask("/api/rules");
    assert.deepEqual(rules.map(({ id }) => id), [
      "hot-files-first",
      "severe-findings-to-the-editor",
    ]);
    assert.ok(rules.every(({ matches }) => matches > 0));

    process.kill("SIGTERM");
    await printed.find(/Could not be analysed/);
    assert.equal((await process.status).code, 0);
    assert.deepEqual([...Deno.readDirSync(tmp)], []);
    assert.equal(await processesOf(tmp), 0);
  });
});

Deno.test("the demo with --keep-awake looks at the folder again", async () => {
  await withProject(async (folder, tmp) => {
    const args = ["--port", "0", "--keep-awake", "1", folder];
    await using process = demo(tmp, ...args).spawn();
    await using told = new Lines(process.stderr);
    await using _printed = new Lines(process.stdout);
    const all = new RegExp(`${PLANNED} of ${PLANNED} files`);
    await told.find(all);
    await told.find(/^dead letters +1$/m);
    await told.find(all);
    process.kill("SIGINT");
    assert.equal((await process.status).code, 0);
  });
});

Deno.test({
  name: "the crew ends by itself when the demo is killed",
  ignore: Deno.build.os !== "linux",
  fn: () => killed(),
});

function killed(): Promise<void> {
  return withProject(async (folder, tmp) => {
    await using process = demo(tmp, "--port", "0", folder).spawn();
    await using told = new Lines(process.stderr);
    await using _printed = new Lines(process.stdout);
    await told.find(/The crew is there/);
    assert.ok(await processesOf(tmp) >= 5);
    process.kill("SIGKILL");
    await process.status;
    await noProcessOf(tmp);
  });
}

/** Kills of one run of the demo, and what brings their moments back. */
const KILLS = Number(Deno.env.get("DEMO_KILLS") ?? 3);
const SEED = Number(Deno.env.get("DEMO_SEED") ?? Date.now() % 2 ** 32);
/** By when a demo, or a crew that is there, is killed, in milliseconds. */
const KILLED_WITHIN_MS = 400;
/** So many files that the work outlasts a few kills. */
const MANY_FILES: Record<string, string> = {
  ...FILES,
  ...Object.fromEntries(
    Array.from({ length: 12 * KILLS }, (_, at) => [
      `src/more_${at}.ts`,
      `export function more${at}(a: number): number {\n${BRANCHES}  return a;\n}\n`,
    ]),
  ),
};

Deno.test(`the demo with --store, killed ${KILLS} times, writes the report of one that was not (DEMO_SEED=${SEED})`, async () => {
  await withProject(async (folder, tmp) => {
    const [whole, mended] = [join(tmp, "whole.md"), join(tmp, "killed.md")];
    const { code } = await demo(tmp, "--once", "--report", whole, folder)
      .output();
    assert.equal(code, 0);

    const args = ["--once", "--store", join(folder, "demo.db")];
    const again = demo(tmp, ...args, "--report", mended, folder);
    const dice = new Dice(SEED);
    let kills = 0;
    while (kills < KILLS && await killedWithin(again, dice)) kills++;
    assert.ok(kills > 0, "the demo was over before it could be killed");
    const last = await again.output();
    const told = new TextDecoder().decode(last.stderr);
    assert.equal(last.code, 0, told);
    assert.match(told, /^dead letters +1$/m);
    assert.doesNotMatch(told, /Not accounted for/);
    assert.equal(
      await Deno.readTextFile(mended),
      await Deno.readTextFile(whole),
    );
  }, MANY_FILES);
});

/** @returns Whether it was killed; not if its work was done before. */
async function killedWithin(command: Deno.Command, dice: Dice) {
  await using process = command.spawn();
  await using told = new Lines(process.stderr);
  await using _printed = new Lines(process.stdout);
  // One in four is killed before or while the crew comes.
  if (dice.chance(0.75)) await told.find(/The crew is there/);
  await pause(dice.int(0, KILLED_WITHIN_MS));
  process.kill("SIGKILL");
  return (await process.status).signal === "SIGKILL";
}

Deno.test("the demo with --store begins another round once the last one was reported", async () => {
  await withProject(async (folder, tmp) => {
    const store = join(tmp, "demo.db");
    const args = ["--once", "--store", store, folder];
    for (const _round of ["first", "second"]) {
      const { code, stderr } = await demo(tmp, ...args).output();
      const told = new TextDecoder().decode(stderr);
      assert.equal(code, 0, told);
      assert.doesNotMatch(told, /Goes on/);
      assert.match(told, new RegExp(`^files +${PLANNED}$`, "m"));
      assert.match(told, /^dead letters +1$/m);
    }
    const report = await Deno.readTextFile(join(`${store}-crew`, "report.md"));
    assert.match(report, /^# What to mend first in project\n/);
  });
});

Deno.test("the demo ends with status 1 and a clear line when the folder is not there", async () => {
  await withProject(async (folder, tmp) => {
    const missing = join(folder, "missing");
    const { code, stderr } = await demo(tmp, "--once", missing).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /^Cannot look at folder as it must be there: "/,
    );
    assert.deepEqual([...Deno.readDirSync(tmp)], []);
  });
});

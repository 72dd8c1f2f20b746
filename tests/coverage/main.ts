/**
 * Runs the tests of the library with coverage, and fails where its branches are
 * never taken that should be: `deno task coverage`. With `--all` it names every
 * one; with `--profile=FOLDER` it reads what another run has left there.
 */
import { readLcov } from "./lcov.ts";
import { describe, judge, percent, ROOMS } from "./verdict.ts";

const CLOSING_BRACE = 0x7d;
/** Tests of pages, programs and the project itself: they take long, and take no branch that no other takes. */
const OTHERS: readonly string[] = [
  ...["architecture", "browser", "cli", "docs", "examples", "mutants"],
  "packaging",
].map((folder) => `tests/${folder}`);
const PROJECT = new URL("../../", import.meta.url);

const given = Deno.args.find((one) => one.startsWith("--profile="))?.slice(10);
const profile = given ?? await Deno.makeTempDir({ prefix: "coverage-" });
try {
  if (given === undefined) await runTests(profile);
  await dropTorn(profile);
  const branches = readLcov(await report(profile), PROJECT.pathname);
  const verdict = judge(branches, await libraryFiles());
  for (const [room, { total, taken }] of verdict.rooms) {
    if (total > 0) console.log(`${room.padEnd(12)} ${percent(taken / total)}`);
  }
  console.log(`all rooms    ${percent(verdict.taken / verdict.total)}`);
  if (Deno.args.includes("--all")) {
    for (const { file, missed } of branches) {
      if (missed.length > 0) console.log(describe(file, missed));
    }
  }
  for (const problem of verdict.problems) console.error(problem);
  if (verdict.problems.length > 0) Deno.exitCode = 1;
} finally {
  if (given === undefined) await Deno.remove(profile, { recursive: true });
}

/** Runs the tests; processes that they start leave what they covered in the same folder. */
async function runTests(profile: string): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--parallel", `--coverage=${profile}`],
      ...["--coverage-raw-data-only", `--ignore=${OTHERS.join(",")}`],
    ],
    env: { DENO_COVERAGE_DIR: profile },
    cwd: PROJECT,
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The tests fail");
}

/** Removes what processes that were killed have not finished writing: it would spoil the report. */
async function dropTorn(profile: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(profile)) {
    if (!isFile || !name.endsWith(".json")) continue;
    const path = `${profile}/${name}`;
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const last = new Uint8Array(1);
    if (size > 0) {
      await file.seek(-1, Deno.SeekMode.End);
      await file.read(last);
    }
    if (last[0] !== CLOSING_BRACE) await Deno.remove(path);
  }
}

async function report(profile: string): Promise<string> {
  const output = await Deno.makeTempFile({ suffix: ".lcov" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "coverage",
        profile,
        "--lcov",
        `--output=${output}`,
        `--include=^${PROJECT.href}(${ROOMS.join("|")})/`,
      ],
      cwd: PROJECT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(output);
  }
}

async function libraryFiles(): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string) => {
    for await (
      const { name, isDirectory } of Deno.readDir(
        new URL(folder, PROJECT),
      )
    ) {
      if (isDirectory) await walk(`${folder}${name}/`);
      else if (name.endsWith(".ts")) files.push(folder + name);
    }
  };
  for (const room of ROOMS) await walk(`${room}/`);
  return files.sort();
}

import assert from "node:assert/strict";
import { BusError, type BusErrorCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { exists, listPages, readText } from "./project.ts";

/** A code left out here does not compile. */
const CODES: Readonly<Record<BusErrorCode, true>> = {
  invalid_message: true,
  too_large: true,
  expired: true,
  backpressure_timeout: true,
  overflow: true,
  no_recipient: true,
  request_timeout: true,
  cancelled: true,
  routing_failed: true,
  rejected: true,
  remote: true,
  unreachable: true,
  protocol: true,
  unauthorized: true,
  forbidden: true,
  rate_limited: true,
  storage: true,
  closed: true,
};

Deno.test("docs/reference/limits.md gives every limit with its value, and no other", async () => {
  const rows = tableRows(await readText("docs/reference/limits.md"));
  const written = rows.map(([name, value]) => `${name} ${value}`);
  const real = Object.entries(LIMITS).map(([name, value]) =>
    `${name} ${value.toLocaleString("en")}`
  );
  assert.deepEqual(written.toSorted(), real.toSorted());
});

Deno.test("docs/reference/limits.md says what happens at every limit", async () => {
  for (const row of tableRows(await readText("docs/reference/limits.md"))) {
    const [name, , bounds = "", happens = ""] = row;
    assert.ok(
      bounds.length > 4 && happens.length > 4,
      `${name} is not explained`,
    );
  }
});

Deno.test("docs/reference/errors.md gives every code, and whether it may be retried", async () => {
  const text = await readText("docs/reference/errors.md");
  const rows = tableRows(text.slice(text.indexOf("## Codes")));
  const written = rows.map(([code, retryable]) => `${code} ${retryable}`);
  const real = (Object.keys(CODES) as BusErrorCode[]).map((code) =>
    `${code} ${new BusError(code, "").retryable ? "yes" : "no"}`
  );
  assert.deepEqual(written.toSorted(), real.toSorted());
});

Deno.test("every link between pages leads to a file", async () => {
  const broken: string[] = [];
  for (const page of await listPages()) {
    for (const target of linksOf(await readText(page))) {
      const path = new URL(target, `file:///${page}`).pathname.slice(1);
      if (!await exists(path)) broken.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

/** The rows of the tables in a page whose first cell is a name in code quotes. */
function tableRows(text: string): string[][] {
  return text.split("\n")
    .filter((line) => /^\| `\w+` *\|/.test(line))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()))
    .map(([name = "", ...rest]) => [name.slice(1, -1), ...rest]);
}

/** Links to files of the project: no addresses, no places within the page. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^(https?:|mailto:|#)/.test(target));
}

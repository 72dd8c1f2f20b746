/** A program that reads the records of a store: on its own thread, or through the store's. */
import { sqliteStore } from "@busbar/busbar/storage/sqlite";
import { SqliteFile } from "../../../storage/sqlite_file.ts";
import { tell } from "../../process/answering.ts";

const OPTIONS = { reserveBytes: 0, checkpointBytes: 4 * 1024 * 1024 };

const [how = "", path = ""] = Deno.args;
const startedAt = performance.now();
const records = how === "here" ? readHere() : await readThere();
tell({ ms: performance.now() - startedAt, records });
Deno.exit(0);

function readHere(): number {
  using file = SqliteFile.open(path, OPTIONS);
  let count = 0;
  for (const { keys } of file.read()) count += keys.length;
  return count;
}

async function readThere(): Promise<number> {
  await using store = sqliteStore(path);
  let count = 0;
  for await (const group of store.open()) count += group.length;
  return count;
}

import { join } from "node:path";
import type { Results } from "../results.ts";
import { pageText } from "./page.ts";
import { drawPlot, PLOTS } from "./plots.ts";

/** Writes the page with its pictures into a folder, as the formatter wants it. */
export async function writePage(
  results: Results,
  folder: string,
): Promise<void> {
  const pictures = join(folder, "performance");
  await Deno.mkdir(pictures, { recursive: true });
  const drawn = new Set<string>();
  for (const plot of PLOTS) {
    const svg = drawPlot(plot, results);
    if (svg === undefined) continue;
    drawn.add(plot.file);
    await Deno.writeTextFile(join(pictures, `${plot.file}.svg`), svg);
  }
  const page = join(folder, "performance.md");
  await Deno.writeTextFile(page, pageText(results, drawn));
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", page, pictures],
  }).output();
}

import assert from "node:assert/strict";
import { Display } from "../../examples/crew/display.ts";

function screen(live: boolean) {
  const written: string[] = [];
  return { written, live, write: (text: string) => void written.push(text) };
}

Deno.test("Display.progress() writes a line at each quarter where lines stay", () => {
  const paper = screen(false);
  const display = new Display(paper);
  for (let done = 0; done <= 8; done++) display.progress(done, 8);
  assert.deepEqual(paper.written, [
    "0 of 8 files\n",
    "2 of 8 files\n",
    "4 of 8 files\n",
    "6 of 8 files\n",
    "8 of 8 files\n",
  ]);
});

Deno.test("Display.progress() writes over its line on a terminal", () => {
  const terminal = screen(true);
  const display = new Display(terminal);
  display.note({ label: "analyst-1", doing: "looks at", path: "a.ts" });
  display.progress(1, 3);
  display.progress(2, 3);
  display.say("done");
  assert.deepEqual(terminal.written, [
    "1 of 3 analyst-1 looks at a.ts",
    "\r\x1b[2K",
    "2 of 3 analyst-1 looks at a.ts",
    "\r\x1b[2K",
    "done\n",
  ]);
});

Deno.test("Display.progress() says nothing of a plan that is not known", () => {
  const paper = screen(false);
  new Display(paper).progress(0, 0);
  assert.deepEqual(paper.written, []);
});

Deno.test("Display.mended() says so, and tells whoever wants to know", () => {
  const paper = screen(false);
  const display = new Display(paper);
  let told = 0;
  display.onMended = () => told++;
  display.mended("a.ts");
  assert.equal(told, 1);
  assert.match(paper.written.join(""), /^a\.ts was sent back/);
});

import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

const PROGRAM = `
import { MessageBus } from "@busbar/busbar";
import { createInspector } from "@busbar/busbar/inspector";

await using bus = new MessageBus();
const app = createInspector(bus, { token: "a-token" });
const headers = { authorization: "Bearer a-token", host: "localhost" };
const page = await app.request("http://localhost/", { headers });
console.log(page.status, (await page.text()).includes("</html>"));
`;

Deno.test("createInspector() serves its page in a program that has a deno.json of its own", async () => {
  const folder = await Deno.makeTempDir({ prefix: "busbar-" });
  try {
    const config = JSON.stringify({ links: [ROOT.pathname] });
    await Deno.writeTextFile(`${folder}/deno.json`, config);
    await Deno.writeTextFile(`${folder}/main.ts`, PROGRAM);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "main.ts"],
      cwd: folder,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(code, 0, text(stderr));
    assert.equal(text(stdout), "200 true\n", text(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/**
 * The least that a broker can be: forwards each frame to whoever registered its
 * address, without looking at more than that.
 */
import { answer } from "../../process/answering.ts";
import { FramedSocket, valueOf } from "../clients/framed_socket.ts";
import { FrameRun } from "./frame_run.ts";

/** Who gets what is sent to an address. */
const receivers = new Map<string, FramedSocket[]>();

const [path = ""] = Deno.args;
const listener = Deno.listen({ transport: "unix", path });
void accept();
await answer({});

async function accept(): Promise<void> {
  for await (const socket of listener) void serve(new FramedSocket(socket));
}

async function serve(socket: FramedSocket): Promise<void> {
  const run = new FrameRun((address) => receivers.get(address) ?? []);
  await socket.read((chunk, from, to) => {
    if (chunk[from + 4] === 0) {
      run.end();
      register(socket, valueOf<string>(chunk, from, to));
    } else {
      run.add(chunk, from, to);
    }
  }, () => run.end());
  for (const others of receivers.values()) {
    const at = others.indexOf(socket);
    if (at >= 0) others.splice(at, 1);
  }
}

function register(socket: FramedSocket, address: string): void {
  const others = receivers.get(address) ?? [];
  receivers.set(address, [...others, socket]);
  socket.send("", "");
}

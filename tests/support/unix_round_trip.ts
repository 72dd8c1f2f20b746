import { unixTransport } from "../../transports/unix.ts";

// Listens, dials, sends a byte and prints it: everything that takes permission.
const transport = unixTransport(Deno.args[0] ?? "");
await using listener = await transport.listen();
await using dialed = await transport.dial();
const { value } = await listener[Symbol.asyncIterator]().next();
await using accepted: typeof dialed = value;
await dialed.write(Uint8Array.of(7));
const buffer = new Uint8Array(1);
await accepted.read(buffer);
await Deno.stdout.write(new TextEncoder().encode(`${buffer[0]}\n`));

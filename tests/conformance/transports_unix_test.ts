import { testTransport } from "../../testing/transport_conformance.ts";
import { unixTransport } from "../../transports/unix.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

testTransport({
  name: "unixTransport",
  setup: async () => {
    const directory = await SocketDirectory.create();
    return {
      transport: unixTransport(directory.file("bus.sock")),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
});

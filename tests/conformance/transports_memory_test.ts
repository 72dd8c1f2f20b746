import { testTransport } from "../../testing/transport_conformance.ts";
import { memoryTransport } from "../../transports/memory.ts";

testTransport({
  name: "memoryTransport",
  setup: () => Promise.resolve({ transport: memoryTransport() }),
});

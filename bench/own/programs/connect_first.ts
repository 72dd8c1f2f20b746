/** A program that is loaded and waits to be told to connect. */
import { connect } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";
import { PAYLOAD, RECEIVER, SENDER, TOPIC } from "../../message.ts";
import { answer } from "../../process/answering.ts";
import { wallMs } from "../../process/figures.ts";

const [path = ""] = Deno.args;

await answer({
  /** Connects and sends one message. Says when it began. */
  connect: async () => {
    const calledAt = wallMs();
    const agent = await connect(unixTransport(path), { name: SENDER });
    await agent.send(RECEIVER, PAYLOAD, { topic: TOPIC });
    return calledAt;
  },
});

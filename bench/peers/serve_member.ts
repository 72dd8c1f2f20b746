import { nextMessage } from "../message.ts";
import { answer, programArguments } from "../process/answering.ts";
import { Arrivals } from "../work/arrivals.ts";
import { askFor } from "../work/ask_for.ts";
import { sendFor } from "../work/send_for.ts";
import type { Client, ClientModule } from "./client.ts";

/** Joins a system as the program's arguments say, and does what it is asked. */
export async function serveMember(
  join: ClientModule["join"],
): Promise<never> {
  const [_client, server = "", name = "", mode = ""] = programArguments();
  const client = await join({ server, name, mode });
  const arrivals = new Arrivals();
  return await answer({
    receive: (address: string) => client.receive(address, arrivals.take),
    respond: (address: string) => client.respond?.(address),
    found: (address: string) => client.found?.(address),
    arrived: (count: number, quietMs: number) => arrivals.wait(count, quietMs),
    forget: () => arrivals.reset(),
    send: (address: string, most: number, ms: number) =>
      sendFor(
        most,
        ms,
        () => client.send(address, nextMessage()),
        () => client.flush(),
      ),
    confirm: (address: string, inFlight: number, ms: number) =>
      askFor(inFlight, ms, () => confirmed(client, address)),
    request: (address: string, inFlight: number, ms: number) =>
      askFor(inFlight, ms, () => {
        if (!client.request) throw new Error("The system has no requests");
        return client.request(address, nextMessage());
      }),
  });
}

function confirmed(client: Client, address: string): Promise<unknown> {
  if (!client.confirmed) throw new Error("The system confirms nothing");
  return client.confirmed(address, nextMessage());
}

import { agentBounds } from "./agent_bounds.ts";
import { agentDeliveries } from "./agent_deliveries.ts";
import { agentDepartures } from "./agent_departures.ts";
import { agentInboxes } from "./agent_inboxes.ts";
import { agentMessages } from "./agent_messages.ts";
import { agentRefusals } from "./agent_refusals.ts";
import { agentRequests } from "./agent_requests.ts";
import type { OpenStage } from "./agent_stage.ts";
import { agentStreams } from "./agent_streams.ts";

/** A way of joining a bus that is to pass the suite. */
export interface AgentSubject {
  /** What the tests are named after. */
  readonly name: string;
  /** Makes a bus that agents can join in this way. */
  readonly setup: OpenStage;
}

/** Registers a test for everything that an agent promises, whichever way it joined its bus. */
export function testAgents({ name, setup }: AgentSubject): void {
  const groups = [
    agentMessages,
    agentRequests,
    agentStreams,
    agentDeliveries,
    agentInboxes,
    agentBounds,
    agentRefusals,
    agentDepartures,
  ];
  for (const cases of groups) {
    for (const [sentence, run] of Object.entries(cases)) {
      Deno.test(`${name}: ${sentence}`, () => run(setup));
    }
  }
}

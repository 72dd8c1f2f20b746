import type { Command } from "commander";
import { AgentAnswer, type AgentShown } from "../answers.ts";
import { type AskingOptions, printListing, withAsking } from "../listing.ts";
import type { Terminal } from "../terminal.ts";
import { count, span } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar agents
  busbar agents --json | jq -r 'select(.instances == 0).name'`;

/** Adds `busbar agents`. */
export function addAgents(program: Command, terminal: Terminal): void {
  const command = program.command("agents")
    .summary("who is there, and what waits for them")
    .description("Lists who is there, and what waits for them.");
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((options: AskingOptions) =>
      printListing(terminal, options, {
        path: "/api/agents",
        entry: AgentAnswer,
        columns: [
          "agent",
          { heading: "instances", right: true },
          { heading: "waiting", right: true },
          { heading: "in hand", right: true },
          "last seen",
          "subscriptions",
        ],
        row: (agent) => agentRow(terminal, agent),
        none: "no agent is there",
      })
    );
}

/** An agent, for a table. */
export function agentRow(terminal: Terminal, agent: AgentShown): string[] {
  const { colors, clock } = terminal;
  const isAway = agent.instances === 0;
  const waiting = agent.subscriptions.reduce(
    (sum, { mailboxDepth }) => sum + mailboxDepth,
    agent.mailboxDepth,
  );
  const patterns = agent.subscriptions.map(({ pattern, queue }) =>
    queue === undefined ? pattern : `${pattern} (${queue})`
  );
  return [
    (isAway ? colors.yellow(agent.name) : agent.name) +
    (agent.durable ? colors.dim(" durable") : ""),
    isAway ? colors.yellow("away") : count(agent.instances),
    count(waiting),
    count(agent.inFlight),
    `${span(Math.max(0, clock.now() - agent.lastSeen))} ago`,
    patterns.join(", "),
  ];
}

import { z } from "zod";
import { AgentAnswer, StatsAnswer, TopicAnswer } from "../answers.ts";
import { describeFailure } from "../command_error.ts";
import type { InspectorClient } from "../inspector_client.ts";
import { counted } from "../text.ts";
import { waitingFor } from "../top_frame.ts";
import { VERSION } from "../version.ts";
import type { Whereabouts } from "../whereabouts.ts";
import { fault, type Finding, fine, warning } from "./finding.ts";

/** Names that one finding lists; there may be thousands. */
const MAX_NAMED = 3;

/** Looks at what the bus says of itself in the file beside its socket. */
export function checkWhereabouts(
  found: Whereabouts | undefined,
  isAlive: (pid: number) => boolean,
  socket: string,
): Finding {
  if (!found) {
    return warning(
      "bus",
      `there is no ${socket}.json: no "busbar serve" runs here, or a program of yours is the bus`,
      "give --url and --token to the commands that ask an inspector",
    );
  }
  if (!isAlive(found.pid)) {
    return fault(
      "bus",
      `process ${found.pid}, which served here, has ended without a farewell`,
      'start it again with "busbar serve"; what its store keeps is still there',
    );
  }
  if (found.version !== VERSION) {
    return warning(
      "bus",
      `the bus is of version ${found.version}, this program of ${VERSION}`,
      "install the same version, and start the bus again",
    );
  }
  return fine(
    "bus",
    `"${found.bus}", process ${found.pid}, version ${found.version}`,
  );
}

/** Looks at whether the inspector answers, and at what it says of the bus. */
export async function checkInspector(
  inspector: InspectorClient,
): Promise<Finding[]> {
  try {
    const stats = await inspector.ask(StatsAnswer, { path: "/api/stats" });
    const agents = await inspector.ask(z.array(AgentAnswer), {
      path: "/api/agents",
    });
    const topics = await inspector.ask(z.array(TopicAnswer), {
      path: "/api/topics",
    });
    return [
      fine("inspector", `${inspector.url} answers`),
      roomFinding(stats),
      letterFinding(stats.deadLetters),
      awayFinding(agents),
      topicFinding(topics),
    ];
  } catch (error) {
    const [text = "", advice = ""] = describeFailure(error).text.split("; ");
    return [fault("inspector", text, advice)];
  }
}

function roomFinding(
  { state, backpressure: room }: z.infer<typeof StatsAnswer>,
): Finding {
  const check = "room";
  if (state !== "open") {
    return fault(check, `the bus is ${state}`, "start it again");
  }
  return room.saturated || room.waiting > 0
    ? fault(
      check,
      `the bus is full: ${room.pending} of ${room.maxPending} unfinished, ${
        counted(room.waiting, "sender")
      } waiting`,
      '"busbar top" shows for whom most waits: start more instances of it',
    )
    : fine(check, `${room.pending} of ${room.maxPending} unfinished`);
}

function letterFinding(letters: number): Finding {
  return letters === 0 ? fine("dead letters", "none") : warning(
    "dead letters",
    counted(letters, "message") + " could not be handled",
    '"busbar dlq list" says why; replay or discard them',
  );
}

function awayFinding(agents: readonly z.infer<typeof AgentAnswer>[]): Finding {
  const check = "agents";
  const away = agents.filter((agent) =>
    agent.instances === 0 && waitingFor(agent) > 0
  );
  return away.length === 0
    ? fine(check, counted(agents.length, "agent"))
    : warning(
      check,
      `messages wait for agents that are away: ${
        named(away.map(({ name }) => name))
      }`,
      "start them, or see whether their names are spelled alike everywhere",
    );
}

function topicFinding(topics: readonly z.infer<typeof TopicAnswer>[]): Finding {
  const check = "topics";
  const unheard = topics.filter(({ subscribers, messages }) =>
    messages > 0 && subscribers.length === 0
  );
  return unheard.length === 0
    ? fine(check, counted(topics.length, "topic"))
    : warning(
      check,
      `nobody subscribes to what is published: ${
        named(unheard.map(({ topic }) => topic))
      }`,
      "see whether topic and pattern agree; * is one token, > one or more",
    );
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(", ");
  const more = names.length - MAX_NAMED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

import type { AgentInfo } from "../../../mod.ts";
import { HandMade } from "./hand_made.ts";
import { Liveness } from "./liveness.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted("bus#1", { reconnectGraceMs: 0 })
    .joined("a#1").joined("b#1", { local: false, process: "p1" });
}

const { bad, good } = trialOf(() => new Liveness(), begun);

/** An agent, as the bus shows it. */
function agent(
  name: string,
  instances: number,
  subscriptions: [pattern: string, queue?: string][] = [],
): AgentInfo {
  return {
    name,
    instances,
    mailboxDepth: 0,
    inFlight: 0,
    lastSeen: 0,
    durable: false,
    subscriptions: subscriptions.map(([pattern, queue]) => ({
      pattern,
      mailboxDepth: 0,
      ...(queue === undefined ? {} : { queue }),
    })),
  };
}

/** All is quiet, long after everything was healed. */
function quiet(made: HandMade, ...agents: AgentInfo[]): HandMade {
  return made.healed().wait(30_000).quiescent().snapshot({ agents });
}

const A = agent("a", 1);

Deno.test("L1 Liveness rejects a world that does not come to rest", () => {
  bad(
    "L1",
    /nothing came to rest after all healed/,
    (made) => made.healed().accepted("m1"),
  );
  bad(
    "L1",
    /things still happen 60001 ms after all healed/,
    (made) => made.healed().wait(60_001).accepted("m1"),
  );
  bad(
    "L1",
    /things still happen 60001 ms/,
    (made) => made.healed().wait(60_001).quiescent(),
  );
});

Deno.test("L1 Liveness rejects calls and copies that are left over", () => {
  bad(
    "L1",
    /call 1, a send, is open at the end/,
    (made) => made.called(1).healed().quiescent(),
  );
  bad(
    "L1",
    /m1 of "b" is in hand at the end/,
    (made) => made.accepted("m1").started("m1").healed().quiescent(),
  );
  bad(
    "L1",
    /m1 of "b" is to be tried again at the end/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked")
        .requeued("m1", 10).healed().quiescent(),
  );
});

Deno.test("L4 Liveness rejects a close that does not end", () => {
  bad(
    "L4",
    /a#1 never came to leave/,
    (made) => made.add({ type: "leaving", instance: "a#1" }),
  );
  bad(
    "L4",
    /bus#1 never came to be closed/,
    (made) => made.busEnded("closing"),
  );
  bad(
    "L4",
    /consumer 1 never ended/,
    (made) =>
      made.attached(1).add({ type: "detaching", consumer: 1, how: "drain" }),
  );
});

Deno.test("L6 Liveness rejects agents that did not come back, or came back twice", () => {
  bad(
    "L6",
    /the bus has 0 instances of "b", and should have 1/,
    (made) => quiet(made, A),
  );
  bad(
    "L6",
    /the bus has 2 instances of "b", and should have 1/,
    (made) => quiet(made, A, agent("b", 2)),
  );
});

Deno.test("L6 Liveness rejects subscriptions that did not come back, are double, or should be gone", () => {
  const topic = { kind: "topic", pattern: "jobs.*" } as const;
  bad(
    "L6",
    /the bus has 0 subscriptions of "b" to "jobs.\*", and should have 1/,
    (made) => quiet(made.attached(1, topic), A, agent("b", 1)),
  );
  bad(
    "L6",
    /the bus has 2 subscriptions of "b" to "jobs.\*", and should have 1/,
    (made) =>
      quiet(
        made.attached(1, topic),
        A,
        agent("b", 1, [["jobs.*"], ["jobs.*"]]),
      ),
  );
  bad(
    "L6",
    /the bus has 1 subscriptions of "b" to "jobs.\*", and should have 0/,
    (made) =>
      quiet(
        made.attached(1, topic).detached(1),
        A,
        agent("b", 1, [["jobs.*"]]),
      ),
  );
  bad(
    "L6",
    /the bus has 0 subscriptions of "b" to "jobs.\*" in group "q"/,
    (made) =>
      quiet(
        made.attached(1, { ...topic, queue: "q" }),
        A,
        agent("b", 1, [["jobs.*", "p"]]),
      ),
  );
});

Deno.test("S5 Liveness rejects a start after the end of its consumer", () => {
  bad(
    "S5",
    /consumer 1 was handed m1 after it had ended/,
    (made) => made.attached(1).detached(1).handling(1, "m1"),
  );
  bad(
    "S5",
    /consumer 1 was handed m1 after it had ended/,
    (made) =>
      made.attached(1).add({ type: "leaving", instance: "b#1" })
        .add({ type: "left", instance: "b#1" }).handling(1, "m1"),
  );
});

Deno.test("Liveness passes a world that comes to rest, with everybody back", () => {
  good((made) => {
    made.attached(1, { kind: "topic", pattern: ">" })
      .attached(2, { kind: "topic", pattern: ">" })
      .attached(3, { kind: "topic", pattern: "t", queue: "q" })
      .attached(4, { kind: "topic", pattern: "t", queue: "q" })
      .attached(5, { kind: "topic", pattern: "d", durable: "d" })
      .attached(6, { kind: "topic", pattern: "d", durable: "d" })
      .attached(7).handling(1, "m1").called(1).resolved(1, "m1")
      .accepted("m1").started("m1").ended("m1");
    quiet(made, A, agent("b", 1, [[">"], [">"], ["t", "q"], ["d"]]))
      .busEnded("closing").busEnded("closed");
  });
});

Deno.test("Liveness passes a durable subscription that outlives its consumer, or ends with its bus", () => {
  const durable = { kind: "topic", pattern: "d", durable: "d" } as const;
  good((made) =>
    quiet(made.attached(1, durable).detached(1), A, agent("b", 1, [["d"]]))
  );
  good((made) =>
    quiet(made.attached(1, durable).detached(1), A, agent("b", 1))
  );
});

Deno.test("Liveness passes programs that die with all they had begun", () => {
  good((made) => {
    made.attached(1).called(1, { instance: "b#1" })
      .add({ type: "detaching", consumer: 1, how: "close" })
      .add({ type: "leaving", instance: "b#1" })
      .add({ type: "process_killed", process: "p1" })
      .called(2).called(3, { instance: "operator", verb: "replay" })
      .add({ type: "leaving", instance: "a#1" })
      .busEnded().busStarted("bus#2", { reconnectGraceMs: 0 });
    quiet(made);
  });
});

Deno.test("Liveness passes what waits for those who are away, and those who are about to leave", () => {
  good((made) => {
    made.accepted("m1").add({ type: "leaving", instance: "b#1" });
    quiet(made, A, agent("b", 1)).add({ type: "left", instance: "b#1" });
  });
});

Deno.test("Liveness says nothing of connections before they can be made again", () => {
  good((made) => made.healed().wait(100).quiescent().snapshot());
});

Deno.test("Liveness passes work that goes on after its consumer has ended", () => {
  good((made) =>
    made.attached(1).handling(1, "m1").detached(1).settling(1).handled(1)
  );
});

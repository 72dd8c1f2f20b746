import { parseArgs } from "node:util";
import { type Agent, connect } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { Notebook } from "./notebook.ts";
import { conversationOf, LIMITS, READY, TOPICS } from "./work.ts";
import type { Note, Role, WorkItem } from "./work.ts";

/** By when the end of main is noticed after its socket is gone, in milliseconds. */
const LET_GO_MS = 1_000;

/** A process of the crew, on the bus. */
export interface Member {
  /** Its end of the bus. */
  readonly agent: Agent;
  /** Tells it from others of its name: `analyst-2`. */
  readonly label: string;
  /** The path of the `deno` to run tools with. */
  readonly deno: string;
  /** Whether to die half-way, to show that nothing is lost. */
  readonly crash: boolean;
  /** What it, or who was there before it, has done in this round. */
  readonly notebook: Notebook;
  /** Tells whoever watches what is being done. Loss does no harm. */
  note(doing: string, item?: WorkItem): Promise<void>;
}

/**
 * Joins the bus under a role's name, and stays until main ends the process,
 * or is gone: then its standard input ends.
 */
export async function joinCrew(
  role: Role,
  start: (member: Member) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: "string", default: "" },
      label: { type: "string", default: role },
      deno: { type: "string", default: "deno" },
      crash: { type: "boolean", default: false },
      notebook: { type: "string", default: ":memory:" },
    },
  });
  const over = untilTold();
  using notebook = new Notebook(values.notebook);
  await using agent = await dial(role, values.socket, over);
  if (agent === undefined) return;
  const member: Member = {
    agent,
    label: values.label,
    deno: values.deno,
    crash: values.crash,
    notebook,
    note: (doing, item) => note(agent, values.label, doing, item),
  };
  await start(member);
  // Sent after the registrations, on the same connection: who hears it can rely on them.
  await member.note(READY);
  const beat = setInterval(
    () => void member.note("here").catch(() => {}),
    LIMITS.heartbeatMs,
  );
  await over;
  clearInterval(beat);
}

/** Connects; `undefined` if main is gone by then, as somebody who starts it again has nothing to worry about. */
async function dial(
  role: Role,
  socket: string,
  over: Promise<void>,
): Promise<Agent | undefined> {
  try {
    return await connect(unixTransport(socket), { name: role, durable: true });
  } catch (error) {
    const patience = new Promise((resolve) =>
      Deno.unrefTimer(setTimeout(resolve, LET_GO_MS))
    );
    const gone = over.then(() => true);
    if (await Promise.race([gone, patience])) return undefined;
    throw error;
  }
}

async function note(
  agent: Agent,
  label: string,
  doing: string,
  item?: WorkItem,
): Promise<void> {
  const text: Note = { label, doing, path: item?.path };
  await agent.publish(TOPICS.progress(agent.name), text, {
    ttlMs: LIMITS.noteTtlMs,
    priority: 10,
    correlationId: item && conversationOf(item),
  });
}

/** Resolves when main ends this process, or when main is gone. */
async function untilTold(): Promise<void> {
  const input = Deno.stdin.readable.getReader();
  Deno.addSignalListener("SIGTERM", () => void input.cancel());
  // Ctrl-C reaches the whole group: main alone decides what happens then.
  Deno.addSignalListener("SIGINT", () => {});
  // Main says nothing here: only the end counts.
  while (!(await input.read()).done);
}

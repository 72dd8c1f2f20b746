import { RECEIVER, SENDER } from "../message.ts";
import type { Build } from "../process/build.ts";
import { Child } from "../process/child.ts";
import type { Peer, Server, WorkName } from "./peer.ts";

const MEMBER = "peers/programs/member.ts";
/** Receivers of a fan-out. */
export const RECEIVERS = 4;

/** One system with the programs that use it, each in a process of its own. */
export class Stage implements AsyncDisposable {
  /** Whoever sends and asks. */
  readonly sender: Child;
  /** Whoever receives and answers; all of them have a part in a fan-out only. */
  readonly receivers: readonly Child[];
  /** What is between them. */
  readonly server: Server;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    server: Server,
    [sender, ...receivers]: readonly [Child, ...Child[]],
    owned: AsyncDisposableStack,
  ) {
    this.server = server;
    this.sender = sender;
    this.receivers = receivers;
    this.#owned = owned;
  }

  /** Starts a server and the programs that one kind of work needs. */
  static async open(
    peer: Peer,
    work: WorkName,
    build?: Build,
  ): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const server = stack.use(await peer.start(folder, build));
    const { nodeProgram } = server;
    const join = async (name: string): Promise<Child> => {
      const args = [peer.client, server.address, name, peer.mode ?? ""];
      return stack.use(await Child.start(MEMBER, args, { build, nodeProgram }));
    };
    const receivers = work === "fan-out"
      ? Array.from({ length: RECEIVERS }, (_, index) => `${RECEIVER}-${index}`)
      : [RECEIVER];
    const members = await Promise.all(receivers.map(join));
    // Last, as what it joins may be at a receiver.
    const sender = await join(SENDER);
    return new Stage(server, [sender, ...members], stack.move());
  }

  /** The processes: sender, first receiver and server. */
  get pids(): readonly number[] {
    const { pid } = this.server;
    const first = this.receivers.slice(0, 1).map((child) => child.pid);
    return [this.sender.pid, ...first, ...(pid === undefined ? [] : [pid])];
  }

  /** Ends all of them, and removes what they left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

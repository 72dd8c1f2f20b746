import type { Command } from "commander";
import type { Agent, Message, SubscribeOptions } from "../../mod.ts";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { duration, wholeNumber } from "../option_values.ts";
import { type SocketOption, withAgent, withSocket } from "../reach.ts";
import { senderName } from "../sending.ts";
import type { StopWatch, Terminal } from "../terminal.ts";
import { payloadText, shownPayload, timeOfDay } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar subscribe 'builds.>'
  busbar subscribe 'builds.*.failed' 'alarms.>' --json | jq .payload
  busbar subscribe jobs.done --count 1 --timeout 1m
  busbar subscribe 'jobs.>' --queue workers --name worker --durable jobs

* is one token, > at the end one or more; quote them. A message that requires an
ack is acknowledged when it is printed. Goes on until Ctrl-C.`;

/** What `busbar subscribe` may be told. */
interface Options extends SocketOption {
  readonly name?: string;
  readonly queue?: string;
  readonly durable?: string;
  readonly direct?: boolean;
  readonly count?: number;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** Adds `busbar subscribe`. */
export function addSubscribe(program: Command, terminal: Terminal): void {
  const command = program.command("subscribe")
    .summary("print messages as they come")
    .description("Prints the messages of topics as they come.")
    .argument("<pattern...>", "topics or patterns")
    .option("-n, --name <agent>", "who subscribes; else cli-PID")
    .option("-q, --queue <group>", "share the messages with this group")
    .option("--durable <name>", "keep the subscription while nobody serves it")
    .option("--direct", "print what is sent to the agent's name, too")
    .option(
      "--count <n>",
      "end after so many messages",
      wholeNumber(1, 1_000_000_000),
    )
    .option(
      "--timeout <time>",
      "end with status 6 if nothing more comes for so long",
      duration,
    )
    .option("--json", "print lines of JSON");
  withSocket(command)
    .addHelpText("after", EXAMPLES)
    .action((patterns: string[], options: Options) =>
      subscribe(terminal, patterns, options)
    );
}

async function subscribe(
  terminal: Terminal,
  patterns: readonly string[],
  options: Options,
): Promise<void> {
  if (options.durable !== undefined && options.name === undefined) {
    throw new CommandError(
      EXIT.usage,
      "Cannot keep a subscription as it must be of a name that comes back: give --name",
    );
  }
  using watch = terminal.untilStopped();
  using printer = new MessagePrinter(terminal, options, watch);
  const name = senderName(options);
  const durable = options.durable !== undefined;
  await withAgent(
    terminal,
    { ...options, name, durable, reconnect: true },
    async (agent) => {
      await listen(agent, patterns, options, printer);
      terminal.note(`${name} listens to ${patterns.join(", ")}`);
      await watch.stopped;
      // What is printed is acknowledged when its handler has returned; the rest
      // is given back, as nobody has failed at it.
      await new Promise<void>((resolve) => terminal.clock.schedule(0, resolve));
      await agent.close();
    },
  );
  printer.check();
}

async function listen(
  agent: Agent,
  patterns: readonly string[],
  { queue, durable, direct }: Options,
  printer: MessagePrinter,
): Promise<void> {
  const how: SubscribeOptions = {
    ...(queue !== undefined && { queue }),
    ...(durable !== undefined && { durable }),
  };
  for (const pattern of patterns) {
    await agent.subscribe(pattern, (message) => printer.take(message), how);
  }
  if (direct) agent.receive((message) => printer.take(message));
}

/** Prints messages until there were enough, nothing comes any more, or nobody reads. */
class MessagePrinter implements Disposable {
  readonly #terminal: Terminal;
  readonly #options: Options;
  readonly #watch: StopWatch;
  #printed = 0;
  #failure: unknown;
  #cancel: () => void = () => {};

  constructor(terminal: Terminal, options: Options, watch: StopWatch) {
    this.#terminal = terminal;
    this.#options = options;
    this.#watch = watch;
    this.#waitForNext();
  }

  /** Prints one. Those that come too late are held until the agent leaves, and so given back. */
  take(message: Message): void | Promise<void> {
    const { count = Infinity, json } = this.#options;
    if (this.#watch.signal.aborted) return new Promise(() => {});
    try {
      if (json) this.#terminal.printJson(shown(message));
      else this.#terminal.print(this.#line(message));
    } catch (error) {
      this.#failure = error;
      this.#watch.stop();
      return new Promise(() => {});
    }
    this.#printed++;
    if (this.#printed >= count) this.#watch.stop();
    else this.#waitForNext();
  }

  /** @throws What ended the printing, unless it was meant to end. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #waitForNext(): void {
    this.#cancel();
    const { timeout } = this.#options;
    if (timeout === undefined) return;
    this.#cancel = this.#terminal.clock.schedule(timeout, () => {
      this.#failure = new CommandError(
        EXIT.timeout,
        `Cannot wait any longer as the next message must come within ${timeout} ms: none has, after ${this.#printed}`,
      );
      this.#watch.stop();
    });
  }

  #line({ timestamp, topic, recipient, sender, payload }: Message): string {
    const { colors } = this.#terminal;
    const to = topic ?? (recipient === undefined ? "everybody" : recipient);
    return `${colors.dim(timeOfDay(timestamp))} ${colors.cyan(to)} ${
      colors.green(sender)
    } ${payloadText(shownPayload(payload))}`;
  }
}

function shown(message: Message): Message {
  return { ...message, payload: shownPayload(message.payload) };
}

import type { Overflow, RoutingRule } from "../../../mod.ts";
import type { BusSettings, ConsumeCommand, SendCommand } from "./commands.ts";

/** A message; its id is what the program calls it. */
export type ModelMessage = SendCommand & { sender: string; ttlMs: number };

/** A mailbox. `owner` is its agent; of a group, its first member. */
export interface Box extends Partial<ConsumeCommand> {
  readonly key: string;
  readonly owner: string;
  readonly max: number;
  readonly overflow: Overflow;
}

export type Consumer = ConsumeCommand & { agent: string; box: Box };

/** Who is there, which rules hold, and so where a message goes. */
export class ModelRoutes {
  readonly instances = new Map<string, string>();
  readonly durable = new Set<string>();
  readonly consumers = new Map<string, Consumer>();
  readonly boxes = new Map<string, Box>();
  readonly rules: RoutingRule[] = [];

  constructor(readonly settings: BusSettings) {}

  join(id: string, name: string, isDurable: boolean): void {
    this.instances.set(id, name);
    if (isDurable) this.durable.add(name);
    this.#box(`receive ${name}`, name);
  }

  consume(command: ConsumeCommand): Box {
    const { do: verb, id, instance, pattern, queue, durable } = command;
    const agent = this.instances.get(instance) ?? "";
    const whose = queue ?? `${agent} ${durable ?? id}`;
    const box = verb === "subscribe"
      ? this.#box(`subscribe ${whose} ${pattern}`, agent, command)
      : this.#box(`${verb} ${agent}`, agent, { do: verb });
    this.consumers.set(id, { ...command, agent, box });
    return box;
  }

  #box(key: string, owner: string, of: Partial<ConsumeCommand> = {}): Box {
    const { maxMessages: max, overflow } = { ...this.settings, ...of.settings };
    const box = this.boxes.get(key) ?? { ...of, key, owner, max, overflow };
    this.boxes.set(key, box);
    return box;
  }

  takersOf(box: Box): Consumer[] {
    return [...this.consumers.values()].filter((one) => one.box === box);
  }

  /** P4: every rule that matches has its say, the higher priority first, until one ends the message. What is sent `again` goes where it failed, past them. */
  plan(message: ModelMessage, again?: Box) {
    const box = again && this.boxes.get(again.key);
    if (again) return { matched: [], copies: [{ ...message, box }] };
    const fitting = this.rules.filter((one) => isFor(one, message))
      .sort((one, other) => other.priority - one.priority);
    const final = fitting.findIndex((one) => one.final);
    const matched = final < 0 ? fitting : fitting.slice(0, final + 1);
    const isFailed = matched.some(({ handler }) => handler === "refuse");
    const { end, sent, priority } = sentBy(matched, message);
    const copies = sent.flatMap((one) =>
      this.#boxesFor(one).map((box) => ({ ...one, priority, box }))
    );
    // However many ways lead to a mailbox or a name, a message takes one.
    const keys = copies.map(({ box, to }) => box?.key ?? to);
    const once = copies.filter((_, at) => keys.indexOf(keys[at] ?? "") === at);
    return { matched, isFailed, end, copies: once };
  }

  #boxesFor({ do: verb, to, sender }: ModelMessage): (Box | undefined)[] {
    if (verb === "send") return [this.boxes.get(`receive ${to}`)];
    if (verb === "request") return [this.boxes.get(`respond ${to}`)];
    const boxes = [...this.boxes.values()];
    const fitting = boxes.filter(({ pattern = "" }) => fits(pattern, to));
    const rank = ({ queue }: Box) => queue ? 1 : 0;
    if (verb === "publish") return fitting.sort((a, b) => rank(a) - rank(b));
    // A broadcast is for whoever receives, or comes back to.
    return boxes.filter((box) =>
      !box.do && box.owner !== sender &&
      (this.durable.has(box.owner) || this.takersOf(box).length > 0)
    );
  }
}

/** The message itself, unless a rule ends it, and what the rules before that add. */
function sentBy(rules: readonly RoutingRule[], message: ModelMessage) {
  const added: ModelMessage[] = [];
  let { priority } = message;
  for (const { action } of rules) {
    if (action?.kind === "set-priority") priority = action.priority;
    else if (action?.kind === "forward") {
      added.push({ ...message, do: "send", to: action.recipient });
    } else if (action?.kind === "republish") {
      added.push({ ...message, do: "publish", to: action.topic });
    } else if (action) return { end: action.kind, sent: added, priority };
  }
  return { sent: [message, ...added], priority };
}

function isFor(rule: RoutingRule, message: ModelMessage): boolean {
  const { type, sender = ">", recipient, topic } = rule.match ?? {};
  const { do: verb, to } = message;
  const isNamed = verb === "send" || verb === "request";
  const ofType = verb === "publish" || verb === "request" ? verb : "direct";
  return rule.enabled !== false && (type ?? ofType) === ofType &&
    fits(sender, message.sender) &&
    (!recipient || (isNamed && fits(recipient, to))) &&
    (!topic || (verb === "publish" && fits(topic, to)));
}

/** Whether a name or a topic fits a pattern, token by token. */
function fits(pattern: string, name: string): boolean {
  const [parts, tokens] = [pattern.split("."), name.split(".")];
  const isOpen = parts.at(-1) === ">" && tokens.length >= parts.length;
  return (isOpen || tokens.length === parts.length) &&
    parts.every((part, at) => [tokens[at], "*", ">"].includes(part));
}

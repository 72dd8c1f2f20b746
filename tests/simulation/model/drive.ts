import {
  type Command,
  type ConsumeCommand,
  type SendCommand,
  type SettleCommand,
  TICK_MS,
} from "./commands.ts";
import type { Letter, ModelBus } from "./model_bus.ts";
import { nameOf } from "./views.ts";

/** Says which of so many is next, where that is not promised. */
export type Choose = (of: number) => number;

/** Does a command on the model, and everything that follows from it. */
export function drive(model: ModelBus, command: Command, choose: Choose): void {
  advance(model, TICK_MS, choose);
  if (command.do === "advance") advance(model, command.ms, choose);
  carryOut(model, command, choose);
  run(model, choose);
}

/** Puts letters that came at one time in the order that was seen: which of them is first is not promised. */
export function arrange(model: ModelBus, names: readonly string[]): void {
  const rest = model.letters.splice(0);
  for (const name of names) {
    const at = rest.findIndex((one) =>
      nameOf(one) === name && one.at === rest[0]?.at
    );
    if (at < 0) break;
    model.letters.push(...rest.splice(at, 1));
  }
  model.letters.push(...rest);
}

/** Lets time go on. What falls due at one time happens before anything follows from it. */
function advance(model: ModelBus, ms: number, choose: Choose): void {
  const until = model.now + ms;
  for (;;) {
    const next = Math.min(...[...model.dues()].map(([at]) => at));
    if (next > until) break;
    model.now = Math.max(model.now, next);
    for (;;) {
      const dues = [...model.dues()].filter(([at]) => at <= model.now);
      const [, happens] = dues[choose(dues.length)] ?? [];
      if (!happens) break;
      happens();
    }
    run(model, choose);
  }
  model.now = until;
}

/** Everything that happens without time going on. */
function run({ soon }: ModelBus, choose: Choose): void {
  while (soon.length > 0) {
    const [happens] = soon.splice(choose(soon.length), 1);
    happens?.();
  }
}

function carryOut(model: ModelBus, command: Command, choose: Choose): void {
  switch (command.do) {
    case "join":
      return model.join(command.id, command.name, command.durable);
    case "leave":
      if (model.instances.has(command.instance)) model.leave(command.instance);
      return;
    case "receive":
    case "respond":
    case "subscribe":
      return consume(model, command);
    case "retire":
      if (model.consumers.has(command.consumer)) model.retire(command.consumer);
      return;
    case "send":
    case "publish":
    case "broadcast":
    case "request":
      return send(model, command);
    case "abort":
      return cancel(model, command.call, "aborted");
    case "cancel":
      return cancel(model, command.call, "cancelled");
    case "settle":
      return settle(model, command);
    case "rule":
    case "unrule":
    case "enable":
      return changeRules(model, command);
    case "replay":
    case "discard":
      return letter(model, command, choose);
    case "clear":
      for (const one of [...model.letters]) model.discard(one);
      return;
    case "advance":
    case "jump":
      return;
  }
}

function consume(model: ModelBus, command: ConsumeCommand): void {
  if (!model.instances.has(command.instance)) return;
  const box = model.consume(command);
  model.soon.push(() => model.handOut(box));
}

function send(model: ModelBus, command: SendCommand): void {
  const sender = model.instances.get(command.instance);
  if (sender === undefined) return;
  const ttlMs = command.ttlMs ?? Infinity;
  const call = {
    id: command.id,
    message: { ...command, sender, ttlMs },
    at: 0,
  };
  model.calls.push(call);
  model.send(call);
}

/** Whoever waits may stop; a request may be taken back. */
function cancel(model: ModelBus, id: string, code: string): void {
  const call = model.calls.find((one) => one.id === id);
  if (!call || call.letter || call.result || call.first?.result) return;
  const isRequest = call.message.do === "request";
  if (code === "aborted" || isRequest) model.cancel(call, code);
}

function settle(model: ModelBus, command: SettleCommand): void {
  const { delivery, verb, delayMs, end } = command;
  const lease = model.leases.find(({ id }) => id === delivery);
  if (lease) model.settle(lease, verb, delayMs);
  // A handler's promise settles after what its word has set off.
  if (lease && end) model.soon.push(() => model.end(lease, end));
}

function changeRules(
  model: ModelBus,
  command: Command & { do: "rule" | "unrule" | "enable" },
): void {
  const { rules } = model;
  const id = command.do === "rule" ? command.rule.id : command.rule;
  const at = rules.findIndex((rule) => rule.id === id);
  const found = rules[at];
  if (command.do === "rule") rules.push(command.rule);
  else if (!found) return;
  else if (command.do === "unrule") rules.splice(at, 1);
  else if ((found.enabled ?? true) === command.enabled) return;
  else rules[at] = { ...found, enabled: command.enabled };
  // Who waits may need less room now, or none.
  model.free();
}

function letter(
  model: ModelBus,
  command: Command & { do: "replay" | "discard" },
  choose: Choose,
): void {
  const found = letterOf(model, command.letter, choose);
  if (!found) return;
  if (command.do === "discard") return model.discard(found);
  const { message } = found;
  const call = { id: command.id, message, letter: found, at: 0 };
  model.calls.push(call);
  model.send(call);
}

/**
 * The first letter of a message. Of several that came at one time and look the
 * same, nobody can tell which is the first.
 */
function letterOf(
  model: ModelBus,
  label: string,
  choose: Choose,
): Letter | undefined {
  const { letters } = model;
  const first = letters.find(({ message }) => message.id === label);
  const alike = letters.filter((one) =>
    first && nameOf(one) === nameOf(first) && one.at === first.at
  );
  return alike[choose(alike.length)];
}

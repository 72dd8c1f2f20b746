import { send } from "./api.js";
import { act, notify, openDialog } from "./dialog.js";
import { button, el, replace } from "./dom.js";
import { checkbox, field, select } from "./field.js";
import { openMessage, payloadBlock } from "./message_dialog.js";

const REPLY_MS = 30_000;

/** Lets a person send a message, publish, or ask and see the reply. */
export function openSend() {
  const inputs = makeInputs();
  const reply = el("div", { role: "status", class: "reply" });
  const submitButton = button("Send", () => form.requestSubmit(), {
    class: "primary",
  });
  const form = el(
    "form",
    {
      class: "form",
      onsubmit: async (event) => {
        event.preventDefault();
        submitButton.disabled = true;
        await act(() => submit(inputs, reply));
        submitButton.disabled = false;
      },
    },
    inputs.type.node,
    inputs.recipient.node,
    inputs.topic.node,
    inputs.payload.node,
    el(
      "details",
      { class: "more" },
      el("summary", {}, "More"),
      el(
        "div",
        { class: "form" },
        ["sender", "priority", "correlationId", "ttlMs", "headers"]
          .map((name) => inputs[name].node),
        inputs.requiresAck.node,
      ),
    ),
    reply,
  );
  openDialog({
    title: "Send a message",
    kind: "sheet",
    content: form,
    actions: [submitButton],
  });
  inputs.type.input.focus();
}

function makeInputs() {
  return {
    type: select("Type", {
      direct: "direct: to one agent, or to everybody",
      publish: "publish: to the subscribers of a topic",
      request: "request: and wait for the reply",
    }),
    recipient: field("Recipient", { placeholder: "an agent's name" }),
    topic: field("Topic", { placeholder: "jobs.build" }),
    payload: field("Payload (JSON)", { rows: 8, value: "{}" }, "textarea"),
    sender: field("Sender", { value: "inspector" }),
    priority: field("Priority (0 to 100)", {
      type: "number",
      min: 0,
      max: 100,
      value: 50,
    }),
    correlationId: field("Conversation"),
    ttlMs: field("Time to live (ms)", { type: "number", min: 0 }),
    headers: field("Headers (JSON)", {
      rows: 3,
      placeholder: '{ "content-type": "text/plain" }',
    }, "textarea"),
    requiresAck: checkbox("Requires an ack"),
  };
}

async function submit(inputs, reply) {
  replace(reply);
  const message = readMessage(inputs);
  if (message.type !== "request") {
    const { id } = await send("POST", "messages", message);
    notify(`Accepted as ${id}`);
    return replace(
      reply,
      button("Show what became of it", () => openMessage(id)),
    );
  }
  replace(reply, el("p", { class: "empty" }, "Waiting for the reply…"));
  try {
    const body = { ...message, timeoutMs: REPLY_MS };
    const answer = await send("POST", "messages", body, REPLY_MS + 5_000);
    replace(
      reply,
      el("h3", {}, `Reply from ${answer.sender}`),
      payloadBlock(answer.payload),
    );
  } catch (error) {
    replace(reply, el("p", { class: "error" }, error.message));
    throw error;
  }
}

function readMessage(inputs) {
  const text = (name) => inputs[name].value() || undefined;
  const ttl = text("ttlMs");
  const headers = text("headers");
  return {
    type: inputs.type.value(),
    recipient: text("recipient"),
    topic: text("topic"),
    sender: text("sender"),
    correlationId: text("correlationId"),
    priority: Number(inputs.priority.value()),
    ttlMs: ttl === undefined ? undefined : Number(ttl),
    headers: headers === undefined ? undefined : parse("headers", headers),
    payload: parse("payload", inputs.payload.value()),
    requiresAck: inputs.requiresAck.value(),
  };
}

/** Reads what a person typed as JSON. @throws With words for that person. */
export function parse(what, text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The ${what} is not JSON: ${cause.message}`, { cause });
  }
}

import { send } from "./api.js";
import { act, notify, openDialog } from "./dialog.js";
import { button, el, replace } from "./dom.js";
import { checkbox, field, select } from "./field.js";
import { payloadBlock } from "./message_dialog.js";

const REQUEST_TIMEOUT_MS = 30_000;

/** Lets a person send a message, and shows the reply to a request. */
export function openSend() {
  const inputs = {
    type: select("Type", {
      direct: "direct",
      publish: "publish",
      request: "request",
    }),
    recipient: field("Recipient", {
      placeholder: "agent name; none sends to everybody",
    }),
    topic: field("Topic", { placeholder: "jobs.build" }),
    priority: field("Priority", {
      type: "number",
      min: 0,
      max: 100,
      value: 50,
    }),
    payload: field("Payload (JSON)", { rows: 6, value: "{}" }, "textarea"),
    requiresAck: checkbox("Requires an ack"),
  };
  const reply = el("div", { role: "status" });
  const form = el(
    "form",
    {
      id: "send-form",
      class: "form",
      onsubmit: (event) => {
        event.preventDefault();
        act(() => submit(inputs, reply));
      },
    },
    Object.values(inputs).map(({ node }) => node),
    reply,
  );
  const submitButton = button("Send", () => form.requestSubmit(), {
    class: "primary",
  });
  openDialog({
    title: "Send a message",
    kind: "sheet",
    content: form,
    actions: [submitButton],
  });
}

async function submit(inputs, reply) {
  replace(reply);
  const type = inputs.type.value();
  const message = {
    type,
    recipient: inputs.recipient.value() || undefined,
    topic: inputs.topic.value() || undefined,
    priority: Number(inputs.priority.value()),
    payload: parse(inputs.payload.value()),
    requiresAck: inputs.requiresAck.value(),
  };
  if (type !== "request") {
    const { id } = await send("POST", "messages", message);
    return notify(`Accepted as ${id}`);
  }
  replace(reply, el("p", { class: "empty" }, "Waiting for the reply…"));
  try {
    const body = { ...message, timeoutMs: REQUEST_TIMEOUT_MS };
    const answer = await send(
      "POST",
      "messages",
      body,
      REQUEST_TIMEOUT_MS + 5_000,
    );
    replace(
      reply,
      el("h3", {}, `Reply from ${answer.sender}`),
      payloadBlock(answer.payload),
    );
  } catch (error) {
    replace(reply);
    throw error;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The payload is not JSON: ${cause.message}`, { cause });
  }
}

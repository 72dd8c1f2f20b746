import { get, part, send } from "./api.js";
import { act, confirmed } from "./dialog.js";
import { button } from "./dom.js";
import { makeMeter } from "./meter.js";
import { duration, words } from "./format.js";
import { conversationLink } from "./message_dialog.js";
import { Refresh } from "./refresh.js";
import { badge, makeTable } from "./table.js";

/** Who waits for whom, since when, and for how much longer. */
export const view = {
  title: "Requests",
  mount(root, { canChange }) {
    const table = makeTable({
      caption: "Requests without a reply",
      columns: columns(() => refresh.soon(), canChange),
      key: ({ requestId }) => requestId,
      empty: "Nobody waits for a reply.",
    });
    root.append(table.node);
    const refresh = new Refresh(async (isOpen) => {
      const requests = await get("requests");
      const now = Date.now();
      if (isOpen()) {
        table.draw(
          requests.slice(0, 200).map((request) => ({ ...request, now })),
        );
      }
    }, { everyMs: 1_000 });
    return () => refresh.stop();
  },
};

function columns(changed, canChange) {
  return [
    { title: "From", cell: ({ sender }) => sender },
    { title: "To", cell: ({ recipient }) => recipient },
    { title: "About", cell: ({ topic }) => topic ?? "–" },
    {
      title: "State",
      cell: ({ state }) =>
        badge(words(state), state === "in_progress" ? "ok" : "plain"),
    },
    {
      title: "Waits for",
      align: "right",
      cell: ({ startedAt, now }) => duration(Math.max(0, now - startedAt)),
    },
    { title: "Deadline", cell: deadline },
    {
      title: "Conversation",
      cell: ({ correlationId }) => conversationLink(correlationId) ?? "–",
    },
    {
      title: "Actions",
      align: "right",
      cell: (request) =>
        canChange && button("Cancel", () => cancel(request, changed), {
          "aria-label": `Cancel ${request.sender}'s request`,
        }),
    },
  ];
}

function deadline({ startedAt, deadlineAt, now }) {
  const meter = makeMeter("Time used until the deadline", { warns: true });
  meter.draw(now - startedAt, deadlineAt - startedAt);
  return meter.node;
}

async function cancel({ requestId, sender, recipient }, changed) {
  const isSure = await confirmed({
    title: "Cancel this request?",
    text: `${sender} gets an error, and ${recipient} is told to stop the work.`,
    action: "Cancel the request",
  });
  if (!isSure) return;
  await act(
    () => send("DELETE", `requests/${part(requestId)}`),
    "The request is cancelled",
  );
  changed();
}

import { get } from "./api.js";
import { el } from "./dom.js";
import { Refresh } from "./refresh.js";
import { badge, makeTable } from "./table.js";
import { when } from "./when.js";

/** What was changed through the inspector, and what was tried and refused. */
export const view = {
  title: "Audit",
  mount(root) {
    const table = makeTable({
      caption: "Actions, the latest first",
      columns: COLUMNS,
      key: ({ at, action, index }) => `${at} ${index} ${action}`,
      empty: "Nothing was changed through the inspector.",
    });
    root.append(
      el(
        "div",
        { class: "toolbar" },
        el(
          "p",
          { class: "hint" },
          "The last 500 actions of this process. Each browser that signs in has a number.",
        ),
      ),
      table.node,
    );
    const refresh = new Refresh(async (isOpen) => {
      const entries = await get("audit");
      if (!isOpen()) return;
      table.draw(
        entries.map((entry, at) => ({ ...entry, index: entries.length - at })),
      );
    }, { everyMs: 3_000 });
    return () => refresh.stop();
  },
};

const COLUMNS = [
  { title: "When", cell: ({ at }) => when(at) },
  { title: "Who", cell: ({ actor }) => actor },
  { title: "What", cell: ({ action }) => action },
  {
    title: "Answer",
    align: "right",
    cell: ({ status }) => badge(String(status), status < 400 ? "ok" : "bad"),
  },
];

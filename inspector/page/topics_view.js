import { address } from "./address.js";
import { get } from "./api.js";
import { el, setText } from "./dom.js";
import { field } from "./field.js";
import { amount, count } from "./format.js";
import { Refresh } from "./refresh.js";
import { badge, makeTable } from "./table.js";

const SHOWN = 200;

/** What is published, and who would get it now. */
export const view = {
  title: "Topics",
  mount(root) {
    const search = field("Search", { type: "search", "data-search": "" });
    const note = el("p", { class: "hint", role: "status" });
    const table = makeTable({
      caption: "Topics and patterns, the busiest first",
      columns: COLUMNS,
      key: ({ topic }) => topic,
      empty: "No topic matches.",
    });
    root.append(
      el(
        "div",
        { class: "toolbar" },
        el("div", { class: "filters", role: "search" }, search.node),
        note,
      ),
      table.node,
    );
    let topics = [];
    const draw = () => {
      const text = search.value().toLowerCase();
      const found = topics.filter(({ topic, subscribers }) =>
        [topic, ...subscribers].some((name) =>
          name.toLowerCase().includes(text)
        )
      );
      table.draw(found.slice(0, SHOWN));
      setText(
        note,
        found.length > SHOWN
          ? `The busiest ${SHOWN} of ${amount(found.length, "topic")}`
          : amount(found.length, "topic"),
      );
    };
    search.input.addEventListener("input", draw);
    const refresh = new Refresh(async (isOpen) => {
      const list = await get("topics");
      if (!isOpen()) return;
      topics = list.sort((a, b) =>
        b.messages - a.messages || a.topic.localeCompare(b.topic)
      );
      draw();
    }, { everyMs: 2_000 });
    return () => refresh.stop();
  },
};

const COLUMNS = [
  {
    title: "Topic",
    // Patterns that somebody subscribed to stand in the list as well.
    cell: ({ topic }) =>
      /[*>]/.test(topic)
        ? [el("code", {}, topic), badge("pattern")]
        : el("a", { href: address("messages", "", { topic }) }, topic),
  },
  {
    title: "Messages",
    align: "right",
    cell: ({ messages }) => count(messages),
  },
  {
    title: "Subscribers now",
    cell: ({ subscribers, messages }) =>
      subscribers.length > 0
        ? subscribers.map((name) => badge(name))
        : badge("nobody", messages > 0 ? "warn" : "plain"),
  },
];

import { address } from "./address.js";
import { get } from "./api.js";
import { el, keyed, setText } from "./dom.js";
import { amount, count, perSecond, words } from "./format.js";
import { groupButtons } from "./letter_actions.js";
import { letterItem, timesOf } from "./letter_item.js";
import { sparkBars } from "./meter.js";
import { Refresh } from "./refresh.js";
import { badge } from "./table.js";
import { when } from "./when.js";

const SHOWN = 100;
const RELEVANT = new Set(["dead_letter_added", "dead_letter_removed"]);

/** What could not be handled, grouped by how it failed; each can be looked at, mended, sent again or forgotten. */
export const view = {
  title: "Dead letters",
  mount(root, { link, query, canChange }) {
    const list = el("ul", {
      class: "groups",
      "aria-label": "Kinds of failure",
    });
    const note = el("p", { class: "card empty" }, "Loading…");
    const changed = () => refresh.soon();
    const context = { changed, canChange, open: new Set() };
    root.append(header(query), list, note);
    const refresh = new Refresh(async (isOpen) => {
      const groups = await loadGroups(query, context.open);
      if (!isOpen()) return;
      keyed(list, groups, {
        key: ({ fingerprint }) => fingerprint,
        make: (group, node) => groupItem(group, node, context),
      });
      note.hidden = groups.length > 0;
      setText(
        note,
        query.reason
          ? "No dead letter has this reason."
          : "No dead letters: everything found its way.",
      );
    });
    const off = link.on("bus", ({ type }) => RELEVANT.has(type) && changed());
    return () => {
      off();
      refresh.stop();
    };
  },
};

function header({ reason }) {
  return el(
    "div",
    { class: "toolbar" },
    reason
      ? el(
        "p",
        { class: "hint" },
        `Only "${words(reason)}". `,
        el("a", { href: address("dead-letters") }, "Show all"),
      )
      : el("p", { class: "hint" }, "By reason, agent and error."),
    el("a", {
      class: "button",
      href: "api/dead-letters/export",
      download: "dead_letters.ndjson",
    }, "Export all"),
  );
}

/** The groups, and the letters of those that a person has opened. */
async function loadGroups({ reason }, open) {
  const groups = (await get("dead-letters/groups")).filter((group) =>
    !reason || group.reason === reason
  );
  return await Promise.all(groups.map(async (group) => ({
    ...group,
    letters: open.has(group.fingerprint)
      ? await get("dead-letters", {
        fingerprint: group.fingerprint,
        limit: SHOWN,
      })
      : [],
  })));
}

/** A group keeps its node, and with it what is open and has the focus. */
function groupItem(group, node, context) {
  if (node) {
    node.querySelector(".group-figures").replaceWith(groupFigures(group));
    drawLetters(node.querySelector(".letters"), group, context);
    return node;
  }
  const letters = el("ul", {
    class: "letters",
    "aria-label": "Dead letters, newest first",
  });
  const details = el(
    "details",
    {
      ontoggle: () => {
        if (details.open) context.open.add(group.fingerprint);
        else context.open.delete(group.fingerprint);
        context.changed();
      },
    },
    el("summary", {}, `Show the letters`),
    letters,
  );
  drawLetters(letters, group, context);
  return el(
    "li",
    { class: "card group" },
    el(
      "div",
      { class: "group-head" },
      el(
        "div",
        {},
        el(
          "h2",
          {},
          badge(words(group.reason), "bad"),
          group.agent ?? "no agent",
        ),
        group.error && el("p", { class: "error" }, group.error),
        group.topics.length > 0 &&
          el("p", { class: "soft" }, `About ${group.topics.join(", ")}`),
      ),
      groupFigures(group),
    ),
    groupButtons(group, context),
    details,
  );
}

function groupFigures({ count: number, perMinute, recent, lastAt }) {
  return el(
    "div",
    { class: "group-figures" },
    el(
      "p",
      {},
      el("strong", { class: "group-count" }, count(number)),
      ` ${perSecond(perMinute)} a minute`,
    ),
    sparkBars(
      recent,
      `${amount(recent.reduce((a, b) => a + b), "letter")} in the last hour`,
    ),
    el("p", { class: "soft" }, "latest ", when(lastAt)),
  );
}

function drawLetters(list, { letters }, context) {
  keyed(list, letters, {
    key: ({ id }) => id,
    version: timesOf,
    make: (letter, item) => letterItem(letter, item, context),
  });
}

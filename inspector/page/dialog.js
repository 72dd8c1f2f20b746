import { button, el } from "./dom.js";

/**
 * Opens a dialog. Escape, its button and a click beside it close it; the focus
 * goes back to where it was.
 */
export function openDialog({ title, content, actions = [], kind = "" }) {
  const heading = el("h2", { id: "dialog-title" }, title);
  const dialog = el(
    "dialog",
    { class: kind, "aria-labelledby": "dialog-title" },
    el(
      "div",
      { class: "dialog-head" },
      heading,
      button("Close", () => dialog.close(), { class: "quiet" }),
    ),
    el("div", { class: "dialog-body" }, content),
    actions.length > 0 && el("div", { class: "dialog-actions" }, actions),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks before something is done that cannot be undone. */
export function confirmed(
  { title, text, action, keep = "Keep it", tone = "danger" },
) {
  const { promise, resolve } = Promise.withResolvers();
  const sure = button(action, () => {
    resolve(true);
    dialog.close();
  }, { class: tone });
  const dialog = openDialog({
    title,
    kind: "small",
    content: el("p", {}, text),
    actions: [button(keep, () => dialog.close()), sure],
  });
  dialog.addEventListener("close", () => resolve(false));
  return promise;
}

const NOTICE_MS = 6_000;

/** Tells what happened, for a while. */
export function notify(text, tone = "ok") {
  const notice = el("p", { class: "notice", "data-tone": tone }, text);
  document.getElementById("notices").append(notice);
  setTimeout(() => notice.remove(), NOTICE_MS);
}

/** Runs an action of a person's, and tells when it failed. @returns Whether it succeeded. */
export async function act(action, done) {
  try {
    await action();
    if (done) notify(done);
    return true;
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), "bad");
    return false;
  }
}

/** What tests ask inside the page. Each function is sent there as its text, so it uses nothing of this file. */

/** Goes to a view. */
export function goToHash(hash) {
  location.hash = hash;
}

/** Whether a view is drawn. */
export function isView(name) {
  return document.getElementById("view")?.dataset.view === name;
}

/** What a screen reader would call the element with the focus, about. */
export function focusedName() {
  const node = document.activeElement;
  return node?.getAttribute("aria-label") ?? node?.textContent ?? "";
}

/** How far the page is wider than its window, in pixels. */
export function overhang() {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth - clientWidth;
}

/** The colour behind everything. */
export function ground() {
  return getComputedStyle(document.body).backgroundColor;
}

/** How many rows of messages are drawn. */
export function rowCount() {
  return document.querySelectorAll(".virtual-rows .row").length;
}

/** The text of the message in the middle of the list. */
export function rowInSight() {
  const { left, top, height } = document.querySelector(".virtual")
    .getBoundingClientRect();
  const node = document.elementFromPoint(left + 40, top + height / 2);
  return node?.closest("li")?.textContent ?? "";
}

/** What axe-core, which is there already, objects to. */
export async function axeViolations() {
  const { violations } = await globalThis.axe.run();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
  );
}

/** Longest time between two frames while the list is scrolled from end to end, in milliseconds. */
export async function longestFrame() {
  const list = document.querySelector(".virtual");
  const step = list.scrollHeight / 120;
  let longest = 0;
  let before = await new Promise(requestAnimationFrame);
  for (let n = 0; n < 120; n++) {
    list.scrollTop += step;
    const now = await new Promise(requestAnimationFrame);
    longest = Math.max(longest, now - before);
    before = now;
  }
  return longest;
}

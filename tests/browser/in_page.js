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

/** Scrolls the list from end to end. @returns The milliseconds of each frame, and the most rows that were drawn at a time. */
export async function scrollThrough() {
  const list = document.querySelector(".virtual");
  const nextFrame = () => new Promise(requestAnimationFrame);
  const steps = 90;
  const step = (list.scrollHeight - list.clientHeight) / steps;
  const frames = [];
  let mostRows = 0;
  list.scrollTop = 0;
  let before = await nextFrame();
  for (let n = 0; n < steps; n++) {
    list.scrollTop += step;
    const now = await nextFrame();
    frames.push(now - before);
    before = now;
    mostRows = Math.max(mostRows, list.querySelectorAll("li").length);
  }
  return { frames, mostRows };
}

/** How long each frame took for a while, in milliseconds. */
export async function framesFor(watchedMs) {
  const nextFrame = () => new Promise(requestAnimationFrame);
  const frames = [];
  const from = await nextFrame();
  for (let before = from; before < from + watchedMs;) {
    const now = await nextFrame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}

/** Puts the focus on something in the view, if anything takes it: 0 is what stands first, 1 what stands last. */
export function focusOn(share) {
  const nodes = [...document.querySelectorAll(
    "main :is(a[href], button, input, select, summary, [tabindex='0'])",
  )].filter((node) => node.checkVisibility() && !node.disabled);
  const node = nodes[Math.round((nodes.length - 1) * share)];
  node?.focus({ preventScroll: true });
  const nameOf = (one) => one?.getAttribute("aria-label") ?? one?.textContent;
  globalThis.focused = { node, name: nameOf(node) };
  return nameOf(node);
}

/** Whether the focus is where it was put, or on what took the place of that. */
export function hasFocus() {
  const { node, name } = globalThis.focused;
  const now = document.activeElement;
  return !node || now === node || (now !== document.body &&
    (now.getAttribute("aria-label") ?? now.textContent) === name);
}

/** Notes, from before the page's own scripts run, when it first shows how the bus is, and what jumps. */
export function watchDrawing() {
  globalThis.drawn = { viewMs: undefined, shifts: [] };
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".verdict[data-level]")) return;
    observer.disconnect();
    // Drawn with the next frame, and not before.
    requestAnimationFrame(() =>
      setTimeout(() => drawn.viewMs = performance.now())
    );
  });
  observer.observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
  });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      const nodes = sources.map(({ node }) =>
        node?.className ?? node?.nodeName
      );
      drawn.shifts.push({ value, nodes });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** When the first view was drawn, in milliseconds after the page was asked for; `undefined` before. */
export function firstViewMs() {
  return globalThis.drawn.viewMs;
}

/** What jumped since this was asked last. */
export function takeShifts() {
  return globalThis.drawn.shifts.splice(0);
}

/** Whether something jumped by more than that since it was asked for last. */
export function hasJumped(limit) {
  return globalThis.drawn.shifts.some(({ value }) => value > limit);
}

/** Pushes everything down. */
export function jump() {
  const room = document.createElement("pre");
  room.textContent = "\n".repeat(20);
  document.querySelector("main").prepend(room);
}

/** What came over the wire so far, in bytes, headers included. */
export function loadedBytes() {
  return [
    ...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource"),
  ].reduce((sum, { transferSize }) => sum + transferSize, 0);
}

/** Scripts that were loaded although the page does not name them: each had to wait for another. */
export function scriptsUnannounced() {
  const named = [
    ...document.querySelectorAll("head link[href], head script[src]"),
  ].map((node) => node.href ?? node.src);
  return performance.getEntriesByType("resource")
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".js") && !named.includes(name));
}

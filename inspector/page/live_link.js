import { ApiError, get } from "./api.js";

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 10_000;
/** A page that nobody sees lets its stream go: a browser has only a few connections to one host. */
const HIDDEN_MS = 30_000;

/**
 * The event stream, and what is known of the connection. Emits `bus` for each
 * bus event, `stats` every second, `lost` with a number or null, and `state`
 * when the connection becomes `live`, `lost` or `signed-out`. A stream that is
 * opened again goes on after the last event that was seen.
 */
export class LiveLink extends EventTarget {
  state = "connecting";
  #source;
  #lastId = "";
  #delayMs = FIRST_DELAY_MS;
  #hiding;
  #isResting = false;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => this.#watchOver());
  }

  /** Connects, and connects again for as long as the page is open. */
  open() {
    const after = this.#lastId === ""
      ? ""
      : `&after=${encodeURIComponent(this.#lastId)}`;
    const source = new EventSource(`api/events?stats=true${after}`);
    this.#source?.close();
    this.#source = source;
    source.onopen = () => {
      this.#delayMs = FIRST_DELAY_MS;
      this.#become("live");
    };
    source.onmessage = ({ data, lastEventId }) => {
      this.#lastId = lastEventId;
      this.#emit("bus", JSON.parse(data));
    };
    source.addEventListener(
      "stats",
      ({ data }) => this.#emit("stats", JSON.parse(data)),
    );
    source.addEventListener("lost", ({ data, lastEventId }) => {
      this.#lastId = lastEventId;
      this.#emit("lost", JSON.parse(data).lost);
    });
    // The browser gives up for ever when it is answered with an error, so the page tries by itself.
    source.onerror = () => this.#retry();
  }

  /** Calls back for each event of a kind. @returns A function that ends it. */
  on(kind, callback) {
    const listener = ({ detail }) => callback(detail);
    this.addEventListener(kind, listener);
    return () => this.removeEventListener(kind, listener);
  }

  async #retry() {
    this.#source.close();
    this.#become("lost");
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(MAX_DELAY_MS, delayMs * 2);
    await new Promise((resolve) =>
      setTimeout(resolve, delayMs * (0.5 + Math.random() / 2))
    );
    try {
      await get("stats");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        return this.#become("signed-out");
      }
    }
    if (!this.#isResting) this.open();
  }

  #watchOver() {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => {
        this.#isResting = true;
        this.#source?.close();
      }, HIDDEN_MS);
    } else if (this.#isResting) {
      this.#isResting = false;
      if (this.state !== "signed-out") this.open();
    }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#emit("state", state);
  }

  #emit(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

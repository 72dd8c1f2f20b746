/** An answer that says what went wrong. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

const TIMEOUT_MS = 10_000;

/** Reads: `get("messages", { limit: 50 })`. What is empty in the query is left out. */
export function get(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) =>
    value !== undefined && value !== ""
  );
  const search = new URLSearchParams(pairs).toString();
  return call(
    "GET",
    search ? `${path}?${search}` : path,
    undefined,
    TIMEOUT_MS,
  );
}

/** Changes: `send("POST", "rules", rule)`. */
export function send(method, path, body, timeoutMs = TIMEOUT_MS) {
  return call(method, path, body, timeoutMs);
}

/** A part of a path, whatever characters it has. */
export function part(id) {
  return encodeURIComponent(id);
}

async function call(method, path, body, timeoutMs) {
  const response = await fetch(`api/${path}`, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status === 204) return undefined;
  const value = await response.json();
  if (response.ok) return value;
  throw new ApiError(response.status, value.error.code, value.error.message);
}

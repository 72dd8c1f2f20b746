/**
 * The part of the address that names a view: `#/messages/part?type=direct`.
 * Pure: no part of the page is looked at.
 */

/** Takes a hash apart. What cannot be decoded is taken as it stands. */
export function readAddress(hash) {
  const [path, search = ""] = splitOnce(hash.replace(/^#\/?/, ""), "?");
  const [view, parameter = ""] = splitOnce(path, "/");
  return {
    view: decode(view),
    parameter: decode(parameter),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** The hash of a view. What is empty in the query is left out. */
export function address(view, parameter = "", query = {}) {
  const pairs = Object.entries(query).filter(([, value]) =>
    value !== undefined && value !== ""
  );
  const search = new URLSearchParams(pairs).toString();
  const path = parameter === ""
    ? view
    : `${view}/${encodeURIComponent(parameter)}`;
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Where the reader is: the address after #, as `#/view/part?key=value`. Everything that a link should bring back stands there.

/** The view, its further parts and its query. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...parts] = path.split("/").map(decoded);
  return { view, parts, query: Object.fromEntries([...new URLSearchParams(query)].filter(([key, value]) => key !== "as_of" || isTime(value))) };
}

/** A piece of the address without its escapes; one that somebody broke stays as it is. */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Can this text of the address be read as a day or a moment? */
export const isTime = (text) => /^\d{4}-\d\d-\d\d/.test(text ?? "") && !Number.isNaN(Date.parse(text));

/** The link to a view; what is empty in the query is left out. */
export function link(view, query = {}, ...parts) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const path = [view, ...parts].map(encodeURIComponent).join("/");
  return `#/${path}${kept.length ? `?${new URLSearchParams(kept)}` : ""}`;
}

/** The same place with some keys of the query changed; null takes one away. */
export function changed(some) {
  const { view, parts, query } = here();
  return link(view, { ...query, ...some }, ...parts);
}

/** Go there. `quietly`: without a new entry in the browser's history, as for each letter of a search. */
export function go(target, quietly = false) {
  if (quietly) {
    history.replaceState(null, "", target);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = target.slice(1);
}

/** The keys that mean the same on every view, and go along from one to the next. */
export const SHARED = ["period", "region", "manager", "owner"];

/** Of the present query, what goes along to another view. */
export function shared() {
  const { query } = here();
  return Object.fromEntries(SHARED.filter((key) => query[key]).map((key) => [key, query[key]]));
}

// The API, the same that CRMs call. Addresses are relative to the page, so that it works below any path of a proxy.

const PATIENCE = 3;

/** What the service said where it did not do as asked (RFC 9457). */
export class Trouble extends Error {
  constructor(status, told = {}) {
    super(told.detail || `The service answered ${status}.`);
    Object.assign(this, { status, code: told.code || "", requestId: told.request_id || "", errors: told.errors || [] });
  }
}

/** GET a path such as "v1/leads"; empty values of the query are left out, arrays are repeated. */
export function get(path, query = {}, options = {}) {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") asked.append(key, one);
    }
  }
  const text = asked.toString();
  return ask("GET", text ? `${path}?${text}` : path, undefined, options);
}

export const post = (path, body, options = {}) => ask("POST", path, body, options);

/** Every item of a paged list, with `progress(n)` after each page. */
export async function all(path, query = {}, { progress = () => {}, ...options } = {}) {
  const items = [];
  for (let cursor = null, more = true; more;) {
    const page = await get(path, { ...query, limit: 500, cursor }, options);
    items.push(...page.items);
    progress(items.length);
    cursor = page.next;
    more = cursor !== null && cursor !== undefined;
  }
  return items;
}

/** Sign in with a key, or out. */
export const signIn = (key) => ask("POST", "v1/session", { key });
export const signOut = () => ask("DELETE", "v1/session");

async function ask(method, path, body, { signal } = {}) {
  for (let tried = 1; ; tried += 1) {
    const answer = await sent(method, path, body, signal);
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const trouble = new Trouble(answer.status, await answer.json().catch(() => ({})));
    const wait = Number(answer.headers.get("Retry-After")) || 2;
    if (answer.status === 401 && path !== "v1/session") document.dispatchEvent(new CustomEvent("signed-out"));
    if (![429, 503].includes(answer.status) || tried >= PATIENCE || wait > 30) throw trouble;
    await pause(wait * 1000, signal);
  }
}

async function sent(method, path, body, signal) {
  const headers = { Accept: "application/json", "X-Requested-With": "leadcast",
    ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  try {
    return await fetch(new URL(path, document.baseURI), {
      method, headers, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (reason) {
    if (reason.name === "AbortError") throw reason;
    throw new Trouble(0, { detail: "The service cannot be reached. Is it running, and is the network there?" });
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

// The page: what stands around the views, and which of them is shown.

import { Trouble, get, signIn, signOut } from "./api.js";
import { prefetch, redraw, theme } from "./charts.js";
import { fill, h } from "./dom.js";
import { date, days, settle } from "./format.js";
import { failed, loading, select } from "./parts.js";
import { changed, go, here, link, shared } from "./route.js";

/** Name, label, and which of the header's pickers the view obeys. */
const VIEWS = [["forecast", "Forecast", ["period", "whose"]], ["what-if", "What if", ["period", "whose"]], ["deals", "Deals", ["whose"]],
  ["leads", "Leads", ["whose"]], ["funnel", "Funnel", ["whose"]], ["model", "Model", []]];
const NARROW = matchMedia("(max-width: 40rem)");
const content = document.getElementById("content");
let company = null;
let running = null;

/** Fetch what every view needs, then show the view of the address. */
async function start() {
  try {
    company = await get("v1/workspace");
  } catch (trouble) {
    if (!(trouble instanceof Trouble && trouble.status === 401)) fill(content, failed(trouble, start));
    return;
  }
  settle(company.timezone, company.currency);
  document.getElementById("company").textContent = company.name;
  document.title = `${company.name} · Leadcast`;
  frame();
  show();
}

async function show() {
  const place = here();
  const [name, label] = viewAt(place);
  running?.abort();
  running = new AbortController();
  const signal = running.signal;
  frame();
  document.title = `${label} · ${company.name} · Leadcast`;
  const at = [name, ...place.parts].join("/");
  const before = content.dataset.view;
  const same = before === at;
  if (!same) {
    fill(content, loading(label, "tiles"));
    scrollTo(0, 0);
  }
  content.dataset.view = at;
  content.setAttribute("aria-busy", "true");  // numbers of the choice before are dimmed until the answer is there
  try {
    const view = await import(`./views/${name}.js`);
    if (signal.aborted) return;
    const made = await view.show({ company, place, signal });
    if (signal.aborted) return;
    fill(content, h("h1", { class: made.title ? null : "hidden" }, made.title ?? label), made.parts ?? made);
    if (before && !same && wentByLink()) content.focus({ preventScroll: true });
  } catch (trouble) {
    if (!signal.aborted && !(trouble instanceof Trouble && trouble.status === 401)) fill(content, failed(trouble, show));
  } finally {
    if (!signal.aborted) content.removeAttribute("aria-busy");
  }
}

const viewAt = (place) => VIEWS.find(([view]) => view === place.view) ?? VIEWS[0];

/** The focus is on a link to a view, or was on one that is gone with the view before. */
const wentByLink = () => document.activeElement === document.body || document.activeElement?.closest("nav");

// ---- around the views ------------------------------------------------------------------------------------------------------

function frame() {
  const place = here();
  const [at, , obeyed] = viewAt(place);
  const held = document.activeElement?.closest(".top [data-key]")?.dataset.key;
  fill(document.getElementById("views"), VIEWS.map(([view, label]) => h("li", {},
    h("a", { href: link(view, shared()), "aria-current": view === at ? "page" : null, "data-key": view }, label))));
  fill(document.getElementById("settings"), obeyed.includes("period") && periods(place), obeyed.includes("whose") && teams(place), themeButton(),
    company.caller.signed_in && h("button", { type: "button", class: "button small", "data-key": "sign-out",
      onclick: async () => { await signOut(); location.reload(); } }, "Sign out"));
  if (held) document.querySelector(`.top [data-key="${held}"]`)?.focus({ preventScroll: true });
  fill(document.getElementById("banner"), banner());
  fill(document.getElementById("foot"), h("p", {}, `Leadcast ${company.version} · as of ${date(company.now)} · ${company.timezone}`,
    company.currency && ` · money in ${company.currency}`, " · ", h("a", { href: "docs" }, "API")));
}

function periods({ query }) {
  const known = company.periods.map(({ name, label }) => [name, NARROW.matches ? name : label]);
  const chosen = query.period ?? company.period;
  if (!known.some(([name]) => name === chosen)) known.push([chosen, chosen]);
  return keyed("period", select("Period", known, chosen, (value) => go(changed({ period: value === company.period ? null : value }))));
}

function teams({ query }) {
  const options = ["region", "manager", "owner"].flatMap((level) => (company.team[level] ?? []).map(({ name, label }) =>
    [`${level}:${name}`, `${label}${level === "owner" ? "" : ` (${level})`}`]));
  const level = ["region", "manager", "owner"].find((one) => query[one]);
  const chosen = level ? `${level}:${query[level]}` : "";
  // One that the team does not know stands there, too: else the numbers would be narrowed, and nobody could see it or undo it.
  if (level && !options.some(([value]) => value === chosen)) options.push([chosen, `${query[level]} (${level})`]);
  if (!options.length) return null;
  return keyed("whose", select("Whose", options, chosen, (value) => {
    const [picked, ...rest] = (value ?? "").split(":");
    go(changed({ region: null, manager: null, owner: null, ...(value ? { [picked]: rest.join(":") } : {}) }));
  }, { all: company.caller.limited ? "All that are mine" : "Everyone" }));
}

/** The frame is made anew with each view: by its key a control is found again, so that the focus stays on it. */
function keyed(key, field) {
  field.querySelector("select").dataset.key = key;
  return field;
}

function themeButton() {
  const dark = theme() === "dark";
  return h("button", { type: "button", class: "icon", title: `Switch to ${dark ? "light" : "dark"}`, "aria-label": `Switch to ${dark ? "light" : "dark"} colours`,
    "data-key": "theme", onclick: () => {
      document.documentElement.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("leadcast-theme", dark ? "light" : "dark"); } catch { /* a browser that keeps nothing */ }
      redraw();
      frame();
    } }, dark ? "☀" : "☾");
}

function banner() {
  if (company.clock_stands) return h("p", { class: "banner" }, `This service shows the company as it was on ${date(company.now)}.`);
  const stale = company.data_end && (new Date(company.now) - new Date(company.data_end)) / 86_400_000;
  if (!(stale > company.stale_days)) return null;
  return h("p", { class: "banner warn" }, `The newest record is ${days(stale)} old (${date(company.data_end)}): deals look silent because nothing came in since. `,
    "To see that day, start the service with ", h("code", {}, "leadcast serve --as-of end"), ".");
}

// ---- signing in ------------------------------------------------------------------------------------------------------------

function askForKey() {
  const dialog = document.getElementById("sign-in");
  if (dialog.open) return;
  const field = h("input", { type: "password", id: "key", autocomplete: "current-password", required: true, spellcheck: "false" });
  const said = h("p", { class: "failed", role: "alert" });
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    try {
      await signIn(field.value.trim());
      location.reload();  // nothing of what another key has seen may stay, neither on the page nor kept by its modules
    } catch (trouble) {
      said.textContent = trouble.status === 401 ? "This key is not known, or it has ended." : trouble.message;
      field.select();
    }
  } }, h("label", { for: "key" }, "Your key"), field, said, h("button", { type: "submit", class: "button strong" }, "Sign in"));
  fill(dialog, h("h2", { id: "sign-in-title" }, "Sign in"), h("p", {}, "A key with the scope ", h("code", {}, "read"),
    " opens this page for 12 hours. Whoever runs the service makes one with ", h("code", {}, "leadcast keys add NAME --scope read"), "."), form);
  fill(content, h("div", { class: "state" }, h("p", {}, "Sign in to see the numbers."),
    h("p", {}, h("button", { type: "button", class: "button strong", onclick: askForKey }, "Sign in"))));
  dialog.showModal();
  field.focus();
}

document.addEventListener("signed-out", askForKey);
window.addEventListener("hashchange", () => company && show());
NARROW.addEventListener("change", () => company && frame());
prefetch("fan");
start();

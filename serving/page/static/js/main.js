// The page: what stands around the views, and which of them is shown.

import { Trouble, get, signIn, signOut } from "./api.js";
import { prefetch, redraw, theme } from "./charts.js";
import { fill, h } from "./dom.js";
import { date, days, settle } from "./format.js";
import { failed, loading, select } from "./parts.js";
import { changed, go, here, link, shared } from "./route.js";

const VIEWS = [["forecast", "Forecast"], ["what-if", "What if"], ["deals", "Deals"], ["leads", "Leads"], ["funnel", "Funnel"], ["model", "Model"]];
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
  const [name, label] = VIEWS.find(([view]) => view === place.view) ?? VIEWS[0];
  running?.abort();
  running = new AbortController();
  const signal = running.signal;
  frame();
  document.title = `${label} · ${company.name} · Leadcast`;
  const at = [name, ...place.parts].join("/");
  const same = content.dataset.view === at;
  if (!same) {
    fill(content, loading(label, "tiles"));
    scrollTo(0, 0);
  }
  content.dataset.view = at;
  try {
    const view = await import(`./views/${name}.js`);
    if (signal.aborted) return;
    const made = await view.show({ company, place, signal });
    if (signal.aborted) return;
    fill(content, h("h1", { class: made.title ? null : "hidden" }, made.title ?? label), made.parts ?? made);
    if (!same && document.activeElement?.closest("nav")) content.focus({ preventScroll: true });
  } catch (trouble) {
    if (!signal.aborted && !(trouble instanceof Trouble && trouble.status === 401)) fill(content, failed(trouble, show));
  }
}

// ---- around the views ------------------------------------------------------------------------------------------------------

function frame() {
  const place = here();
  const at = VIEWS.some(([view]) => view === place.view) ? place.view : VIEWS[0][0];
  fill(document.getElementById("views"), VIEWS.map(([view, label]) => h("li", {},
    h("a", { href: link(view, shared()), "aria-current": view === at ? "page" : null }, label))));
  fill(document.getElementById("settings"), periods(place), teams(place), themeButton(), company.caller.signed_in && h("button",
    { type: "button", class: "button small", onclick: async () => { await signOut(); location.reload(); } }, "Sign out"));
  fill(document.getElementById("banner"), banner());
  fill(document.getElementById("foot"), h("p", {}, `Leadcast ${company.version} · as of ${date(company.now)} · ${company.timezone}`,
    company.currency && ` · money in ${company.currency}`, " · ", h("a", { href: "docs" }, "API")));
}

function periods({ query }) {
  const known = company.periods.map(({ name, label }) => [name, label]);
  const chosen = query.period ?? company.period;
  if (!known.some(([name]) => name === chosen)) known.push([chosen, chosen]);
  return select("Period", known, chosen, (value) => go(changed({ period: value === company.period ? null : value })));
}

function teams({ query }) {
  const options = ["region", "manager", "owner"].flatMap((level) => (company.team[level] ?? []).map(({ name, label }) =>
    [`${level}:${name}`, `${label}${level === "owner" ? "" : ` (${level})`}`]));
  if (!options.length) return null;
  const chosen = ["region", "manager", "owner"].map((level) => query[level] && `${level}:${query[level]}`).find(Boolean) ?? "";
  return select("Whose", options, chosen, (value) => {
    const [level, ...rest] = (value ?? "").split(":");
    go(changed({ region: null, manager: null, owner: null, ...(value ? { [level]: rest.join(":") } : {}) }));
  }, { all: company.caller.limited ? "All that are mine" : "Everyone" });
}

function themeButton() {
  const dark = theme() === "dark";
  return h("button", { type: "button", class: "icon", title: `Switch to ${dark ? "light" : "dark"}`, "aria-label": `Switch to ${dark ? "light" : "dark"} colours`,
    onclick: () => {
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
      dialog.close();
      start();
    } catch (trouble) {
      said.textContent = trouble.status === 401 ? "This key is not known, or it has ended." : trouble.message;
      field.select();
    }
  } }, h("label", { for: "key" }, "Your key"), field, said, h("button", { type: "submit", class: "button strong" }, "Sign in"));
  fill(dialog, h("h2", { id: "sign-in-title" }, "Sign in"), h("p", {}, "A key with the scope ", h("code", {}, "read"),
    " opens this page for 12 hours. Whoever runs the service makes one with ", h("code", {}, "leadcast keys add NAME --scope read"), "."), form);
  fill(content, h("div", { class: "state" }, h("p", {}, "Sign in to see the numbers.")));
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
  field.focus();
}

document.addEventListener("signed-out", askForKey);
window.addEventListener("hashchange", () => company && show());
prefetch("fan");
start();

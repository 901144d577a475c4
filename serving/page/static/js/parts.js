// The pieces that views are put together from: cards, tiles, explanations, states, chips, downloads.

import { Trouble } from "./api.js";
import { fill, h, newId } from "./dom.js";
import { NOTHING, count, points } from "./format.js";

/**
 * A part of a view under its heading. `explain`: what it shows, on hover and for screen readers; `tools`: buttons at the right;
 * `size`: of a row, half of it by default, else wide (as `wide` says, too), two-thirds or third.
 */
export function card(title, { explain: text, tools = [], wide = false, size = wide ? "wide" : "", id = newId("card"), note = null } = {}, ...children) {
  return h("section", { class: size ? `card ${size}` : "card", "aria-labelledby": id },
    h("div", { class: "card-head" }, h("h2", { id }, title), text && explain(text, title), h("div", { class: "tools" }, tools)),
    note && h("p", { class: "quiet" }, note), children);
}

/** A number that is to be seen first. `tone`: good, bad, warn or none. */
export function tile(label, value, { note = "", explain: text = "", tone = "", href = null } = {}) {
  const shown = h("div", { class: "tile-value" }, value);
  return h("div", { class: `tile ${tone}` },
    h("div", { class: "tile-label" }, label, text && explain(text, label)),
    href ? h("a", { href, class: "tile-link" }, shown) : shown, note && h("div", { class: "tile-note" }, note));
}

export const tiles = (...children) => h("div", { class: "tiles" }, children);
export const cards = (...children) => h("div", { class: "cards" }, children);

/** A small question mark that tells what is meant: on hover, on focus, on a tap. */
export function explain(text, about = "") {
  const id = newId("tip");
  const tip = h("span", { role: "tooltip", id, class: "tip" }, text);
  const button = h("button", { type: "button", class: "why", "aria-label": about ? `What is ${about}?` : "What is this?",
    "aria-describedby": id, onkeydown: (event) => { if (event.key === "Escape") event.currentTarget.blur(); } }, "?");
  const place = () => {
    tip.style.removeProperty("--shift");
    const box = tip.getBoundingClientRect();
    const over = Math.max(0, box.right - document.documentElement.clientWidth + 8) - Math.max(0, 8 - box.left);
    tip.style.setProperty("--shift", `${-over}px`);
  };
  button.addEventListener("pointerenter", place);
  button.addEventListener("focus", place);
  return h("span", { class: "explained" }, button, tip);
}

/** A short label with a colour: flags, grades, categories. */
export const chip = (text, tone = "", title = null) => h("span", { class: `chip ${tone}`, title }, text);

/** A grade as a letter in its colour. */
export const grade = (letter) => (letter ? h("span", { class: `grade grade-${letter}`, title: `Grade ${letter}` }, letter) : NOTHING);

/** How a score moved: an arrow with its points, and words for those who do not see it. */
export function trend(value, digits = 0) {
  if (value === null || value === undefined) return h("span", { class: "quiet" }, NOTHING);
  const way = Math.abs(value) < 0.5 ? "same" : value > 0 ? "up" : "down";
  const arrow = { up: "▲", down: "▼", same: "●" }[way];
  return h("span", { class: `trend ${way}` }, h("span", { "aria-hidden": "true" }, `${arrow} `),
    points(value, digits), h("span", { class: "hidden" }, " points in a week"));
}

/** A share as a bar, with its number beside it. */
export function bar(share, text, tone = "") {
  const width = Math.max(0, Math.min(1, share ?? 0)) * 100;
  return h("span", { class: "bar-cell" }, h("span", { class: `bar ${tone}`, "aria-hidden": "true" },
    h("span", { style: `width:${width.toFixed(1)}%` })), h("span", { class: "bar-text" }, text));
}

export const notes = (texts) => (texts?.length ? h("ul", { class: "notes" }, texts.map((text) => h("li", {}, text))) : null);

/** Buttons of which one is chosen: `options` are [value, label] pairs. */
export function choice(label, options, chosen, onchange) {
  return h("div", { class: "choice", role: "group", "aria-label": label }, options.map(([value, text]) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => onchange(value) }, text)));
}

/** A labelled select; `options` are [value, label] pairs. */
export function select(label, options, chosen, onchange, { all = null } = {}) {
  const list = h("select", { onchange: (event) => onchange(event.target.value || null) },
    all !== null && h("option", { value: "" }, all),
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  return h("label", { class: "field" }, h("span", {}, label), list);
}

// ---- states: every view has them ------------------------------------------------------------------------------------------

/** Grey shapes in the place of what is coming. `shape`: tiles, chart or rows. */
export function loading(what = "the numbers", shape = "rows") {
  const blocks = { tiles: 4, chart: 1, rows: 6 }[shape];
  return h("div", { class: `loading ${shape}`, role: "status" }, h("span", { class: "hidden" }, `Loading ${what} …`),
    Array.from({ length: blocks }, () => h("span", { class: "bone", "aria-hidden": "true" })));
}

/** Nothing to show, and what would change that. */
export const empty = (title, text = "", ...more) =>
  h("div", { class: "state empty" }, h("p", { class: "state-title" }, title), text && h("p", {}, text), more);

/** What went wrong in words, the request's id for who looks into it, and a button to try again. */
export function failed(trouble, again = null) {
  if (isOutdated(trouble)) return outdated();
  const known = trouble instanceof Trouble;
  const text = known ? trouble.message : "Something on this page went wrong.";
  if (!known) console.error(trouble);
  return h("div", { class: "state failed", role: "alert" }, h("p", { class: "state-title" }, title(trouble)), h("p", {}, text),
    known && trouble.errors.map((error) => h("p", { class: "quiet" }, `${error.path}: ${error.message}`)),
    known && trouble.requestId && h("p", { class: "quiet" }, `Request ${trouble.requestId}`),
    again && h("p", {}, h("button", { type: "button", class: "button", onclick: again }, "Try again")));
}

/** A module of the page that could not be fetched: its address is of a version that the service no longer has. */
const isOutdated = (trouble) => trouble instanceof TypeError && /import|module/i.test(trouble.message);

const outdated = () => h("div", { class: "state failed", role: "alert" }, h("p", { class: "state-title" }, "Load this page again"),
  h("p", {}, "It is of another version than the service, or the connection is gone."),
  h("p", {}, h("button", { type: "button", class: "button", onclick: () => location.reload() }, "Load it again")));

function title(trouble) {
  if (!(trouble instanceof Trouble)) return "This view could not be drawn";
  return { 0: "No connection", 403: "Your key does not allow this", 404: "Not found", 503: "The service is busy" }[trouble.status]
    ?? "That did not work";
}

/** Show what a promise brings: a loading state first, then `draw(found)`, or what went wrong with a button to try again. */
export async function until(place, promise, draw, { what, shape, again } = {}) {
  fill(place, loading(what, shape));
  try {
    const found = await promise();
    fill(place, await draw(found));
  } catch (trouble) {
    if (trouble.name === "AbortError") return;
    fill(place, failed(trouble, again ?? (() => until(place, promise, draw, { what, shape, again }))));
  }
}

// ---- downloads -----------------------------------------------------------------------------------------------------------

/** A button that downloads rows as CSV. `rows`: an array, or a function that brings it (it may take long). */
export function download(name, columns, rows, label = "CSV") {
  const button = h("button", { type: "button", class: "button small", title: `Download ${name} as CSV` }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const before = button.textContent;
    try {
      const progress = (done) => { button.textContent = `${count(done)} …`; };
      const found = typeof rows === "function" ? await rows(progress) : rows;
      save(`${name}.csv`, csv(columns, found), "text/csv;charset=utf-8");
    } catch (trouble) {
      if (trouble.name !== "AbortError") button.after(failed(trouble));
    }
    button.textContent = before;
    button.disabled = false;
  });
  return button;
}

/** Rows as CSV; a cell that a spreadsheet would take for a formula is made a text. */
export function csv(columns, rows) {
  const lines = rows.map((row) => columns.map(({ key, value }) => cell(value ? value(row) : row[key])));
  return `\ufeff${[columns.map(({ key, label }) => cell(label ?? key)), ...lines].map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hand a text or a blob to the reader as a file. */
export function save(name, content, type = "application/octet-stream") {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const anchor = h("a", { href: address, download: name.replace(/[^\w.-]+/g, "-") });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

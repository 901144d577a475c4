// Filters of the lists: every choice stands in the address, and the list below follows without the page being made anew.

import { h, newId } from "../../dom.js";
import { count } from "../../format.js";
import { select } from "../../parts.js";
import { changed, here, isTime } from "../../route.js";
import { plain } from "./words.js";

const PATIENCE = 250;  // milliseconds after the last letter of a search
const SHORTEST_NAME = 3;  // letters from which on a search may mean an owner's name
const TEAM = ["region", "manager", "owner"];
const left = new Map();

/** Put choices into the address without a new entry in the history, and without showing the view anew. */
export function keep(some) {
  history.replaceState(null, "", changed(some));
  remember();
}

/** Remember how a list was left, for the way back to it. */
export function remember() {
  left.set(here().view, location.hash);
}

/** The list as it was left; null where it was not seen yet. */
export const leftList = (view) => left.get(view) ?? null;

/** The moment at which a day begins in a time zone; null where the text is no day. */
export function midnight(day, timeZone) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day ?? "") || !isTime(day)) return null;
  const guess = new Date(`${day}T00:00:00Z`);
  const there = new Date(`${guess.toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);
  return new Date(2 * guess - there).toISOString();
}

/** The header's choice of whose records. */
export const whose = (query) => Object.fromEntries(TEAM.filter((key) => query[key]).map((key) => [key, query[key]]));

/** The stages of all pipelines of leads or of deals. */
export const stagesOf = (company, entity) =>
  [...new Set(company.pipelines.filter((pipeline) => pipeline.entity === entity).flatMap(({ stages }) => stages))];

/** A search that answers while one types. */
export function search(text, placeholder, onchange) {
  const field = h("input", { type: "search", value: text ?? "", placeholder, spellcheck: "false", autocomplete: "off", "aria-label": "Search" });
  let timer = null;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onchange(field.value.trim() || null), PATIENCE);
  });
  return field;
}

/**
 * What a search asks of the API. It knows owners by their ids: a text that stands in one owner's name alone asks for that owner's.
 *
 * @param {?string} owner whom the header's picker shows already: nobody else is asked for then
 */
export function searched(company, text, owner = null) {
  const part = (text ?? "").toLowerCase();
  const found = part.length < SHORTEST_NAME ? [] : company.team.owner.filter(({ label }) => label.toLowerCase().includes(part));
  return found.length === 1 && [null, undefined, found[0].name].includes(owner) ? { owner: found[0].name } : { q: text };
}

/** A select over a key of the address; `options`: names, or [value, label] pairs. */
export function pick(label, key, options, all, onchange) {
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, option]));
  return select(label, pairs, here().query[key] ?? "", (value) => onchange({ [key]: value }), { all });
}

/** A day, as a key of the address. */
export function dayField(label, key, onchange) {
  const field = h("input", { type: "date", value: here().query[key] ?? "" });
  field.addEventListener("change", () => onchange({ [key]: field.value || null }));
  return h("label", { class: "field" }, h("span", {}, label), field);
}

/**
 * Buttons of which any may be pressed; `options`: [name, label, title]; `chosen` and what `onchange` gets: names with commas, or null.
 *
 * `count(ask)` writes beside each how many there are; `ask(name)` brings {in_all}.
 */
export function toggles(label, options, chosen, onchange) {
  const on = new Set((chosen ?? "").split(",").filter(Boolean));
  const buttons = options.map(([name, text, title]) => h("button", { type: "button", class: "toggle", title, "aria-pressed": String(on.has(name)),
    onclick: (event) => {
      if (!on.delete(name)) on.add(name);
      event.currentTarget.setAttribute("aria-pressed", String(on.has(name)));
      onchange([...on].join(",") || null);
    } }, text, h("span", { class: "toggle-count" })));
  const tell = (found) => buttons.forEach((button, place) => {
    button.querySelector(".toggle-count").textContent = count(found[place].in_all);
    button.disabled = found[place].in_all === 0 && !on.has(options[place][0]);
  });
  return { node: h("div", { class: "toggles", role: "group", "aria-label": label }, buttons),
    count: (ask) => Promise.all(options.map(([name]) => ask(name))).then(tell).catch(() => {}) };  // without them only the counts are missing
}

/**
 * "Where product is Plus": an attribute and its value, which must be written in full; values that the list has shown are suggested.
 *
 * @param {string[]} names of the attributes
 * @param {(name: string) => string[]} seen values of an attribute
 */
export function attributeFilter(names, seen, onchange) {
  const [chosen = "", ...rest] = (whereOf(here().query) ?? "").split(":");
  const suggestions = h("datalist", { id: newId("values") });
  const value = h("input", { type: "text", value: rest.join(":"), list: suggestions.id, placeholder: "value", "aria-label": "Value of the attribute",
    hidden: !chosen });
  const name = h("select", { "aria-label": "Attribute" }, h("option", { value: "" }, "any attribute"),
    names.map((one) => h("option", { value: one, selected: one === chosen }, plain(one))));
  const told = () => onchange({ source: null, where: name.value && value.value.trim() ? `${name.value}:${value.value.trim()}` : null });
  const suggest = () => suggestions.replaceChildren(...seen(name.value).map((one) => h("option", { value: one })));
  name.addEventListener("change", () => {
    value.hidden = !name.value;
    value.value = "";
    told();
    if (name.value) value.focus();
  });
  value.addEventListener("focus", suggest);
  value.addEventListener("change", told);
  return h("span", { class: "field" }, h("span", {}, "Where"), name, value, suggestions);
}

/** The attribute filter of the address; a link may name a source alone. */
const whereOf = ({ where, source }) => where ?? (source ? `source:${source}` : null);

/** What an attribute filter asks of the API. */
export function attributeAsked(query) {
  const where = whereOf(query);
  if (!where?.includes(":")) return {};
  return where.startsWith("source:") ? { source: where.slice("source:".length) } : { attribute: where };
}

/** Values of each text attribute that rows have shown, for suggestions; the forecast category as $category. */
export class Seen {
  #values = new Map();

  add(rows) {
    for (const { attributes, source, category } of rows) {
      for (const [name, value] of Object.entries({ ...attributes, source, $category: category })) {
        if (typeof value !== "string") continue;
        if (!this.#values.has(name)) this.#values.set(name, new Set());
        this.#values.get(name).add(value);
      }
    }
  }

  of(name) {
    return [...this.#values.get(name) ?? []].sort().slice(0, 100);
  }
}

// The bar above the funnel: whose stages, entered when, compared by what, and what it is narrowed to.

import { h } from "../../dom.js";
import { NOTHING } from "../../format.js";
import { choice, select } from "../../parts.js";
import { changed, go } from "../../route.js";
import { PARTS, joinWhere, spans } from "./asked.js";

const TEAM = ["owner", "manager", "region"];
const UNKNOWN = ["(none)", "(others)"];

/** Links from part to part. */
export function partsNav({ part }) {
  return h("nav", { class: "parts-nav", "aria-label": "Parts of the funnel" }, PARTS.map(([name, label]) =>
    h("a", { href: changed({ part: name === PARTS[0][0] ? null : name, stage: null }), "aria-current": name === part ? "page" : null }, label)));
}

/** Path, pipeline and time of entry, then what the reader narrowed it to. */
export function controls(company, chosen) {
  return h("div", { class: "filters funnel-filters" },
    chosen.paths.length > 1 && choice("Whose stages", chosen.paths, chosen.path, (path) => go(changed({ path, pipeline: null, by: null, where: null, stage: null }))),
    chosen.pipelines.length > 1 && select("Pipeline", chosen.pipelines.map((name) => [name, name]), chosen.pipeline ?? chosen.pipelines[0],
      (pipeline) => go(changed({ pipeline, stage: null }))),
    select("Entered", entered(company, chosen.entered), chosen.entered, (value) => go(changed({ entered: value === "12m" ? null : value }))),
    chosen.where.map((one) => h("span", { class: "chip accent narrowed" }, `${words(one.column)}: ${one.value}`,
      h("button", { type: "button", "aria-label": `No longer only ${one.value}`, title: "Take this filter away",
        onclick: () => go(changed({ where: joinWhere(chosen.where.filter((other) => other !== one)) })) }, "×"))));
}

function entered(company, chosen) {
  const options = spans(company);
  return options.some(([name]) => name === chosen) ? options : [...options, [chosen, chosen]];
}

/** By what column to compare. `all`: the words for no column at all. */
export function byControl({ columns }, by, all = null, label = "Compare by") {
  return select(label, columns.map((name) => [name, words(name)]), by, (name) => go(changed({ by: name })), { all });
}

/** A group's name as a link that narrows the whole view to it; the team's levels are the header's own choice. */
export function narrowing(company, chosen, by, name) {
  const label = named(company, by, name);
  if (UNKNOWN.includes(name)) return label;
  const target = TEAM.includes(by)
    ? changed({ region: null, manager: null, owner: null, by: null, [by]: name })
    : changed({ where: joinWhere([...chosen.where.filter(({ column }) => column !== by), { column: by, value: name }]), by: null });
  return h("a", { href: target, title: `Show only ${label}` }, label);
}

/** How people call a value of a column: owners by their names. */
export function named(company, by, name) {
  return (company.team[by] ?? []).find((one) => one.name === name)?.label ?? name ?? NOTHING;
}

/** A column's name as words: regional_office is regional office. */
export const words = (name) => name.replaceAll("_", " ");

/** The same as the heading of a column. */
export const heading = (name) => words(name).replace(/^./, (letter) => letter.toUpperCase());

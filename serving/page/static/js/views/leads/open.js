// The list of leads: whom to call, as the queue says, or all that are open, with filters.

import { all, get } from "../../api.js";
import { fill, h } from "../../dom.js";
import { count } from "../../format.js";
import { card, choice, empty, until } from "../../parts.js";
import { changed, here, link, shared } from "../../route.js";
import { pagedTable, table } from "../../table.js";
import { attributeAsked, attributeFilter, keep, pick, search, searched, stagesOf, toggles, whose } from "../records/filters.js";
import { leadColumns, queueColumns } from "./columns.js";

const FLAGS = [["stalled", "Stalled", "In its stage for more than twice as long as those took that moved on"],
  ["silent", "Silent", "No event from us or from them for two weeks"]];
const OWN = ["q", "stage", "source", "grade", "flag", "where", "cell"];
const NONE_OF_THEM = Object.fromEntries(OWN.map((key) => [key, null]));
const STEPS = [25, 100, 500];
const BAND = 25;  // how wide the bands of the grid are

/** The card, and `showCell(cell)`, which shows the leads of a cell of the grid. */
export function listCard(about) {
  const body = h("div", { class: "records-list" });
  const head = h("span", {});
  const draw = () => {
    const asked = mode(about);
    fill(head, about.target && choice("Which leads", [["queue", "Whom to call"], ["all", "All open"]], asked, (chosen) => {
      keep(chosen === "queue" ? { show: null, sort: null, ...NONE_OF_THEM } : { show: "all" });
      if (chosen === "queue") document.querySelectorAll(".grid [aria-pressed=true]").forEach((cell) => cell.setAttribute("aria-pressed", "false"));
      draw();
      head.querySelector("[aria-pressed=true]").focus();
    }));
    if (asked === "queue") callList(about, body);
    else allLeads(about, body);
  };
  draw();
  const node = card("Leads", { wide: true, tools: [head], explain: "Whom to call: by probability, and among equals who has waited longest for us. "
    + "All open: every lead, with filters; press a heading to sort." }, body);
  const showCell = (cell) => {
    keep({ cell, show: cell ? "all" : here().query.show });
    draw();
    if (cell) node.scrollIntoView({ block: "start" });
  };
  return { node, showCell };
}

const mode = ({ target }) => (target && !here().query.show && !OWN.some((key) => here().query[key]) ? "queue" : "all");

function callList({ company, target, base, has, signal }, body) {
  const columns = queueColumns({ company, target, has });
  const ask = (limit) => get("v1/queue", { ...whose(base), target: target.name, limit }, { signal });
  const show = (step) => until(body, () => ask(STEPS[step]), ({ items, in_all: size }) => {
    const rows = items.map((item, place) => ({ ...item, place: place + 1 }));
    return [table({ caption: "Whom to call, the most worthwhile first", name: "call-list", columns: telling(columns, rows), rows, sorted: "place",
      onrow: ({ entity_id: id }) => link("leads", shared(), id), none: empty("Nobody to call", "No open lead has a score for this target.") }),
    rows.length > 0 && h("div", { class: "more" }, rows.length < size && step + 1 < STEPS.length
      ? h("button", { type: "button", class: "button", onclick: () => show(step + 1) }, `Show ${count(Math.min(STEPS[step + 1], size))} of ${count(size)}`)
      : h("p", { class: "quiet" }, rows.length < size ? `The first ${count(rows.length)} of ${count(size)}; the others are under “All open”.` : `All ${count(size)}.`))];
  }, { what: "whom to call" });
  show(0);
}

/** Without the columns in which there is nothing to see: no risk at all, or one engagement of all. */
function telling(columns, rows) {
  const dull = { flags: !rows.some(({ flags }) => flags?.length), engagement_score: new Set(rows.map((row) => row.engagement_score)).size < 2 };
  return columns.map((column) => (dull[column.key] && rows.length > 1 ? { ...column, shown: false } : column));
}

function allLeads(about, body) {
  const { company, base, ask, seen, signal, first, target } = about;
  const columns = leadColumns(about);
  const list = h("div", {});
  const said = h("p", { class: "quiet said", role: "status" });
  const draw = () => {
    const query = asked(company);
    fill(list, pagedTable({ caption: "The open leads that match", name: "open-leads", columns, sorted: here().query.sort ?? (target ? "-probability" : "-created"),
      load: (page) => ask({ ...query, ...page }), every: (progress) => all("v1/leads", { ...base, ...query }, { progress, signal }),
      onsort: (sort) => { keep({ sort, show: "all" }); draw(); }, onrow: ({ lead_id: id }) => link("leads", shared(), id),
      onfirst: (page) => {
        seen.add(page.items);
        said.textContent = page.in_all === first.in_all ? "" : `${count(page.in_all)} of ${count(first.in_all)} match.`;
      },
      none: empty("No lead matches", "Take a filter away, or write less in the search.",
        h("p", {}, h("a", { href: changed(NONE_OF_THEM) }, "Take all filters away"))) }));
  };
  fill(body, filters(about, (some) => { keep({ show: "all", ...some }); draw(); }), said, list);
  draw();
}

/** What the address asks of the API, besides whose leads. */
function asked(company) {
  const { q, owner, stage, grade, flag, cell } = here().query;
  const [, fit, engagement] = /^([0-3]),([0-3])$/.exec(cell ?? "") ?? [];
  const bands = fit && { fit_from: fit * BAND, fit_to: fit * BAND + BAND, engagement_from: engagement * BAND, engagement_to: engagement * BAND + BAND };
  return { ...searched(company, q, owner), stage, grade, flag, ...attributeAsked(here().query), ...bands };
}

function filters({ company, target, seen, ask }, choose) {
  const { query } = here();
  const stages = stagesOf(company, "lead");
  const flags = toggles("Risks", FLAGS, query.flag, (flag) => choose({ flag }));
  flags.count((flag) => ask({ flag, limit: 1 }));
  const names = company.columns.lead.filter((name) => !["owner", "manager", "region"].includes(name));
  return h("div", { class: "record-filters" }, h("div", { class: "filters" }, search(query.q, "Id, source, owner's name …", (q) => choose({ q })),
    stages.length > 0 && pick("Stage", "stage", stages, "any", choose),
    target && pick("Grade", "grade", ["A", "B", "C", "D"], "any", choose),
    names.length > 0 && attributeFilter(names, (name) => seen.of(name), choose), flags.node));
}

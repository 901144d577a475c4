// The list of open deals: the answer in a sentence, filters, and a table that the service sorts and pages.

import { all, get } from "../../api.js";
import { fill, h } from "../../dom.js";
import { card, empty } from "../../parts.js";
import { changed, here, link, shared } from "../../route.js";
import { pagedTable } from "../../table.js";
import { Seen, attributeAsked, attributeFilter, dayField, keep, midnight, pick, remember, search, searched, stagesOf, toggles, whose } from "../records/filters.js";
import { targetOf } from "../records/words.js";
import { dealColumns, present } from "./columns.js";
import { headTiles, sentence, totals } from "./top.js";

const PATH = "v1/opportunities";
const FLAGS = [["stalled", "Stalled", "In its stage for more than twice as long as those took that moved on"],
  ["pushed", "Pushed out", "Its owner moved the close date out at least twice"],
  ["silent", "Silent", "No event from us or from them for two weeks"],
  ["single_contact", "Single contact", "One contact in all its events"],
  ["overdue", "Close date past", "Its owner's close date is past"]];
const RISKS = FLAGS.map(([flag]) => flag);
const BEST = { sort: "expected_amount", order: "desc" };
const MORE = ["where", "source", "from", "before", "closing"];
const OWN = ["q", "stage", "category", "grade", "flag", ...MORE];

export async function showDeals({ company, place, signal }) {
  remember();
  const { target } = targetOf(company, "opportunity", place.query.target);
  const base = { open: "true", target: target?.name, ...whose(place.query) };
  const ask = (more) => get(PATH, { ...base, limit: 50, ...more }, { signal });
  const [first, risky] = await Promise.all([ask(BEST), ask({ flag: RISKS, limit: 1 })]);
  if (!first.in_all) return [nothing(company, place)];
  const has = { ...present(first, company), risks: risky.in_all > 0 };
  const seen = new Seen();
  seen.add(first.items);
  const list = h("div", { class: "records-list" });
  const said = h("p", { class: "quiet said", role: "status" });
  const about = { company, target, base, has, seen, said, signal, ask, first, columns: dealColumns({ company, target, has, signal }) };
  const draw = () => fill(list, dealTable(about, draw));
  const controls = filters(about, (some) => { keep(some); draw(); });
  draw();
  const text = "Every deal that is neither won nor lost, with its kept probability. Press a heading to sort, a line for all about a deal.";
  return [h("p", { class: "lead" }, sentence(first, risky, has)), headTiles(first, risky, has, changed({ flag: RISKS.join(",") })),
    card("Open deals", { wide: true, explain: text }, controls, said, list)];
}

function nothing(company, { query }) {
  if (Object.keys(whose(query)).length) {
    return empty("No open deals here", "Nobody of those that the header's picker shows has one.",
      h("p", {}, h("a", { href: changed({ region: null, manager: null, owner: null }) }, "Show everyone's")));
  }
  if (!company.targets.some(({ entity }) => entity === "lead")) return empty("No open deals", "Load data, then come back.");
  return empty("No open deals", "This workspace has no open deals at the moment; its leads are on their own view.",
    h("p", {}, h("a", { href: link("leads", shared()) }, "To the leads")));
}

function filters({ company, target, has, seen, ask }, choose) {
  const { query } = here();
  const stages = stagesOf(company, "opportunity");
  const categories = [...new Set([...seen.of("$category"), query.category].filter(Boolean))];
  const flags = toggles("Risks", FLAGS, query.flag, (flag) => choose({ flag }));
  flags.count((flag) => ask({ flag, limit: 1 }));
  const names = company.columns.opportunity.filter((name) => !["owner", "manager", "region"].includes(name));
  const more = h("details", { class: "more-filters", open: MORE.some((key) => query[key]) }, h("summary", {}, "More filters"), h("div", { class: "filters" },
    has.dates && [dayField("Rep's close from", "from", choose), dayField("before", "before", choose)],
    has.dates && pick("Closing in", "closing", company.periods.map(({ name, label }) => [name, label]), "any time", choose),
    names.length > 0 && attributeFilter(names, (name) => seen.of(name), choose)));
  return h("div", { class: "record-filters" }, h("div", { class: "filters" }, search(query.q, "Id, account, owner's name …", (q) => choose({ q })),
    stages.length > 0 && pick("Stage", "stage", stages, "any", choose),
    categories.length > 0 && pick("Category", "category", categories, "any", choose),
    target && pick("Grade", "grade", ["A", "B", "C", "D"], "any", choose), flags.node), more);
}

/** What the address asks of the API, besides whose deals. */
function asked(company) {
  const { q, owner, stage, category, grade, flag, from, before, closing } = here().query;
  const period = company.periods.find(({ name }) => name === closing);
  const at = (text) => midnight(text, company.timezone);
  return { ...searched(company, q, owner), stage, category, grade, flag, ...attributeAsked(here().query), closes_from: at(from) ?? period?.start, closes_before: at(before) ?? period?.end };
}

function dealTable({ base, columns, target, company, seen, said, signal, ask, first }, redraw) {
  const query = asked(company);
  const narrowed = Object.values(query).some(Boolean);
  const known = ({ sort, order, cursor }) => !narrowed && !cursor && sort === BEST.sort && order === BEST.order;
  const best = columns.some(({ key }) => key === BEST.sort) ? `-${BEST.sort}` : target ? "-probability" : "-stage_age";
  return pagedTable({ caption: "The open deals that match", name: "open-deals", columns, sorted: here().query.sort ?? best,
    load: (page) => (known(page) ? first : ask({ ...query, ...page })),
    every: (progress) => all(PATH, { ...base, ...query }, { progress, signal }),
    onsort: (sort) => { keep({ sort }); redraw(); },
    onrow: ({ opportunity_id: id }) => link("deals", shared(), id),
    onfirst: (page) => { seen.add(page.items); said.textContent = narrowed ? totals(page) : ""; },
    none: empty("No deal matches", "Take a filter away, or write less in the search.",
      h("p", {}, h("a", { href: changed(Object.fromEntries(OWN.map((key) => [key, null]))) }, "Take all filters away"))) });
}

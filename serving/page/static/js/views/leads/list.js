// The view of leads: the answer in a sentence, fit × engagement, who waits longest, and below them whom to call and all that are open.

import { get } from "../../api.js";
import { h } from "../../dom.js";
import { choice, empty } from "../../parts.js";
import { changed, go, link, shared } from "../../route.js";
import { Seen, remember, whose } from "../records/filters.js";
import { targetOf } from "../records/words.js";
import { listCard } from "./open.js";
import { gridCard, headTiles, sentence, waitingCard } from "./top.js";

const LONGEST = { sort: "waiting", order: "desc", limit: 5 };

export async function showLeads({ company, place, signal }) {
  remember();
  const { known, target } = targetOf(company, "lead", place.query.target);
  const base = { open: "true", target: target?.name, ...whose(place.query) };
  const ask = (more) => get("v1/leads", { ...base, limit: 50, ...more }, { signal });
  const longest = (grade) => (target ? ask({ grade, ...LONGEST }) : { items: [], in_all: 0 });
  const [first, grid, ...waits] = await Promise.all([
    ask({}), target && get("v1/lead-grid", base, { signal }), longest("A"), longest("B")]);
  if (!first.in_all) return [nothing(company, place)];
  const graded = waits[0].in_all + waits[1].in_all > 0;
  const waiting = waitLongest(graded || !target ? waits : [await ask(LONGEST)]);
  const seen = new Seen();
  seen.add(first.items);
  const about = { company, target, base, ask, has: present([first, ...waits]), seen, signal, first, graded, grid, waits, waiting };
  const list = listCard(about);
  return [h("p", { class: "lead" }, sentence(about)), known.length > 1 && targets(known, target), headTiles(about),
    target && h("div", { class: "cards" }, gridCard(grid, list.showCell), waitingCard(about)), list.node];
}

/** What the workspace's leads have at all, as far as these pages show. */
function present(pages) {
  const some = (found) => pages.some(({ items }) => items.some(found));
  return { owners: some(({ owner }) => owner !== null), stages: some(({ stage }) => stage !== null), touches: some(({ signs }) => signs?.last_event_at) };
}

function waitLongest(pages) {
  return pages.flatMap(({ items }) => items).filter(({ signs }) => signs?.waiting_days > 0)
    .sort((a, b) => b.signs.waiting_days - a.signs.waiting_days).slice(0, LONGEST.limit);
}

function targets(known, target) {
  const last = known.at(-1).name;
  return h("div", { class: "filters" }, h("span", { class: "quiet" }, "Target"),
    choice("Target", known.map(({ name }) => [name, name]), target.name, (name) => go(changed({ target: name === last ? null : name }))));
}

function nothing(company, { query }) {
  if (Object.keys(whose(query)).length) {
    return empty("No open leads here", "Nobody of those that the header's picker shows has one.",
      h("p", {}, h("a", { href: changed({ region: null, manager: null, owner: null }) }, "Show everyone's")));
  }
  if (!company.targets.some(({ entity }) => entity === "opportunity")) return empty("No open leads", "Load data, then come back.");
  return empty("No open leads", "This workspace has no open leads at the moment; its deals are on their own view.",
    h("p", {}, h("a", { href: link("deals", shared()) }, "To the deals")));
}

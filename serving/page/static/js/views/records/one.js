// The page of one lead or deal: the answer in a sentence, then why, then what happened.

import { Trouble, get } from "../../api.js";
import { h } from "../../dom.js";
import { choice, empty } from "../../parts.js";
import { changed, go, link, shared } from "../../route.js";
import { factsCard } from "./facts.js";
import { leftList } from "./filters.js";
import { outcomesCard } from "./outcomes.js";
import { movesCard, pathCard } from "./path.js";
import { reasonsCard } from "./reasons.js";
import { closedAs, risks, sentence, standing } from "./standing.js";
import { timelineCard } from "./timeline.js";
import { nameOf, scoreOf, targetOf } from "./words.js";

const WORDS = { lead: { name: "lead", title: "Lead", list: "leads", path: "v1/leads" },
  opportunity: { name: "deal", title: "Deal", list: "deals", path: "v1/opportunities" } };
const HAPPENED = { first: 100, all: 1000 };

/** The view of one; `entity`: lead or opportunity. */
export async function showOne(entity, { company, place, signal }) {
  const words = WORDS[entity];
  const [id] = place.parts;
  const ask = (limit) => get(`${words.path}/${encodeURIComponent(id)}`, { events_limit: limit, moves_limit: 200 }, { signal });
  let record = null;
  try {
    record = await ask(HAPPENED.first);
  } catch (trouble) {
    if (!(trouble instanceof Trouble && [404, 410].includes(trouble.status))) throw trouble;
    return { title: `${words.title} ${id}`, parts: [back(words), gone(words, id, trouble.status)] };
  }
  const { known, target } = targetOf(company, entity, place.query.target);
  const score = target && scoreOf(record, target.name);
  const about = { company, words, record, target, score, closed: closedAs(company, entity, record) };
  const timeline = timelineCard({ company, id, happened: record.happened, inAll: record.happened_in_all,
    more: async () => (await ask(HAPPENED.all)).happened });
  return { title: `${words.title} ${id}`, parts: [head(about, known), h("p", { class: "lead" }, sentence(about)), risks(record.signs?.flags ?? []),
    standing(about), h("div", { class: "cards halves" }, halves(about, timeline))] };
}

const back = (words) => h("a", { class: "back", href: leftList(words.list) ?? link(words.list, shared()) }, `← All ${words.list}`);

function gone({ name }, id, status) {
  return status === 410 ? empty(`This ${name} was erased`, "Its data were removed on request; nothing is left to show.")
    : empty(`There is no ${name} ${id}`, "It is not in the store, or your key does not show it.");
}

function head({ company, words, record, target, closed }, known) {
  const told = [record.owner && `Owner: ${nameOf(company, record.owner)}`, record.source && `Source: ${record.source}`, record.category && `Category: ${record.category}`];
  const last = known.at(-1)?.name;
  return h("div", { class: "record-head" }, back(words), h("span", { class: "quiet" }, told.filter(Boolean).join(" · ")), h("div", { class: "tools" },
    known.length > 1 && choice("Target", known.map(({ name }) => [name, name]), target.name, (name) => go(changed({ target: name === last ? null : name }))),
    words.name === "deal" && !closed && h("a", { class: "button", href: link("what-if", { ...shared(), deal: record.opportunity_id }) }, "What if …")));
}

/** Two columns of about the same height: the record stands below the reasons where there are no charts beside them. */
function halves({ company, words, record, target, score }, timeline) {
  const moves = record.moves.filter((move) => !target || move.target === target.name);
  const outcomes = outcomesCard(record, score);
  const facts = factsCard(company, record);
  const [left, right] = moves.length > 1 || outcomes ? [timeline, facts] : [facts, timeline];
  return [h("div", { class: "column" }, score && reasonsCard(score, words.name), left),
    h("div", { class: "column" }, target && pathCard(moves), outcomes, moves.length > 1 && movesCard(moves), right)];
}

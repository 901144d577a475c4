// The changes of a scenario: in the address, as chips, and as the API takes them.

import { h } from "../../dom.js";
import { date, money, percent, plural, points } from "../../format.js";
import { isTime } from "../../route.js";
import { inDeals } from "../forecast/measure.js";

export const LARGEST = "largest";

export const empty = () => ({ deals: [], drop: [], rates: [], hire: null });

export const count = ({ deals, drop, rates, hire }) => deals.length + drop.length + rates.length + (hire ? 1 : 0);

const isText = (value) => typeof value === "string" && value !== "";
const isNumber = (value) => Number.isFinite(value) && value >= 0;
const left = (value, is) => value === undefined || is(value);
const MEANT = {
  deals: (one) => isText(one?.deal_id) && left(one.amount, isNumber) && left(one.close, isTime) && left(one.probability, (value) => isNumber(value) && value <= 1),
  drop: isText,
  rates: (one) => isText(one?.column) && isText(one.value) && isNumber(one.factor),
};
const isHire = (one) => isNumber(one?.reps) && isTime(one.start) && left(one.ramp_days, isNumber) && left(one.per_rep_per_day, isNumber);

/** From the address; what cannot be read there is no change. */
export function read(text) {
  try {
    const found = JSON.parse(text ?? "{}");
    const lists = Object.fromEntries(Object.entries(MEANT).map(([key, is]) => [key, Array.isArray(found[key]) ? found[key].filter(is) : []]));
    return { ...lists, hire: isHire(found.hire) ? found.hire : null };
  } catch {
    return empty();
  }
}

/** For the address; null without changes. */
export function written(changes) {
  const some = Object.entries(changes).filter(([, value]) => value !== null && value.length !== 0);
  return some.length ? JSON.stringify(Object.fromEntries(some)) : null;
}

/** One more change; one about the same deal or segment takes the place of the one before. */
export const withDeal = (changes, deal) => ({
  ...changes,
  deals: [...changes.deals.filter((one) => one.deal_id !== deal.deal_id), deal],
  drop: changes.drop.filter((id) => id !== deal.deal_id),
});
export const without = (changes, id) => ({
  ...changes,
  drop: [...changes.drop.filter((one) => one !== id || id === LARGEST), id],
  deals: changes.deals.filter((one) => one.deal_id !== id),
});
export const withRate = (changes, rate) => ({
  ...changes,
  rates: [...changes.rates.filter((one) => one.column !== rate.column || one.value !== rate.value), rate],
});
export const withHire = (changes, hire) => ({ ...changes, hire });

/** Each change in words, with the changes that are left when it is taken away. */
function listed(changes, told) {
  const others = (list, place) => list.filter((_, at) => at !== place);
  return [
    ...changes.deals.map((deal, at) => [dealWords(deal), { ...changes, deals: others(changes.deals, at) }]),
    ...changes.drop.map((id, at) => [
      id === LARGEST ? `without the largest open ${told.what.replace(/s$/, "")}` : `without ${id}`,
      { ...changes, drop: others(changes.drop, at) },
    ]),
    ...changes.rates.map((rate, at) => [
      `${rate.column} ${rate.value}: win rate ${points(100 * (rate.factor - 1))} %`,
      { ...changes, rates: others(changes.rates, at) },
    ]),
    ...(changes.hire
      ? [[`${plural(inDeals(changes.hire.reps), "more rep")} from ${date(`${changes.hire.start}T12:00:00Z`)}`, { ...changes, hire: null }]]
      : []),
  ];
}

function dealWords({ deal_id: id, amount, close, probability }) {
  const said = [
    amount !== undefined && money(amount),
    close !== undefined && `closes ${date(`${close}T12:00:00Z`)}`,
    probability !== undefined && `chance ${percent(probability, 0)}`,
  ];
  return `${id}: ${said.filter(Boolean).join(", ")}`;
}

/** The changes as chips that can be taken away. */
export function chips(view, change) {
  const some = listed(view.changes, view.told);
  if (!some.length) return null;
  return h(
    "div",
    { class: "changes" },
    h(
      "ul",
      { class: "chips", "aria-label": "Changes" },
      some.map(([text, left]) =>
        h(
          "li",
          { class: "chip accent" },
          text,
          h("button", { type: "button", class: "away", "aria-label": `Take away: ${text}`, onclick: () => change(left) }, "×"),
        ),
      ),
    ),
    some.length > 1 && h("button", { type: "button", class: "button small", onclick: () => change(empty()) }, "Take all away"),
  );
}

/** The changes as the API takes them, of the same moment as the forecast beside them: what differs comes from the changes alone. */
export function body({ asked, told, changes }) {
  return { ...asked, as_of: told.as_of, ...Object.fromEntries(Object.entries({ ...empty(), ...changes }).filter(([, some]) => some !== null)) };
}

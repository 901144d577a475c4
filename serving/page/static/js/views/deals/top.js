// What stands above the list of deals: the sentence and the tiles.

import { h } from "../../dom.js";
import { count, money, percent } from "../../format.js";
import { tile, tiles } from "../../parts.js";

/** `first`: a page of all open deals; `risky`: of those with a risk; `has.amounts`: do deals have amounts? */
export function sentence(first, risky, has) {
  const worth = has.amounts && [", worth ", money(risky.amount_in_all)];
  const risk = risky.in_all ? [h("strong", {}, count(risky.in_all)), risky.in_all === 1 ? " carries a risk" : " carry a risk", worth] : "None carries a risk";
  const are = first.in_all === 1 ? "deal is" : "deals are";
  if (!has.amounts) return [h("strong", {}, count(first.in_all)), ` ${are} open. `, risk, "."];
  const expected = first.expected_amount_in_all !== null
    && [", and ", h("strong", {}, money(first.expected_amount_in_all)), " of it can be expected, whenever they close"];
  return [h("strong", {}, count(first.in_all)), ` open ${are} worth `, h("strong", {}, money(first.amount_in_all)), expected, ". ", risk, "."];
}

export function headTiles(first, risky, has, riskyHref) {
  const { in_all: size, amount_in_all: amount, expected_amount_in_all: expected } = first;
  return tiles(tile("Open deals", count(size), { tone: "main", explain: "Neither won nor lost, of whom the header's pickers show." }),
    has.amounts && tile("Worth", money(amount, { short: true }), { note: `${money(amount / size, { short: true })} on average`, explain: "Their amounts together." }),
    has.amounts && expected !== null && tile("Expected", money(expected, { short: true }), { note: `${percent(expected / amount)} of the amounts`,
      explain: "The sum of probability × amount over all of them." }),
    tile("With a risk", count(risky.in_all), { tone: risky.in_all ? "warn" : "good", href: riskyHref,
      note: has.amounts && risky.in_all && risky.expected_amount_in_all !== null ? `${money(risky.expected_amount_in_all, { short: true })} of what is expected` : "",
      explain: "Stalled, pushed out, silent, with a single contact, or past its owner's close date." }));
}

/** What a filtered list holds: "12 deals match, worth €232,350; €89,318 of it expected." */
export function totals({ in_all: size, amount_in_all: amount, expected_amount_in_all: expected }) {
  const worth = amount ? `, worth ${money(amount)}${expected ? `; ${money(expected)} of it expected` : ""}` : "";
  return `${count(size)} ${size === 1 ? "deal matches" : "deals match"}${worth}.`;
}

// The answer in three sentences: how likely the quota is, what changed, and which deal is the riskiest.

import { h } from "../../dom.js";
import { NOTHING, money, percent, shortDate } from "../../format.js";
import { phase, toOne } from "./measure.js";
import { riskiestInCommit } from "./risks.js";

const strong = (text) => h("strong", {}, text);
const short = (value) => money(value, { short: true });

export function leadSentence(told, measure) {
  const { changes } = told;
  const risk = riskiestInCommit(told, measure);
  return [
    h("p", { class: "lead" }, standing(told, measure)),
    changes && phase(told) !== "over" && h("p", { class: "since" }, since(told, changes, measure)),
    risk && h("p", { class: "since" }, risk),
  ];
}

function standing(told, measure) {
  const { total, period } = told;
  const { quota } = total;
  const figures = measure.of(total);
  const expected = measure.show(figures.total, { short: true });
  const unit = measure.key === "count" ? ` ${told.what}` : "";
  if (phase(told) === "over") {
    const end =
      quota === null || !told.money
        ? "."
        : total.gap > 0
          ? [", ", strong(`${short(total.gap)} less`), ` than the quota of ${short(quota)}.`]
          : [", which reached the quota of ", strong(short(quota)), "."];
    return [
      `${period.name} is over: `,
      strong(measure.show(figures.total, { short: true }) + unit),
      measure.key === "count" ? " were won" : " was won",
      measure.goal ? end : ".",
    ];
  }
  if (measure.goal && quota !== null) {
    return [
      "With ",
      strong(expected),
      " expected against a quota of ",
      strong(short(quota)),
      `, the chance to reach it in ${period.name} is `,
      strong(percent(total.reach)),
      ".",
    ];
  }
  return [
    `In ${period.name}, `,
    strong(expected + unit),
    `${measure.key === "count" ? " are" : " is"} expected to be won; in 8 of 10 cases between `,
    strong(measure.show(figures.p10, { short: true })),
    " and ",
    strong(measure.show(figures.p90, { short: true })),
    ".",
    quota !== null && [` The chance to reach the quota of ${short(quota)} is `, strong(percent(total.reach)), "."],
  ];
}

function since(told, changes, measure) {
  const before = changes[`${measure.changed}_before`];
  const moved = changes[`${measure.changed}_after`] - before;
  const text = measure.show(Math.abs(moved), { short: true });
  const unit = measure.key === "count" ? ` ${told.what}` : "";
  const start = text === measure.show(0, { short: true }) ? "As much as" : [strong(`${text}${unit} ${moved > 0 ? "more" : "less"}`), " than"];
  const effect = (deal) => Math.abs(deal[measure.changed]);
  const three = [...changes.deals].sort((one, other) => effect(other) - effect(one)).slice(0, 3);
  return [
    start,
    ` on ${shortDate(changes.since)}.`,
    three.length > 0 && [
      ` The largest ${three.length === 1 ? "change" : "changes"}: `,
      three.map((deal, place) => [
        place > 0 && "; ",
        h("a", { href: toOne(told, deal.entity_id), class: "id", title: deal.entity_id }, deal.entity_id),
        ` ${deal.what} (${measure.show(deal[measure.changed], { short: true, sign: true }) || NOTHING})`,
      ]),
      ".",
    ],
  ];
}

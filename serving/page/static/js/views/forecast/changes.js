// What changed since the forecast before: pieces that add up to the difference, and the deals behind them.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, date, shortDate } from "../../format.js";
import { card, empty } from "../../parts.js";
import { table } from "../../table.js";
import { phase, toOne } from "./measure.js";

const MOST = 10;
/** The pieces in the order of the chart, as people call them. */
const PIECES = [
  ["new", "Created since"],
  ["added", "Came in"],
  ["reopened", "Open again"],
  ["won", "Won"],
  ["lost", "Lost"],
  ["won_elsewhere", "Won in another period"],
  ["removed", "Removed"],
  ["pushed", "Pushed out"],
  ["pulled", "Pulled in"],
  ["up", "Amount up"],
  ["down", "Amount down"],
  ["probability", "Chance moved"],
  ["ratio", "Usual discount"],
  ["new_business", "New expected"],
];
const MEANT =
  "Won: what was not counted on yet. Pushed and pulled: the rep's close date moved. Chance moved: the model thinks otherwise, as time passed or something happened. " +
  "New expected: what deals not created yet bring. The pieces add up to the difference.";

export function changesCard(told, measure) {
  const { changes } = told;
  if (changes && phase(told) === "over" && !changes.deals.length) return null;
  if (!changes) return card("What changed", { size: "wide" }, empty("Nothing to compare with", "There was no forecast of this period before."));
  const [before, after] = ["before", "after"].map((side) => changes[`${measure.changed}_${side}`]);
  const rows = steps(changes, measure, before, after);
  const moved = rows.slice(1, -1);
  const alt = `From ${measure.show(before)} on ${date(changes.since)} to ${measure.show(after)} now: ${moved.map(({ label, text }) => `${label} ${text}`).join(", ") || "nothing moved"}.`;
  const drawing = moved.length
    ? chart("waterfall", rows, {
        alt,
        height: 60 + 44 * rows.length,
        file: `${told.period.name}-changes`,
        columns: [
          { key: "label", label: "Piece", main: true },
          { key: "value", label: "Effect", number: true, show: ({ text }) => text },
        ],
      })
    : empty("Nothing moved", `The forecast is as it was on ${date(changes.since)}.`);
  return card(
    `What changed since ${shortDate(changes.since)}`,
    { size: "wide", explain: MEANT, note: changes.note },
    h("div", { class: "split" }, drawing, h("div", {}, h("h3", {}, "The largest changes"), largest(told, measure))),
  );
}

function steps(changes, measure, before, after) {
  let at = before;
  const moved = PIECES.map(([piece, label]) => ({ piece, label, value: changes[measure.changed][piece] ?? 0 }))
    .filter(({ value }) => Math.abs(value) > 1e-9)
    .map((one) => ({
      ...one,
      kind: one.value > 0 ? "up" : "down",
      from: at,
      to: (at += one.value),
      text: measure.show(one.value, { short: true, sign: true }),
    }));
  const total = (label, value) => ({ label, kind: "total", from: value, to: value, value, text: measure.show(value, { short: true }) });
  return [total(`On ${shortDate(changes.since)}`, before), ...moved, total("Now", after)];
}

function largest(told, measure) {
  const { changes } = told;
  const effect = (deal) => Math.abs(deal[measure.changed]);
  const rows = [...changes.deals].sort((one, other) => effect(other) - effect(one)).slice(0, MOST);
  if (!rows.length) return empty(`No ${told.what} moved`);
  const columns = [
    { key: "entity_id", label: told.entity === "lead" ? "Lead" : "Deal", main: true, show: (deal) => dealCell(told, deal) },
    { key: "what", label: "What moved", show: ({ what }) => h("span", { class: "wraps" }, what) },
    {
      key: measure.changed,
      label: "Effect",
      number: true,
      explain: "on what is expected of the period",
      show: (deal) =>
        h("span", { class: deal[measure.changed] < 0 ? "bad-text" : "good-text" }, measure.show(deal[measure.changed], { short: true, sign: true })),
    },
  ];
  return [
    table({
      caption: `The ${rows.length} largest changes`,
      columns,
      rows,
      name: `${told.period.name}-largest-changes`,
      onrow: ({ entity_id: id }) => toOne(told, id),
    }),
    changes.deals_in_all > rows.length && h("p", { class: "quiet" }, `${count(changes.deals_in_all)} ${told.what} moved in all.`),
  ];
}

/** A deal by its id, with its owner and stage below. */
export function dealCell(told, { entity_id: id, shown, owner, stage }) {
  const below = [shown ?? owner, stage].filter(Boolean).join(" · ");
  return h("span", { class: "deal-cell" }, h("a", { href: toOne(told, id), class: "id", title: id }, id), below && h("span", { class: "quiet" }, below));
}

// What will have become of a deal by each day ahead.

import { chart } from "../../charts.js";
import { date, day, percent, shortDate } from "../../format.js";
import { card } from "../../parts.js";

const DAY = 86_400_000;

/** Vega-Lite warns of a layer that has no rows to take its scale from. */
function withoutEmpty(spec, dates, losses) {
  const has = ({ data, transform }) => (data?.name !== "dates" || dates.length > 0) && (losses || !JSON.stringify(transform ?? "").includes("lost_by"));
  return { ...spec, layer: spec.layer.filter(has) };
}

/** Won, lost and still open, stacked to 100 %. `deal`: with curve, signs and expected_close. */
export function outcomesCard(deal, score) {
  const points = deal.curve ?? [];
  if (!points.length) return null;
  const start = new Date(deal.signs?.as_of ?? score?.as_of ?? Date.now());
  const losses = points.some(({ lost_by: lost }) => lost !== null);
  const rows = [{ days: 0, won_by: 0, lost_by: losses ? 0 : null }, ...points].map(({ days: ahead, won_by: won, lost_by: lost }) => {
    const at = new Date(start.getTime() + ahead * DAY);
    const open = 1 - won - (lost ?? 0);
    return { day: day(at), label: date(at), won_by: won, lost_by: lost, open, tip_won: percent(won), tip_lost: percent(lost), tip_open: percent(open) };
  });
  const last = rows.at(-1);
  const names = [["won", last.won_by, last.won_by / 2], ["still open", last.open, last.won_by + last.open / 2], ["lost", last.lost_by, 1 - last.lost_by / 2]]
    .filter(([, share]) => share >= 0.06).map(([name, share, middle]) => ({ day: last.day, middle, label: `${name} ${percent(share)}` }));
  const promised = day(deal.expected_close);
  const dates = promised > rows[0].day && promised < last.day ? [{ day: promised, label: `rep: ${shortDate(deal.expected_close)}` }] : [];
  const alt = `By ${last.label} it is won with ${percent(last.won_by)}${losses ? `, lost with ${percent(last.lost_by)}` : ""} and still open with ${percent(last.open)}.`;
  const columns = [{ key: "label", label: "By", main: true, value: (row) => row.day, show: (row) => row.label },
    ...[["won_by", "Won"], ["open", "Still open"], ["lost_by", "Lost"]].map(([key, label]) => ({ key, label, number: true, show: (row) => percent(row[key]) }))];
  const text = "The chance that it is won, or lost, by each day ahead. What is left is still open then. The dashed line is the date that its owner gives.";
  return card("Won by when", { explain: text }, chart("outcomes", rows, { alt, columns, data: { names, dates },
    fit: (spec) => withoutEmpty(spec, dates, losses), height: 240, file: "won-by" }));
}

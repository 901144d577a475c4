// Quartiles of days as bars: of stages, or of the time from one stage to a later one.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { days } from "../../format.js";

const ROW_PIXELS = 50;

/** `stages` as the funnel tells them: {stage, days: {q25, median, q75, won_median}, more?}; a quartile that is not known yet lies beyond all others. */
export function stayChart(stages, file) {
  const known = stages.filter(({ days: stay }) => stay.median !== null || stay.q25 !== null);
  if (!known.length) {
    return h("p", { class: "quiet" }, stages.some(({ days: stay }) => stay.known > 0) ? "Fewer than a quarter have left any of these stages, so that no quartile is known yet."
      : "The record does not say when anybody came into a stage or left it.");
  }
  const end = Math.max(...known.flatMap(({ days: stay }) => [stay.q25, stay.median, stay.q75, stay.won_median].filter((day) => day !== null))) * 1.04;
  const rows = known.map(({ stage, days: stay, more }, order) => ({ order, stage, q25: stay.q25, median: stay.median, q75: stay.q75, won_median: stay.won_median,
    from: stay.q25 ?? end, to: stay.q75 ?? end, said: said(stay, more), middle: stay.median === null ? "not yet" : days(stay.median),
    range: `${stay.q25 === null ? "later" : days(stay.q25)} to ${stay.q75 === null ? "later" : days(stay.q75)}`, norm: days(stay.won_median) }));
  const alt = `Half leave ${rows.map((row) => `${row.stage} within ${row.middle}`).join(", ")}.`;
  const shown = (key) => (row) => (row[key] === null ? "not yet" : days(row[key]));
  return chart("funnel-stays", rows, { alt, file, height: ROW_PIXELS * rows.length + 40, fit: rows.some(({ won_median: won }) => won !== null) ? null : withoutWon, columns: [
    { key: "stage", label: "Stage", main: true }, { key: "q25", label: "A quarter left by", number: true, show: shown("q25") },
    { key: "median", label: "Half", number: true, show: shown("median") }, { key: "q75", label: "Three quarters", number: true, show: shown("q75") },
    { key: "won_median", label: "Half of won ones", number: true, show: (row) => row.norm }] });
}

/** Where nobody was won, or it does not matter, there are no dots. */
function withoutWon(spec) {
  spec.layer = spec.layer.filter(({ mark }) => mark.style !== "won-point");
}

function said(stay, more) {
  const half = stay.median === null ? "half have not left yet" : `half within ${days(stay.median)}`;
  return [half, stay.won_median !== null && `won ${days(stay.won_median)}`, more].filter(Boolean).join(" · ");
}

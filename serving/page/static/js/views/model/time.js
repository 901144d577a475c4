// What it said and what came, week by week or month by month; and how well it ranks by how long they have been there.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, percent, shortDate } from "../../format.js";
import { bar, card } from "../../parts.js";
import { table } from "../../table.js";
import { many } from "./words.js";

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text);

export function periodsCard(model) {
  const { periods } = model;
  if (periods.length < 2) return null;
  const rows = periods.map((line) => ({ ...line, label: isDay(line.start) ? `${shortDate(`${line.start}T12:00:00Z`)} ${line.start.slice(2, 4)}` : line.start,
    tip_came: `${percent(line.came)} (${percent(line.low)} to ${percent(line.high)})`, tip_said: line.said === null ? "learned from them" : percent(line.said), tip_rows: count(line.rows) }));
  const judged = rows.filter(({ said }) => said !== null);
  const inside = judged.filter(({ said, low, high }) => low <= said && said <= high).length;
  const alt = `In ${inside} of ${judged.length} ${model.unit ?? "part"}s that it had not seen, what it said lies within the 95 % band of what came.`;
  return card("Said and came over time", { size: model.ages.length ? "two-thirds" : "wide", note: alt,
    explain: "Grey: what came, with its 95 % band. Blue: what the model had said, of looks it had not learned from. A gap that lasts means the world has moved." },
  chart("model-periods", rows, { alt, file: `said-and-came-${model.target}`, height: 260, columns: [
    { key: "label", label: "From", value: (row) => row.start, show: (row) => row.label, main: true },
    { key: "said", label: "Said", number: true, show: (row) => percent(row.said) }, { key: "came", label: "Came", number: true, show: (row) => percent(row.came) },
    { key: "low", label: "95 % from", number: true, phone: false, show: (row) => percent(row.low) }, { key: "high", label: "to", number: true, phone: false, show: (row) => percent(row.high) },
    { key: "rows", label: "Looks", number: true, show: (row) => count(row.rows) }, { key: "auc", label: "AUC", number: true, phone: false, show: (row) => count(row.auc, 2) }] }),
  steady(model));
}

function steady({ steadiness }) {
  const told = [["between_looks", "from one look to the next"], ["after_one_event", "by one more event"]].filter(([key]) => steadiness[key]).map(([key, text]) => {
    const { median, p90, above_10_points: far } = steadiness[key];
    return `${text}, half move by less than ${count(100 * median, 1)} points, nine in ten by less than ${count(100 * p90, 1)}, and ${percent(far)} by more than 10`;
  });
  return told.length > 0 && h("p", { class: "quiet" }, `How much a probability moves: ${told.join("; ")}.`);
}

export function agesCard(model) {
  const rows = model.ages.filter(({ auc }) => auc !== null);
  if (!rows.length) return null;
  return card("How early it knows", { size: model.periods.length < 2 ? "wide" : "third", explain: `How well it ranks the ${many(model)} (AUC), by the time since they were created. 0.5 is a coin; the bar begins there.` },
    table({ caption: "AUC by time since creation", name: `ages-${model.target}`, rows, columns: [
      { key: "age", label: "Looked at", main: true, sort: false },
      { key: "auc", label: "AUC", number: true, show: (row) => bar((row.auc - 0.5) * 2, count(row.auc, 2)) },
      { key: "rows", label: "Looks", number: true, show: (row) => count(row.rows) },
      { key: "low", label: "95 % from", number: true, shown: false }, { key: "high", label: "to", number: true, shown: false }] }));
}

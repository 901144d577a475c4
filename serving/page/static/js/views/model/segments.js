// Where it says too much or too little: parts of the newest outcomes that are large enough to be judged alone.

import { count, percent, points } from "../../format.js";
import { card, chip, empty } from "../../parts.js";
import { table } from "../../table.js";
import { many, spaced } from "./words.js";

const SHOWN = 12;

export function segmentsCard(model, company) {
  const names = Object.fromEntries(["owner", "manager", "region"].flatMap((level) => (company.team[level] ?? []).map(({ name, label }) => [`${level}:${name}`, label])));
  const explain = `The newest outcomes by column and value, those with few outcomes left out. Off: what it said lies outside the 95 % band of what came; of one in twenty it would by chance alone.`;
  if (!model.segments.length) return card("By segment", { wide: true, explain }, empty("No segment is large enough to be judged alone"));
  const rows = model.segments.slice(0, SHOWN).map((row) => ({ ...row, gap: row.said - row.came, shown: names[`${row.segment}:${row.value}`] ?? row.value }));
  return card("By segment", { wide: true, explain,
    note: `${model.worst_segment} Those furthest off come first.` },
  table({ caption: `Said and came by segment, ${model.target}`, name: `segments-${model.target}`, rows, columns: [
    { key: "shown", label: "Segment", main: true, show: (row) => `${spaced(row.segment)}: ${row.shown}`, value: (row) => `${row.segment}: ${row.value}` },
    { key: "said", label: "Said", number: true, show: (row) => percent(row.said) },
    { key: "came", label: "Came", number: true, show: (row) => percent(row.came) },
    { key: "gap", label: "Said minus came", number: true, phone: false, show: (row) => `${points(100 * row.gap, 1)} points` },
    { key: "low", label: "95 % band", number: true, sort: false, phone: false, show: (row) => `${percent(row.low)} to ${percent(row.high)}` },
    { key: "entities", label: many(model)[0].toUpperCase() + many(model).slice(1), number: true, phone: false, show: (row) => count(row.entities) },
    { key: "auc", label: "AUC", number: true, phone: false, show: (row) => count(row.auc, 2) },
    { key: "outside", label: "Verdict", value: (row) => (row.outside ? 1 : 0), show: (row) => (row.outside ? chip(row.gap > 0 ? "too high" : "too low", "warn") : chip("holds", "good")) }] }));
}

// How far its percentages hold, how well it ranks, and what one would do without it.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, percent, points } from "../../format.js";
import { card, chip } from "../../parts.js";
import { table } from "../../table.js";
import { many, skill, times } from "./words.js";

export function reliabilityCard(model) {
  const rows = model.reliability.map((line) => ({ ...line, tip_said: percent(line.said), tip_came: percent(line.came),
    tip_band: `${percent(line.low)} to ${percent(line.high)}`, tip_rows: count(line.rows) }));
  const inside = rows.filter(({ said, low, high }) => low <= said && said <= high).length;
  const most = Math.max(...rows.flatMap(({ said, high }) => [said, high]));
  const alt = `In ${inside} of ${rows.length} groups what it said lies within the 95 % band of what came. On average it said ${percent(model.judged_on.said)}, `
    + `and ${percent(model.judged_on.came)} came.`;
  return card("Do its percentages hold?", { explain: "The newest outcomes in groups of about equal size, by what it said. A dot on the dashed line: what it said is what came. "
    + "Bars are 95 % bands; one in twenty misses the line by chance alone.", note: alt },
  chart("model-reliability", rows, { alt, file: `reliability-${model.target}`, height: 300, data: { ends: [{ at: 0 }, { at: most }] }, columns: [
    { key: "said", label: "Said", number: true, show: (row) => row.tip_said }, { key: "came", label: "Came", number: true, show: (row) => row.tip_came },
    { key: "low", label: "95 % from", number: true, show: (row) => percent(row.low) }, { key: "high", label: "to", number: true, show: (row) => percent(row.high) },
    { key: "rows", label: "Looks", number: true, show: (row) => count(row.rows) },
    { key: "entities", label: many(model)[0].toUpperCase() + many(model).slice(1), number: true, phone: false, show: (row) => count(row.entities) }] }));
}

export function gainCard(model) {
  const rows = model.gain.map((point) => ({ ...point, tip_worked: percent(point.worked), tip_found: percent(point.found), tip_lift: times(point.lift) }));
  if (!rows.length) return null;
  const stage = model.compared.find(({ name }) => name === "stage_rate");
  const simpler = [[0.1, "gain_at_10"], [0.2, "gain_at_20"]].filter(([, key]) => stage && stage[key] !== null).map(([worked, key]) => ({
    worked, found: stage[key], label: stage.label, tip_worked: percent(worked), tip_found: percent(stage[key]) }));
  const at = (share) => rows.reduce((best, row) => (Math.abs(row.worked - share) < Math.abs(best.worked - share) ? row : best));
  const [tenth, fifth, third] = [0.1, 0.2, 0.3].map(at);
  const alt = tenth.worked > 0.35 || tenth.worked === 0
    ? "It tells nobody apart: working its best first finds no more than picking blindly."
    : `The best ${percent(tenth.worked, 0)} hold ${percent(tenth.found, 0)} of all that came, the best ${percent(fifth.worked, 0)} hold ${percent(fifth.found, 0)}, `
      + `the best ${percent(third.worked, 0)} hold ${percent(third.found, 0)}.`;
  return card("Does it find them?", { explain: "Gain: how many of all that came are found when the best are worked first. The dashed line is picking blindly"
    + `${simpler.length ? "; diamonds are the order by stage alone" : ""}.`, note: alt },
  chart("model-gain", rows, { alt, file: `gain-${model.target}`, height: 300, data: { ends: [{ at: 0 }, { at: 1 }], simpler }, columns: [
    { key: "worked", label: "Worked", number: true, show: (row) => row.tip_worked }, { key: "found", label: "Found", number: true, show: (row) => row.tip_found },
    { key: "lift", label: "Lift", number: true, show: (row) => (row.worked ? row.tip_lift : "–") }] }));
}

const BETTER = { model: ["model", "good"], baseline: ["simpler way", "bad"], neither: ["neither", ""] };

export function simplerCard(model) {
  const figure = (key, label, show, more = {}) => ({ key, label, number: true, show: (row) => show(row[key]), ...more });
  const columns = [
    { key: "label", label: "Way", main: true },
    figure("auc", "AUC", (value) => count(value, 3), { explain: "0.5 is a coin, 1 is perfect" }),
    figure("brier_skill", "Brier skill", skill, { explain: "Share of the squared error of one chance for all that it saves" }),
    figure("log_loss", "Log loss", (value) => count(value, 4), { explain: "Less is better; being sure and wrong costs most", phone: false }),
    figure("gain_at_10", "Best 10 % hold", percent, { explain: "Of all that came", phone: false }),
    figure("gain_at_20", "Best 20 % hold", percent, { explain: "Of all that came", phone: false }),
    { key: "difference", label: "Log loss, model minus this", number: true, phone: false, show: (row) => (row.low === null ? "–"
      : `${points(row.difference, 4)} (${points(row.low, 4)} to ${points(row.high, 4)})`), explain: "With 95 % interval; below 0 the model is better" },
    { key: "better", label: "Better", show: (row) => (row.better ? chip(...BETTER[row.better]) : "–") }];
  const rows = model.compared.map((row, place) => ({ ...row, $class: place ? null : "strong" }));
  const beaten = rows.filter(({ better }) => better === "model").length;
  return card("Beside simpler ways", { wide: true, explain: "What one would do without this model, on the same newest outcomes. Better is said only where chance does not explain the difference in log loss.",
    note: `It is clearly better than ${beaten} of ${rows.length - 1} simpler ways.` },
  table({ caption: `The model ${model.target} beside simpler ways`, columns, rows, name: `compared-${model.target}` }), h("p", { class: "quiet" }, judged(model)));
}

const judged = ({ judged_on: on, ...model }) => `Judged on ${count(on.rows)} looks at ${count(on.entities)} ${many(model)}, of which ${count(on.positives)} came`
  + `${on.start ? `, ${on.start} to ${on.end}` : ", the newest in order"}; learned for this from ${count(on.learned_from)} older looks.`;

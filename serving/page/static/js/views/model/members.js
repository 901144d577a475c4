// Which members of the blend speak, and why these.

import { h } from "../../dom.js";
import { count, percent } from "../../format.js";
import { bar, card, notes } from "../../parts.js";
import { table } from "../../table.js";

const MOST_RULES = 8;

export function membersCard(model) {
  const rows = model.members.filter(({ kind }) => kind !== "blend").map((row) => ({ ...row, $class: row.weight ? "strong" : null }));
  const speakers = rows.filter(({ weight }) => weight > 0);
  const told = speakers.map(({ label, weight }) => (speakers.length > 1 ? `${label} (${percent(weight, 0)})` : label));
  return card("Who speaks, and why", { explain: "Several kinds of model are tried on folds forward in time. A simpler one speaks unless a richer one was better on later rows it had not seen.",
    note: `What speaks: ${told.length > 1 ? `${told.slice(0, -1).join(", ")} and ${told.at(-1)}` : told[0]}.` },
  table({ caption: `Members of ${model.target}`, name: `members-${model.target}`, rows, columns: [
    { key: "label", label: "Member", main: true },
    { key: "weight", label: "Weight", number: true, show: (row) => (row.weight ? bar(row.weight, percent(row.weight, 0)) : "–") },
    { key: "log_loss", label: "Log loss", number: true, explain: "On later rows it had not seen; less is better", show: (row) => count(row.log_loss, 4) }] }),
  model.why_these && h("p", {}, `Why these: ${model.why_these}.`),
  h("p", { class: "quiet" }, model.calibrator === "none" ? "Its percentages needed no calibration beyond their level." : `Calibrated (${model.calibrator}) by predictions for rows it had not seen.`),
  model.enough_evidence ? null : [h("h3", {}, "Where the evidence is thin"), notes(model.thin)],
  model.rules.length > 0 && rulesOf(model.rules));
}

function rulesOf(rules) {
  return h("details", { class: "numbers", open: rules.length <= MOST_RULES }, h("summary", {}, `The ${count(rules.length)} rules that speak (points in log-odds)`), notes(rules));
}

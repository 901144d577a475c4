// The answer first: whether to use it, what a percentage of it means, the figures in tiles, and in words.

import { h } from "../../dom.js";
import { count, date, percent, plural } from "../../format.js";
import { card, chip, notes, tile, tiles } from "../../parts.js";
import { between, many, own, skill, times, two } from "./words.js";

const KINDS = { yes: ["Good to use", "good"], care: ["With care", "warn"], no: ["No signal", "bad"] };

export function lead(model) {
  const [label, tone] = KINDS[model.verdict.kind];
  return [
    h("p", { class: "lead" }, h("strong", {}, model.verdict.text), ` ${meaning(model)}`),
    h("p", { class: "asks" }, chip(label, tone), " ", h("span", {}, model.question), h("span", { class: "quiet" }, versionSaid(model))),
  ];
}

/** What a percentage of it means, as counted; of a model without signal only how far it was off. */
function meaning({ verdict, example, judged_on: on }) {
  if (verdict.kind !== "no" || !on) return example;
  return `On average it said ${percent(on.said)}, and ${percent(on.came)} came.`;
}

const versionSaid = ({ version, trained_as_of }) =>
  `Version ${version}${trained_as_of ? `, learned from data up to ${date(trained_as_of)}` : ""}`;

export function tilesOf(model) {
  const found = own(model);
  const [self, ...simpler] = model.compared;
  const stage = simpler.find(({ name }) => name === "stage_rate") ?? null;
  const beside = (key, show) => (stage && stage[key] !== null ? `; by stage alone ${show(stage[key])}` : "");
  return tiles(
    tile("Ranks (AUC)", two(found.auc), { tone: found.auc_low > 0.5 ? "main" : "bad",
      note: `95 % ${between(found.auc_low, found.auc_high, two) || "interval unknown"}${beside("auc", two)}`,
      explain: `Take one of the ${many(model)} that came and one that did not: in so many of 100 cases it puts the right one first. 0.5 is a coin, 1 is perfect.` }),
    found.lift_at_10 != null && tile("Best tenth", times(found.lift_at_10), { tone: found.lift_at_10_low > 1 ? "main" : found.lift_at_10_high < 1 ? "bad" : "",
      note: `as many as picking blindly; holds ${percent(found.gain_at_10)} of all that came`,
      explain: `Lift: how many times more come among the best tenth than among all. 95 % interval ${between(found.lift_at_10_low, found.lift_at_10_high, (value) => times(value))}.` }),
    tile("Error saved", skill(self.brier_skill), { tone: self.brier_skill > 0 ? "main" : "bad",
      note: `Brier skill${beside("brier_skill", skill)}`,
      explain: "Brier skill: by how much its squared error is less than that of one chance for all. 0 % is no better, 100 % would be knowing the future." }),
    calibrationTile(found),
    tile("Said and came", `${percent(model.judged_on.said)} | ${percent(model.judged_on.came)}`, { note: "mean probability | share that came",
      explain: "On the newest outcomes, which it had not seen. The nearer they are, the better sums of its probabilities hold." }),
    tile("Learned from", count(model.rows), { note: `looks; ${plural(count(model.positives), "came", "came")}`,
      explain: `A look is one of the ${many(model)} at one moment. Judged on ${count(model.judged_on.rows)} newer looks at ${count(model.judged_on.entities)} `
        + `${many(model)}${judgedSpan(model.judged_on)}.` }));
}

const judgedSpan = ({ start, end }) => (start ? `, ${start.slice(0, 10)} to ${end.slice(0, 10)}` : "");

function calibrationTile(found) {
  if (found.calibration_slope == null) return null;
  const right = found.calibration_slope_low <= 1 && found.calibration_slope_high >= 1;
  return tile("Calibration slope", two(found.calibration_slope), { tone: right ? "good" : "warn",
    note: `95 % ${between(found.calibration_slope_low, found.calibration_slope_high, two)}; 1 is right`,
    explain: "Below 1 it is too sure of itself: its high chances are too high and its low ones too low. Above 1 it is too careful." });
}

export function wordsCard(model) {
  return card("In plain words", { size: "two-thirds" }, h("ul", { class: "sentences" }, model.summary.map((text) => h("li", {}, text))));
}

export function limitsCard(model) {
  return card("Known limits", { size: "third" }, model.verdict.kind !== "no" && h("p", { class: "fits" }, h("strong", {}, "Suited for. "), model.suited), notes([...model.limits, ...model.notes.filter((text) => !model.limits.includes(text))]));
}

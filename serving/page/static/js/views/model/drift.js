// Has the world moved since it was trained? What `leadcast drift` found when it last looked.

import { h } from "../../dom.js";
import { count, date, percent, points } from "../../format.js";
import { card, chip } from "../../parts.js";
import { table } from "../../table.js";
import { many, spaced } from "./words.js";

const EXPLAIN = "Recent leads or deals against those it learned from (population stability index, PSI: 0 is the same, above 0.25 is much), and what it said of outcomes that came since.";
const SHOWN = 6;

export function driftCard(model) {
  const { drift } = model;
  if (!drift) {
    return card("Has the world moved?", { wide: true, explain: EXPLAIN }, h("p", {}, "Nobody has looked yet. ", h("code", {}, "leadcast drift"),
      " compares recent records and outcomes with those it learned from; it can run on a schedule, and what it finds is shown here."));
  }
  const [label, tone] = drift.retrain ? ["Retrain", "warn"] : ["No need to retrain", "good"];
  return card("Has the world moved?", { wide: true, explain: EXPLAIN },
    h("p", {}, chip(label, tone), " ", sentence(drift)),
    h("p", { class: "quiet" }, looked(drift, model)),
    !drift.is_of_this_model && h("p", { class: "warned" }, `It looked at ${drift.model || "another version"}; the version that answers now has not been looked at.`),
    drift.outcomes ? h("div", { class: "split" }, moved(drift, model), outcomes(drift))
      : [h("p", { class: "quiet" }, "Too few outcomes have matured since the training to check what it said of them."), moved(drift, model)]);
}

function sentence(drift) {
  const [first, ...rest] = drift.retrain ? drift.reasons.join("; ") : drift.verdict;
  return `${first.toUpperCase()}${rest.join("")}.`;
}

const looked = (drift, model) => `${count(drift.rows)} looks at ${count(drift.entities)} ${many(model)}${drift.since ? ` from ${date(drift.since)} on` : ""}, `
  + `with data up to ${drift.as_of ? date(drift.as_of) : "their end"}.`;

function moved(drift, model) {
  const rows = [drift.score, ...drift.features.filter((row) => row.moved || row.part >= 0.01).slice(0, SHOWN)];
  return h("div", {}, h("h3", {}, "What goes in"), table({ caption: `Features of ${model.target} then and now`, name: `drift-${model.target}`, rows, columns: [
    { key: "name", label: "Feature", main: true, show: (row) => spaced(row.name) },
    { key: "part", label: "Part", number: true, explain: "In what the model says", show: (row) => percent(row.part) },
    { key: "psi", label: "PSI", number: true, explain: "Population stability index: 0 is the same, above 0.25 is much", show: (row) => count(row.psi, 3) },
    { key: "missing_then", label: "Missing then", number: true, phone: false, show: (row) => percent(row.missing_then) },
    { key: "missing_now", label: "now", number: true, phone: false, show: (row) => percent(row.missing_now) },
    { key: "words", label: "Verdict", show: (row) => chip(row.words, row.moved ? "warn" : "good") }] }));
}

function outcomes(drift) {
  return h("div", {}, h("h3", {}, "What came since"), table({ caption: "What it said of outcomes it had not seen, and what came", name: "outcomes-since", rows: drift.outcomes, columns: [
    { key: "start", label: "From", main: true, show: (row) => date(row.start) }, { key: "said", label: "Said", number: true, show: (row) => percent(row.said) },
    { key: "came", label: "Came", number: true, show: (row) => percent(row.came) },
    { key: "low", label: "Said minus came, 95 %", number: true, phone: false, show: (row) => `${points(100 * row.low, 1)} to ${points(100 * row.high, 1)} points` },
    { key: "entities", label: "Of", number: true, show: (row) => count(row.entities) }] }));
}

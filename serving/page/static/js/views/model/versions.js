// This version and those before it, as far as this service knows them.

import { h } from "../../dom.js";
import { count, date, time } from "../../format.js";
import { card, chip } from "../../parts.js";
import { table } from "../../table.js";
import { between } from "./words.js";

const VERDICTS = { yes: ["good to use", "good"], care: ["with care", "warn"], no: ["no signal", "bad"] };
const three = (value) => count(value, 3);

export function versionsCard(model) {
  return card("Versions", { wide: true, explain: "Every training makes a version, and it answers once it is promoted. Figures are of the newest outcomes at its own training, so they are not of the same rows." },
    table({ caption: `Versions of ${model.name}`, name: `versions-${model.name}`, rows: model.versions, columns: [
      { key: "version", label: "Version", main: true, show: (row) => h("span", {}, row.version, " ", row.answers && chip("answers", "accent")) },
      { key: "trained_as_of", label: "Data end", show: (row) => date(row.trained_as_of) },
      { key: "first_score_at", label: "First score", phone: false, show: (row) => time(row.first_score_at) },
      { key: "scores", label: "Current scores", number: true, phone: false, explain: "Of open leads or deals, kept in the store", show: (row) => count(row.scores) },
      { key: "rows", label: "Learned from", number: true, phone: false, explain: "Looks", show: (row) => count(row.rows) },
      { key: "auc", label: "AUC", number: true, show: (row) => `${three(row.auc)}${row.auc_low === null ? "" : ` (${between(row.auc_low, row.auc_high, three)})`}` },
      { key: "log_loss", label: "Log loss", number: true, phone: false, show: (row) => count(row.log_loss, 4) },
      { key: "verdict", label: "Verdict", value: (row) => row.verdict?.kind, show: (row) => (row.verdict ? h("span", {}, chip(...VERDICTS[row.verdict.kind], row.verdict.text)) : "–") }] }),
    h("p", { class: "quiet" }, "Earlier versions are those whose files or scores are still here; ", h("code", {}, "leadcast models"), " lists what the registry has."));
}

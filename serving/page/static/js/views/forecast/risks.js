// Where the risk is: open deals that somebody counts on and that may not come.

import { h } from "../../dom.js";
import { date, percent } from "../../format.js";
import { bar, card, chip, empty } from "../../parts.js";
import { table } from "../../table.js";
import { dealCell } from "./changes.js";
import { phase, toOne, toThose } from "./measure.js";
import { toneOf } from "./standing.js";

const COUNTED = { commit: ["commit", "accent"], "best case": ["best case", ""], date: ["by its date", ""], model: ["by the model", ""] };
const MEANT =
  "Deals that somebody counts on in this period: the CRM calls them commit or best case, or the rep's date lies in it. At stake is what is missing if they do not come: " +
  "amount times the chance that they are not won in the period. Where nobody says anything, the largest single bets of the forecast.";

export function riskCard(told, measure) {
  const { risks } = told;
  if (phase(told) === "over") return null;
  return card(
    "Where the risk is",
    { size: told.categories ? "two-thirds" : "wide", explain: MEANT },
    risks.length
      ? table({
          caption: `The ${risks.length} ${told.what} with most at stake`,
          rows: risks,
          columns: columns(told, measure),
          name: `${told.period.name}-risks`,
          onrow: ({ entity_id: id }) => toOne(told, id),
        })
      : empty("Nothing stands out", `No open ${told.what} are counted on in this period.`),
  );
}

/** The deal in commit with most at stake, as a sentence for the top of the view; null without one. */
export function riskiestInCommit(told, measure) {
  const first = told.riskiest_in_commit;
  if (!first || phase(told) === "over") return null;
  const stake = measure.goal ? measure.show(first.at_stake, { short: true }) : percent(1 - first.probability);
  return [
    "Riskiest in commit: ",
    h("a", { href: toOne(told, first.entity_id), class: "id", title: first.entity_id }, first.entity_id),
    first.shown && ` of ${first.shown}`,
    told.money && [", ", h("strong", {}, `${stake} at stake`)],
    `, ${percent(first.probability)} likely to be won in the period.`,
  ];
}

function columns(told, measure) {
  const shown = (key) => (row) => (row[key] === null ? "unknown" : measure.goal ? measure.show(row[key], { short: true }) : row[key]);
  return [
    { key: "entity_id", label: told.entity === "lead" ? "Lead" : "Deal", main: true, show: (risk) => dealCell(told, risk) },
    { key: "counted_on", label: "Counted on", show: ({ counted_on: by, why }) => chip(...(COUNTED[by] ?? [by, ""]), why), phone: false },
    ...(told.money && measure.goal ? [{ key: "amount", label: "Amount", number: true, show: shown("amount"), phone: false }] : []),
    {
      key: "probability",
      label: "Chance",
      number: true,
      explain: "to be won in this period",
      show: ({ probability }) => bar(probability, percent(probability), toneOf(probability)),
    },
    ...(told.money && measure.goal ? [{ key: "at_stake", label: "At stake", number: true, show: shown("at_stake") }] : []),
    { key: "expected_close", label: "Rep's date", shown: told.risks.some((risk) => risk.expected_close), phone: false, show: (row) => date(row.expected_close) },
    { key: "closes", label: "Model's date", phone: false, explain: "the median of its win, if it is won", show: (row) => late(row) },
  ];
}

/** The model's date, marked where it is later than the rep's. */
const late = ({ closes, expected_close: rep }) => h("span", { class: closes && rep && closes > rep ? "bad-text" : null }, date(closes));

export const toCategory = (told, category) => toThose(told, { category, open: "true" });

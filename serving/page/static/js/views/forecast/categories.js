// The CRM's forecast categories beside what the model expects of the same deals.

import { h } from "../../dom.js";
import { count, money, percent } from "../../format.js";
import { chart } from "../../charts.js";
import { card } from "../../parts.js";
import { table } from "../../table.js";
import { capital } from "./measure.js";
import { toCategory } from "./risks.js";

const MEANT =
  "Forecast categories say how sure the rep is. Beside their amounts stands what the model expects of the same deals in this period, and as a share of the amount.";

export function categoriesCard(told, measure) {
  if (!told.categories) return null;
  const inMoney = told.money && measure.goal;
  const columns = [
    { key: "category", label: "Category", main: true, show: (row) => named(told, row) },
    {
      key: "claimed",
      label: inMoney ? "Amount" : capital(told.what),
      number: true,
      value: (row) => (inMoney ? row.amount : row.deals),
      show: (row) => (inMoney ? money(row.amount, { short: true }) : count(row.deals)),
    },
    {
      key: "expected",
      label: "Expected",
      number: true,
      value: (row) => (inMoney ? row.expected_amount : row.expected_count),
      show: (row) => (inMoney ? money(row.expected_amount, { short: true }) : count(row.expected_count, 1)),
    },
    {
      key: "share",
      label: "Share",
      number: true,
      explain: "expected as a share of what stands there",
      value: (row) => shareOf(row, inMoney),
      show: (row) => percent(shareOf(row, inMoney)),
    },
  ];
  const rows = told.categories.map((row) => ({
    label: capital(row.category),
    claimed: inMoney ? row.amount : row.deals,
    expected: inMoney ? row.expected_amount : row.expected_count,
    tip_claimed: columns[1].show(row),
    tip_expected: columns[2].show(row),
  }));
  const alt = rows.map((row) => `Of ${row.tip_claimed} in ${row.label}, ${row.tip_expected} is expected`).join("; ");
  return card(
    "Categories beside the model",
    { size: "third", explain: MEANT },
    chart("categories", rows, { alt: `${alt}.`, height: 34 + 46 * rows.length, file: `${told.period.name}-categories` }),
    table({ caption: "Forecast categories beside the model", columns, rows: told.categories, name: `${told.period.name}-categories` }),
    said(told, inMoney),
  );
}

function named(told, { category, deals }) {
  const number = h("span", { class: "quiet" }, `${count(deals)} ${deals === 1 ? told.what.replace(/s$/, "") : told.what}`);
  const name = category === "closed" || category === "(none)" ? capital(category) : h("a", { href: toCategory(told, category) }, capital(category));
  return h("span", { class: "deal-cell" }, name, number);
}

const shareOf = (row, inMoney) => (inMoney ? row.model_share : row.deals ? row.expected_count / row.deals : null);

/** What the reps' commit claims, and what the model makes of it. */
function said(told, inMoney) {
  const commit = told.categories.find(({ category, rolled_up: claim }) => category === "commit" && claim !== null);
  if (!commit || !inMoney) return null;
  return h(
    "p",
    { class: "quiet" },
    `Closed and commit claim ${money(commit.rolled_up, { short: true })}; the model expects ${money(commit.rolled_up_expected, { short: true })} of them.`,
  );
}

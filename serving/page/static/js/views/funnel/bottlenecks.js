// The stages by what they cost, as a table.

import { h } from "../../dom.js";
import { NOTHING, count, days, money } from "../../format.js";
import { bar, chip } from "../../parts.js";
import { table } from "../../table.js";
import { things } from "./said.js";

/** Rank, cost and its two parts, days against those of won deals, and what waits there now. */
export function bottleneckTable(cost, path) {
  const most = Math.max(...cost.stages.map((stage) => stage.cost ?? 0), 0);
  const known = cost.stages.some((stage) => stage.cost !== null);
  const short = (value) => money(value, { short: true });
  const norm = (row) => (row.extra_days === null ? NOTHING : row.extra_days < 0.05 ? "none" : `+${days(row.extra_days)}`);
  const columns = [
    { key: "rank", label: "#", number: true, phone: false, explain: "1 costs most" },
    { key: "stage", label: "Stage", main: true, show: (row) => [row.stage, row.slowest && [" ", chip("slowest", "warn", "Half of them take longest to leave it")]] },
    known && { key: "cost", label: "Cost in 30 days", number: true, explain: "Lost there and late, together",
      show: (row) => bar(most && row.cost / most, short(row.cost), "bad") },
    known && { key: "drop_cost", label: "by those lost", number: true, phone: false, show: (row) => short(row.drop_cost),
      explain: "Those lost there × their mean amount × the chance of a win of those who get past it, per 30 days" },
    known && { key: "delay_cost", label: "by delay", number: true, phone: false, show: (row) => short(row.delay_cost),
      explain: "What 30 days would bring more if won deals had not stayed beyond the median of won deals" },
    { key: "lost", label: "Lost there", number: true, phone: false, show: (row) => count(row.lost), explain: `Of the ${things(path)} that entered` },
    { key: "median_days", label: "Median stay", number: true, show: (row) => (row.median_days === null ? NOTHING : days(row.median_days)),
      explain: "Half have left by then; those in it still are counted, too" },
    { key: "won_median_days", label: "of won ones", number: true, phone: false, show: (row) => days(row.won_median_days), explain: "The same of those who were won in the end: the norm" },
    { key: "extra_days", label: "Beyond it", number: true, phone: false, show: norm, explain: "Mean days beyond the median of won ones, over those who passed or wait there" },
    { key: "waiting", label: "Now there", number: true, phone: false, show: (row) => count(row.waiting), explain: "Open, in this stage" },
    { key: "waiting_median_days", label: "for", number: true, phone: false, show: (row) => days(row.waiting_median_days), explain: "Half of those who stand there now are there for longer" },
    cost.stages.some((stage) => stage.money_waiting) && { key: "money_waiting", label: "with", number: true, phone: false, show: (row) => short(row.money_waiting), explain: "Their amounts together" },
  ].filter(Boolean);
  return h("div", { class: "bottlenecks" }, table({ caption: "Stages, the dearest first", name: "bottlenecks", columns, rows: cost.stages }));
}

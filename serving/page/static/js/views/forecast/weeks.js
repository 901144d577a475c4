// How the period fills up, week by week.

import { chart } from "../../charts.js";
import { NOTHING, date, day, lastDay, money } from "../../format.js";
import { card } from "../../parts.js";
import { phase } from "./measure.js";
import { isPlain } from "./standing.js";

export function weeksCard(told, measure) {
  const quota = measure.goal ? told.total.quota : null;
  const rows = weekRows(told, measure).map((row) => ({ ...row, quota, goal: quota === null ? "" : `quota ${money(quota, { short: true })}` }));
  return card(
    "How the period fills up",
    {
      size: isPlain(told, measure) ? "wide" : "two-thirds",
      explain: "Closed won so far, then what is expected by the end of each week. The band spans P10 to P90: in 8 of 10 cases the total lies in it.",
    },
    chart("fan", rows, {
      alt: message(told, measure, quota),
      height: 300,
      file: `${told.period.name}-weeks`,
      columns: [
        { key: "label", label: "By the end of", main: true, value: (row) => row.day, show: (row) => row.label },
        { key: "won", label: "Closed won", number: true, show: (row) => measure.show(row.won) },
        { key: "mean", label: "Expected", number: true, show: (row) => measure.show(row.mean) },
        { key: "p10", label: "P10", number: true, show: (row) => measure.show(row.p10) },
        { key: "p90", label: "P90", number: true, show: (row) => measure.show(row.p90) },
      ],
    }),
  );
}

/** One row per week's end, from the period's start through today to its end. */
function weekRows(told, measure) {
  const now = phase(told);
  const won = measure.of(told.total).won;
  const past = told.weeks.filter((week) => week.won).map((week) => point(week, { won: week.won[measure.key] }));
  const ahead = told.weeks.filter((week) => week[measure.key]).map((week) => point(week, week[measure.key]));
  const from = { day: day(told.period.start), label: date(told.period.start) };
  if (now === "ahead") return [shown(measure, { ...from, won: 0, mean: 0, p10: 0, p90: 0 }), ...ahead].map((row) => shown(measure, row));
  if (now === "over") {
    const last = past.at(-1) ?? { ...from, won };
    return [{ ...from, won: 0 }, ...past.slice(0, -1), { ...last, mean: last.won, p10: last.won, p90: last.won }].map((row) => shown(measure, row));
  }
  const today = { day: day(told.as_of), label: `${date(told.as_of)} (today)`, today: "today", won, mean: won, p10: won, p90: won };
  return [{ ...from, won: 0 }, ...past, today, ...ahead].map((row) => shown(measure, row));
}

const point = (week, numbers) => ({ day: week.last_day, label: lastDay(week.until), ...numbers });

function shown(measure, row) {
  const one = (value) => (value === undefined ? NOTHING : measure.show(value));
  return {
    won: null,
    mean: null,
    p10: null,
    p90: null,
    today: "",
    ...row,
    tip_won: one(row.won),
    tip_mean: one(row.mean),
    tip_range: row.p10 === undefined ? NOTHING : `${one(row.p10)} to ${one(row.p90)}`,
  };
}

function message(told, measure, quota) {
  const { won, total, p10, p90 } = measure.of(told.total);
  const end =
    phase(told) === "over"
      ? `${measure.show(won)} was won by ${lastDay(told.period.end)}`
      : `${measure.show(won)} is won so far; by ${lastDay(told.period.end)} ${measure.show(total)} is expected, in 8 of 10 cases between ${measure.show(p10)} and ${measure.show(p90)}`;
  return `${end}${quota === null ? "" : `; the quota is ${money(quota)}`}.`;
}

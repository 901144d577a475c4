// Cohorts: of those created in one week, month or quarter, what share had reached a stage after so many weeks.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { NOTHING, count, percent, plural } from "../../format.js";
import { card, cards, choice, download, notes, select } from "../../parts.js";
import { changed, go } from "../../route.js";
import { table } from "../../table.js";
import { asked } from "./asked.js";
import { byControl, heading, named, words } from "./controls.js";
import { goals, nothingEntered, shade, things } from "./said.js";

const UNITS = [["week", "Weeks"], ["month", "Months"], ["quarter", "Quarters"]];
const LEAST_IN_LINE = 10;
const MOST_LINES = 8;
const ON_PHONE = 4;
const SHOWN_WEEKS = [1, 2, 4, 6, 8, 12, 16, 20, 26, 39, 52, 78, 104];

export async function part(company, chosen, { unit, stage }) {
  const [told, funnel] = await Promise.all([asked("v1/funnel/cohorts", { ...chosen.query, unit, stage, by: chosen.by }), asked("v1/funnel", chosen.query)]);
  if (!told.pooled.entered) return nothingEntered(chosen);
  const groups = told.groups.map((group) => ({ ...group, name: named(company, told.by, group.name) }));
  const shown = chosen.by ? groups : told.cohorts;
  const weeks = ends(told);
  const unitName = chosen.by ? words(chosen.by) : told.unit;
  const tools = [choice("Cohorts of", UNITS, told.unit, (value) => go(changed({ unit: value === "month" ? null : value, by: null }))),
    select("Until", goals(funnel.whole.stages), told.stage.stage, (value) => go(changed({ stage: value }))),
    byControl(chosen, chosen.by, "when created", "Lines by")];
  const few = shown.filter(({ entered }) => entered < LEAST_IN_LINE).length;
  return [
    h("p", { class: "lead" }, lead(told, weeks, chosen)),
    h("div", { class: "filters" }, tools),
    cards(
      card(`Share that reached ${told.stage.stage}`, { wide: true, explain: "Those who are open still count as long as they were watched; lost ones "
        + "can no longer come (Aalen and Johansen). A line ends where nobody of it has been watched longer. The band: all together, in 95 of 100 cases." },
      lines(shown, told, weeks, chosen), h("p", { class: "quiet" }, chosen.by ? "" : "Darker lines are newer cohorts. ", "The dashed line with its band is all together.",
        few > 0 && ` Left out here, and in the table: ${plural(count(few), "line")} of fewer than ${LEAST_IN_LINE} ${things(chosen.path)}.`)),
      card(`By ${unitName}, after so many weeks`, { wide: true, tools: [everyWeek(shown, told)], explain: "The same shares as numbers. Empty: not observed yet." },
        heat(shown, told, weeks, unitName, chosen), notes(told.notes)))];
}

/** The last week worth showing: a little beyond the last change of the whole. */
function ends(told) {
  const { share } = told.pooled;
  const last = share.reduce((found, value, week) => (week && value !== null && value - share[week - 1] > 0.0005 ? week : found), 0);
  return Math.min(told.weeks.length - 1, Math.max(8, Math.ceil(last * 1.15)));
}

function lead(told, weeks, { path }) {
  const { share, low, high } = told.pooled;
  const end = share.findLastIndex((value, week) => value !== null && week <= weeks);
  const half = share.findIndex((value) => value !== null && value >= share[end] / 2);
  const stage = told.stage.stage;
  if (!(share[end] > 0)) return `Nobody of ${count(told.pooled.entered)} ${things(path)} has reached ${stage} yet.`;
  return [h("strong", {}, `${percent(share[end])} of ${things(path)} reach ${stage}`),
    ` within ${plural(count(end), "week")} (in 95 of 100 cases between ${percent(low[end])} and ${percent(high[end])}); half of those do so within ${plural(count(half), "week")}. `,
    newest(told, stage)];
}

/** The newer half of the cohorts against the older one, at the last week that most have been watched for. */
function newest(told, stage) {
  const old = told.cohorts.filter(({ entered }) => entered >= LEAST_IN_LINE);
  const week = [26, 13, 8, 4, 2].find((one) => old.filter(({ share }) => share[one] !== null && share[one] !== undefined).length >= Math.max(4, old.length * 0.6));
  if (!week) return "";
  const seen = old.filter(({ share }) => share[week] !== null);
  const mean = (some) => some.reduce((sum, one) => sum + one.share[week] * one.entered, 0) / some.reduce((sum, one) => sum + one.entered, 0);
  const [before, after] = [mean(seen.slice(0, Math.floor(seen.length / 2))), mean(seen.slice(Math.floor(seen.length / 2)))];
  const way = Math.abs(after - before) < 0.01 ? "as many as" : after > before ? "more than" : "fewer than";
  return `After ${week} weeks, ${percent(after)} of the newer cohorts had reached ${stage}, ${way} of the older ones (${percent(before)}).`;
}

function lines(shown, told, weeks, { by }) {
  const drawn = shown.filter(({ entered }) => entered >= LEAST_IN_LINE).slice(0, by ? MOST_LINES : undefined);
  const rows = drawn.flatMap((one, order) => one.share.slice(0, weeks + 1).map((share, week) => ({ line: one.name, order, week, share,
    tone: drawn.length < 2 ? 1 : 0.3 + (0.7 * order) / (drawn.length - 1), tip: `${percent(share, 1)} of ${count(one.entered)}` })).filter(({ share }) => share !== null));
  const pooled = told.pooled.share.slice(0, weeks + 1).map((share, week) => ({ week, share, low: told.pooled.low[week], high: told.pooled.high[week] }))
    .filter(({ share }) => share !== null);
  const end = pooled.at(-1);
  const each = drawn.map((one) => `${one.name} ${percent(one.share.findLast((share) => share !== null))}`).join(", ");
  const alt = `All together ${percent(end.share)} reached ${told.stage.stage} within ${end.week} weeks; ${each}.`;
  const grouped = (spec) => { spec.layer[1].encoding.color = { field: "line", type: "nominal", sort: { field: "order" }, scale: { range: "category" }, legend: { title: null } }; };
  return chart("funnel-cohorts", rows, { alt, data: { pooled }, height: 320, file: "cohorts", fit: by ? grouped : null });
}

function heat(shown, told, weeks, unitName, { path }) {
  const picked = SHOWN_WEEKS.filter((week) => week <= weeks);
  const most = Math.max(...shown.filter(({ entered }) => entered >= LEAST_IN_LINE).flatMap(({ share }) => share.filter((value) => value !== null)), 0);
  const columns = [
    { key: "name", label: heading(unitName), main: true }, { key: "entered", label: "Entered", number: true, show: (row) => count(row.entered), explain: `${things(path)} created then` },
    { key: "reached", label: "Reached", number: true, phone: false, show: (row) => count(row.reached), explain: `Reached ${told.stage.stage} by now` },
    { key: "lost", label: "Lost", number: true, phone: false, show: (row) => count(row.lost) }, { key: "open", label: "Open", number: true, phone: false, show: (row) => count(row.open) },
    ...picked.map((week, position) => ({ key: `w${week}`, label: plural(String(week), "week"), number: true,
      phone: position < picked.length - ON_PHONE ? false : undefined, value: (row) => row.share[week] ?? null,
      show: (row) => ((row.share[week] ?? null) === null ? NOTHING : shade(most && row.entered >= LEAST_IN_LINE && row.share[week] / most, percent(row.share[week]))) })),
  ];
  return table({ caption: `Share that reached ${told.stage.stage}, by ${unitName}`, name: "cohorts", columns, rows: shown, foot: h("tr", {}, h("th", { scope: "row" }, "All"),
    h("td", { class: "number" }, count(told.pooled.entered)), ["reached", "lost", "open"].map((key) => h("td", { class: "number no-phone" }, count(told.pooled[key]))),
    picked.map((week, position) => h("td", { class: position < picked.length - ON_PHONE ? "number no-phone" : "number" }, percent(told.pooled.share[week] ?? null)))) });
}

function everyWeek(shown, told) {
  const rows = shown.flatMap(({ name, entered, share }) => share.map((value, week) => ({ name, entered, week, share: value })));
  return download("cohorts-by-week", ["name", "entered", "week", "share"].map((key) => ({ key })), rows, "Every week");
}

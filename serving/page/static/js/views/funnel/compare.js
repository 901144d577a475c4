// Groups beside each other: how many of each go on from stage to stage, how fast, and where each leaks most.

import { h } from "../../dom.js";
import { NOTHING, count, days, money, percent } from "../../format.js";
import { bar, card, cards, notes } from "../../parts.js";
import { table } from "../../table.js";
import { asked } from "./asked.js";
import { byControl, heading, named, narrowing, words } from "./controls.js";
import { nothingEntered, nothingToCompare, shade, things, toldApart } from "./said.js";

const LEAST_DECIDED = 20;
const SURE = 2;  // standard errors from the whole at which the colour is at its end: a small group hardly leaves the middle
const USUAL = { lead: ["source", "owner", "region"], opportunity: ["product", "segment", "owner", "region"] };

export async function part(company, chosen) {
  const by = chosen.by ?? await telling(chosen);
  if (!by) return nothingToCompare(chosen);
  const query = { ...chosen.query, by };
  const [told, cost] = await Promise.all([asked("v1/funnel", query), asked("v1/funnel/bottlenecks", query)]);
  if (!told.whole.entered) return nothingEntered(chosen);
  const leaks = Object.fromEntries(cost.groups.map((group) => [group.name, group.bottleneck]));
  return [h("p", { class: "lead" }, lead(company, told, by, chosen)),
    cards(card(`By ${words(by)}`, { wide: true, tools: [byControl(chosen, by)], explain: "Each column with an arrow: of those who reached the stage before, the share "
      + `that reached this one. The darker, the more clearly better than all together; small groups stay pale as chance might explain them. A name narrows the whole view to it.` },
    table({ caption: `The funnel by ${words(by)}`, name: `funnel-by-${by}`, columns: columns(company, told, leaks, by, chosen), rows: told.groups,
      sorted: "-entered", foot: foot(told.whole) }), notes(told.notes)))];
}

/** The first of the usual columns in which there is something to tell apart. */
async function telling(chosen) {
  const names = USUAL[chosen.entity].filter((name) => chosen.columns.includes(name));
  for (const by of names) {
    const { groups } = await asked("v1/funnel", { ...chosen.query, by });
    if (groups.length > 1) return by;
  }
  return names[0] ?? usualColumn(chosen);
}

/** What is compared unless the reader says otherwise. */
export function usualColumn({ columns: known, entity }) {
  return USUAL[entity].find((name) => known.includes(name)) ?? known[0] ?? null;
}

function lead(company, told, by, { path }) {
  const judged = told.groups.filter(({ won, lost, name }) => won + lost >= LEAST_DECIDED && !name.startsWith("("));
  if (judged.length < 2) return `Too few ${things(path)} are decided to compare them by ${words(by)}: ${percent(told.whole.velocity.win_rate)} of all were won.`;
  if (!told.whole.lost) return [`Nobody is recorded as lost, so that no win rate is known: `, h("strong", {}, `${count(told.whole.won)} of ${count(told.whole.entered)}`), ` ${things(path)} were won so far.`];
  const ranked = [...judged].sort((one, other) => other.velocity.win_rate - one.velocity.win_rate);
  const [best, worst] = [ranked[0], ranked.at(-1)];
  const said = (group) => [h("strong", {}, named(company, by, group.name)), ` (${percent(group.velocity.win_rate)} of ${count(group.won + group.lost)} decided)`];
  return ["Of all ", `${count(told.whole.won + told.whole.lost)} decided ${things(path)} `, h("strong", {}, `${percent(told.whole.velocity.win_rate)} were won`),
    ". Most from ", said(best), ", fewest from ", said(worst), "."];
}

function columns(company, told, leaks, by, chosen) {
  const share = shareOf(told.whole);
  const most = Math.max(...told.groups.map((row) => share(row) ?? 0));
  const inMoney = hasMoney(told.whole);
  const leak = (row) => leaks[row.name];
  return [
    { key: "name", label: heading(by), main: true, value: (row) => named(company, by, row.name), show: (row) => narrowing(company, chosen, by, row.name) },
    { key: "entered", label: "Entered", number: true, show: (row) => count(row.entered) },
    ...toldApart(told.whole.stages).slice(1).map((stage, position) => step(stage, position + 1)),
    { key: "rate", label: told.whole.lost ? "Win rate" : "Won of all", number: true, value: share, explain: told.whole.lost ? "won ÷ (won + lost)" : "won ÷ entered: nobody is recorded as lost",
      show: (row) => bar(most && share(row) / most, percent(share(row)), "good") },
    inMoney && { key: "average", label: "Won deal", number: true, phone: false, value: ({ velocity }) => velocity.average_amount, explain: "Mean amount of won deals",
      show: ({ velocity }) => money(velocity.average_amount, { short: true }) },
    { key: "cycle", label: "To the win", number: true, phone: false, value: ({ velocity }) => velocity.cycle_days, explain: "Mean days from creation to the win",
      show: ({ velocity }) => days(velocity.cycle_days) },
    inMoney && { key: "velocity", label: "A day", number: true, phone: false, value: ({ velocity }) => velocity.per_day, explain: "Velocity: open now × win rate × won deal ÷ days to the win",
      show: ({ velocity }) => money(velocity.per_day, { short: true }) },
    { key: "leak", label: "Leaks most in", phone: false, value: (row) => leak(row)?.stage ?? null, show: (row) => leak(row)?.stage ?? NOTHING, explain: "The stage that costs this group most; where no money is known, the one that takes most days" },
    inMoney && { key: "leak_cost", label: "Cost in 30 days", number: true, phone: false, value: (row) => leak(row)?.cost ?? null, show: (row) => money(leak(row)?.cost, { short: true }),
      explain: "Of the stage that costs this group most: those lost there and delay" },
  ].filter(Boolean);
}

const hasMoney = ({ velocity }) => velocity.average_amount !== null;

/** The win rate; where nobody is recorded as lost it would be 100 % and say nothing: then those won of all that entered. */
const shareOf = ({ lost }) => (lost ? ({ velocity }) => velocity.win_rate : ({ won, entered }) => (entered ? won / entered : null));

/** The share that came from the stage before, shaded by how surely it lies above or below that of all. */
function step(stage, position) {
  const value = (row) => row.stages[position].from_previous;
  const of = (row) => row.stages[position - 1].reached;
  const spread = (row) => Math.sqrt(stage.from_previous * (1 - stage.from_previous) / of(row));
  const sure = (row) => (spread(row) > 0 ? 0.5 + (value(row) - stage.from_previous) / spread(row) / SURE / 2 : 0.5);
  return { key: `step-${position}`, label: `→ ${stage.stage}`, number: true, phone: false, value, explain: `Reached ${stage.stage}, of those who reached the stage before`,
    show: (row) => shade(of(row) ? sure(row) : 0, percent(value(row)), `${count(row.stages[position].reached)} of ${count(of(row))}`) };
}

function foot(whole) {
  const { velocity } = whole;
  const cell = (text, phone = true) => h("td", { class: phone ? "number" : "number no-phone" }, text);
  return h("tr", {}, h("th", { scope: "row" }, "All"), cell(count(whole.entered)), whole.stages.slice(1).map((stage) => cell(percent(stage.from_previous), false)),
    cell(percent(shareOf(whole)(whole))), hasMoney(whole) && cell(money(velocity.average_amount, { short: true }), false), cell(days(velocity.cycle_days), false),
    hasMoney(whole) && cell(money(velocity.per_day, { short: true }), false), cell("", false), hasMoney(whole) && cell("", false));
}

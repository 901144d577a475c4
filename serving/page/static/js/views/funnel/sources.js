// Where they come from: what each source brought, how soon it was served, and what it cost.

import { h } from "../../dom.js";
import { NOTHING, count, days, money, percent, plural } from "../../format.js";
import { bar, card, cards, chip, empty, notes, tile, tiles } from "../../parts.js";
import { table } from "../../table.js";
import { asked } from "./asked.js";
import { usualColumn } from "./compare.js";
import { byControl, heading, named, narrowing, words } from "./controls.js";
import { nothingEntered, nothingToCompare, servedSaid, things } from "./said.js";

const UNKNOWN = "(none)";

const hours = (value) => (value === null || value === undefined ? NOTHING : days(value / 24));
const short = (value) => money(value, { short: true });

export async function part(company, chosen) {
  const by = chosen.by ?? usualColumn(chosen);
  if (!by) return nothingToCompare(chosen);
  const told = await asked("v1/funnel/sources", { ...chosen.query, by });
  if (!told.whole.entered) return nothingEntered(chosen);
  const name = { key: "name", label: heading(by), main: true, value: (row) => named(company, by, row.name), show: (row) => narrowing(company, chosen, by, row.name) };
  const served = told.sources.filter(({ response }) => response);
  const [aboutResponse, others] = [true, false].map((wanted) => told.notes.filter((note) => note.startsWith("First responses") === wanted));
  const { path } = chosen;
  const priced = told.sources.filter(({ cost }) => cost !== null);
  return [
    h("p", { class: "lead" }, lead(company, told, by, chosen)), numbers(company, told, by),
    cards(
      card(`What each ${words(by)} brought`, { wide: true, tools: [byControl(chosen, by)],
        explain: "How many came, how many of them reached MQL, SQL, a deal and the win. A name narrows the whole view to it." },
        table({ caption: `Numbers, money and days by ${words(by)}`, name: `brought-by-${by}`, columns: brought(name, told, chosen), rows: told.sources, sorted: "-entered" }),
        notes(others)),
      card("How soon they heard from us", { wide: served.length > 0, explain: "From the creation of a lead to the first event from us. "
        + "Those who still wait count for as long as they have waited. Rank 1 waits longest." },
        served.length ? table({ caption: `First responses by ${words(by)}`, name: `served-by-${by}`, columns: servedColumns(name, told), rows: served, sorted: "served_rank" })
          : empty("Not known", path === "deals" ? "First responses are those to leads." : aboutResponse.join(" "))),
      card("What it cost", { wide: priced.length > 0, explain: "Campaign costs of the time above, spread evenly over their days. Return: amount won ÷ cost." },
        priced.length ? costs(name, told, by, priced) : withoutCosts(by)))];
}

function lead(company, told, by, { path }) {
  const worst = told.worst_served;
  if (told.sources.every(({ name }) => name === UNKNOWN)) return `The ${words(by)} of all ${count(told.whole.entered)} ${things(path)} is unknown. Compare by another column.`;
  const most = told.sources.reduce((one, other) => ((other.amount_won ?? 0) > (one.amount_won ?? 0) ? other : one), told.sources[0]);
  const brought = most.amount_won ? [" Most was won from ", h("strong", {}, named(company, by, most.name)), `: ${short(most.amount_won)} in ${plural(count(most.won), "deal")}.`]
    : [" Most came from ", h("strong", {}, named(company, by, told.sources[0].name)), `: ${count(told.sources[0].entered)} ${things(path)}.`];
  if (!worst) return [told.whole.response ? `No ${words(by)} stands out as served worse: none both waits longer and converts less than the others, beyond chance.` : "", brought];
  return ["Worst served: ", h("strong", {}, named(company, by, worst.name)), servedSaid(worst, told), brought];
}

function numbers(company, told, by) {
  const { whole, worst_served: worst } = told;
  return tiles(
    tile("First response", hours(whole.response?.median_hours), { note: whole.response ? `half of the leads wait longer; ${percent(whole.response.within_day)} hear within a day` : "not known", tone: "main",
      explain: "Median time from the creation of a lead to the first event from us." }),
    tile("Worst served", worst ? named(company, by, worst.name) : whole.response ? "None" : NOTHING,
      { note: worst ? `half wait ${hours(worst.response?.median_hours)} or longer` : whole.response ? `no ${words(by)} stands out` : "not known",
      tone: worst ? "bad" : whole.response ? "good" : "",
      explain: "Waits longest for a first response among those that wait longer and convert less than the others, both beyond chance (95 % intervals)." }),
    whole.amount_won ? tile("Won", short(whole.amount_won), { note: `${count(whole.won)} won, ${wonShare(whole)}`, tone: "good" })
      : tile("Won", count(whole.won), { note: wonShare(whole), tone: whole.lost ? "good" : "" }),
    tile("Cost per win", short(whole.cost_per_win), { note: whole.cost === null ? "no campaign costs given" : `${short(whole.cost)} in all, ${count(whole.return_on_cost, 1)} × of it won`,
      explain: "Campaign costs of the time above ÷ deals won." }));
}

/** The win rate; where nobody is recorded as lost it would be 100 % and say nothing. */
const wonShare = ({ won, lost, entered, win_rate: rate }) => (lost ? `${percent(rate)} of those decided` : `${percent(won / entered)} of all`);

function brought(name, told, { path }) {
  const share = told.whole.lost ? (row) => row.win_rate : (row) => (row.entered ? row.won / row.entered : null);
  const most = Math.max(...told.sources.map(({ amount_won: won }) => won ?? 0), 0);
  const best = Math.max(...told.sources.map((row) => share(row) ?? 0), 0);
  const inMoney = most > 0;
  const reached = (key, label) => told.sources.some((row) => row[key] !== null) && { key, label, number: true, phone: false, show: (row) => count(row[key]),
    explain: `Reached ${label}` };
  return [name, { key: "entered", label: path === "deals" ? "Deals" : "Leads", number: true, show: (row) => count(row.entered) },
    reached("mql", "MQL"), reached("sql", "SQL"), path !== "deals" && reached("deals", "Deals"), { key: "won", label: "Won", number: true, show: (row) => count(row.won) },
    { key: "win_rate", label: told.whole.lost ? "Win rate" : "Won of all", number: true, phone: false, value: share, show: (row) => bar(best && share(row) / best, percent(share(row)), "good"),
      explain: told.whole.lost ? "won ÷ (won + lost)" : "won ÷ entered: nobody is recorded as lost" },
    inMoney && { key: "amount_won", label: "Amount won", number: true, show: (row) => bar(most && row.amount_won / most, short(row.amount_won)) },
    inMoney && { key: "average_amount", label: "Won deal", number: true, phone: false, show: (row) => short(row.average_amount), explain: "Mean amount of won deals" },
    { key: "cycle_days", label: "To the win", number: true, phone: false, show: (row) => days(row.cycle_days), explain: "Mean days from creation to the win" },
  ].filter(Boolean);
}

function servedColumns(name, told) {
  const longest = Math.max(...told.sources.map(({ response }) => response?.median_hours ?? 0));
  const of = (key) => ({ response }) => response?.[key] ?? null;
  const worst = told.worst_served?.name;
  return [
    { key: "served_rank", label: "#", number: true, explain: "1 waits longest; empty: too few to tell" },
    { ...name, show: (row) => [name.show(row), row.name === worst && [" ", chip("worst served", "bad")]] },
    { key: "median", label: "Half wait", number: true, value: of("median_hours"), show: (row) => bar(longest && of("median_hours")(row) / longest,
      hours(of("median_hours")(row)), row.name === worst ? "bad" : ""),
      explain: "Median time to the first response" },
    { key: "quarter", label: "A quarter", number: true, phone: false, value: of("q25_hours"), show: (row) => hours(of("q25_hours")(row)), explain: "A quarter had heard from us by then" },
    { key: "more", label: "Three quarters", number: true, phone: false, value: of("q75_hours"), show: (row) => hours(of("q75_hours")(row)) },
    { key: "hour", label: "Within an hour", number: true, phone: false, value: of("within_hour"), show: (row) => percent(of("within_hour")(row)) },
    { key: "day", label: "Within a day", number: true, value: of("within_day"), show: (row) => percent(of("within_day")(row)) },
    { key: "conversion", label: `→ ${told.stage.stage}`, number: true, show: (row) => percent(row.conversion),
      explain: `Reached ${told.stage.stage} within ${count(told.horizon_days)} days, of those that are as old` },
    { key: "judged", label: "of", number: true, phone: false, show: (row) => count(row.judged), explain: "How many are old enough to tell" },
  ];
}

function withoutCosts(by) {
  return ["source", "campaign"].includes(by)
    ? empty("No costs are given", "Name a table of campaign costs under [costs] in leadcast.toml, or send them to PUT /v1/costs; then each lead, MQL, SQL and win has its price here.")
    : empty("Not told", `Campaigns cost by source or campaign, not by ${words(by)}.`);
}

function costs(name, told, by, rows) {
  const priced = (key, label) => ({ key, label, number: true, show: (row) => money(row[key], { short: row[key] >= 10_000 }), phone: key === "cost_per_lead" || key === "cost_per_sql" ? false : undefined });
  return table({ caption: `Costs by ${words(by)}`, name: `cost-by-${by}`, rows, sorted: "-cost", columns: [name,
    { ...priced("cost", "Cost"), show: (row) => short(row.cost) }, priced("cost_per_lead", "per lead"), told.whole.mql !== null && { ...priced("cost_per_mql", "per MQL"), phone: false },
    told.whole.sql !== null && priced("cost_per_sql", "per SQL"), priced("cost_per_win", "per win"), { key: "amount_won", label: "Won", number: true, show: (row) => short(row.amount_won) },
    { key: "return_on_cost", label: "Return", number: true, show: (row) => (row.return_on_cost === null ? NOTHING : `${count(row.return_on_cost, 1)} ×`), explain: "Amount won ÷ cost" }].filter(Boolean) });
}

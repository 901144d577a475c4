// How soon leads hear from us and what comes of it, and how long it takes from MQL to SQL.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { NOTHING, count, days, percent, plural } from "../../format.js";
import { card, cards, empty, notes, select, tile, tiles } from "../../parts.js";
import { changed, go } from "../../route.js";
import { table } from "../../table.js";
import { asked } from "./asked.js";
import { byControl, heading, named, words } from "./controls.js";
import { goals, inOurWords, nothingEntered } from "./said.js";
import { stayChart } from "./stays.js";

const HORIZONS = [7, 14, 30, 60, 90, 180];
const FEW = 30;
const FEWEST = 10;
const MOST_DRAWN = 10;

export async function part(company, chosen, { stage, horizon }) {
  const [told, funnel] = await Promise.all([asked("v1/funnel/response", { ...chosen.query, stage, horizon_days: horizon, by: chosen.by }), asked("v1/funnel", chosen.query)]);
  if (!funnel.whole.entered) return nothingEntered(chosen);
  if (!told.response) return [unknown(told, chosen), cards(between(company, told, chosen))];
  return [
    h("p", { class: "lead" }, lead(told)), numbers(told),
    cards(
      card("Response and what came of it", { wide: true, tools: [stages(funnel, told), horizons(told)], explain: `Leads by how soon they heard from us, and the share that reached ${told.stage.stage} within `
        + `${count(told.horizon_days)} days of their creation. The lines: in 95 of 100 cases between (Wilson). Leads that are too young to tell are left out.` },
      curve(told), told.left_out > 0 && h("p", { class: "quiet" }, `${count(told.left_out)} are left out: too young to tell, or without dates.`), notes(told.notes)),
      ...between(company, told, chosen))];
}

function unknown(told, { path, paths }) {
  if (path !== "deals") return empty("First responses are not known", told.notes.join(" "));
  return empty("First responses are those to leads", paths.length > 1 ? "Choose leads above." : "This workspace has deals alone.");
}

function lead(told) {
  const { response } = told;
  const half = response.median_hours === null ? [h("strong", {}, "Half of the leads have not heard from us yet")] : ["Half of the leads hear from us within ", h("strong", {}, days(response.median_hours / 24))];
  return [half, response.within_day === null ? "" : `; ${percent(response.within_day)} within a day`, ". ", inOurWords(told.sentence)];
}

function numbers({ response }) {
  return tiles(
    tile("First response", response.median_hours === null ? "not yet" : days(response.median_hours / 24), { note: "median; half wait longer", tone: "main",
      explain: "From the creation of a lead to the first event from us. Those who still wait count for as long as they have waited." }),
    tile("Within an hour", percent(response.within_hour), { note: "heard from us" }), tile("Within a day", percent(response.within_day), { note: "heard from us" }),
    tile("Answered", count(response.answered), { note: `of ${plural(count(response.leads), "lead")}, ${percent(response.answered / response.leads)}` }));
}

function stages(funnel, told) {
  return select("Until", goals(funnel.whole.stages), told.stage.stage, (value) => go(changed({ stage: value })));
}

function horizons(told) {
  const known = [...new Set([...HORIZONS, told.horizon_days])].sort((one, other) => one - other).map((day) => [String(day), `${count(day)} days`]);
  return select("within", known, String(told.horizon_days), (value) => go(changed({ horizon: value })));
}

function curve(told) {
  const rows = told.bands.map((band, order) => ({ ...band, order, few: band.leads < FEW, drawn: band.leads < FEWEST ? null : band.share, ends: band.leads < FEWEST ? 0 : band.high,
    text: band.leads < FEWEST ? "too few" : percent(band.share), shown: `${percent(band.share)} of ${count(band.leads)}`, range: band.leads ? `${percent(band.low)} to ${percent(band.high)}` : NOTHING,
    label: `${band.name === "never" ? "not answered" : band.label} (${count(band.leads)})` }));
  const alt = `Share that reached ${told.stage.stage}: ${rows.filter(({ leads }) => leads).map((row) => `answered ${row.label} ${row.shown}`).join(", ")}.`;
  return chart("funnel-response", rows, { alt, height: 290, file: "response", columns: [
    { key: "label", label: "Answered (leads)", main: true }, { key: "leads", label: "Leads", number: true }, { key: "reached", label: `Reached ${told.stage.stage}`, number: true },
    { key: "share", label: "Share", number: true, show: (row) => percent(row.share) }, { key: "low", label: "at least", number: true,
      show: (row) => percent(row.low) }, { key: "high", label: "at most", number: true, show: (row) => percent(row.high) }] });
}

// ---- MQL to SQL ------------------------------------------------------------------------------------------------------------

function between(company, told, chosen) {
  const way = told.mql_to_sql;
  if (!way) return [];
  const rows = [way.whole, ...way.groups].map((one) => ({ ...one, label: one.name === null ? "All" : named(company, told.by, one.name), share: one.started ? one.arrived / one.started : null }));
  const drawn = rows.filter(({ median_days: median, q25_days: q25 }) => median !== null || q25 !== null).slice(0, MOST_DRAWN).map((row) => ({ stage: row.label,
    days: { q25: row.q25_days, median: row.median_days, q75: row.q75_days, won_median: null }, more: `${count(row.arrived)} of ${count(row.started)}` }));
  const shown = (key) => (row) => (row[key] === null ? "not yet" : days(row[key]));
  return [card(`From ${way.start.stage} to ${way.end.stage}`, { wide: true, tools: [byControl(chosen, told.by, "all together")],
    explain: "Days from the one stage to the other: in half of the cases between the ends of the bar, the line is the "
    + "median. Lost and open leads count for as long as they might have come there, so that this is the pace, not the share that comes. "
    + `${count(way.whole.skipped)} passed ${way.start.stage} without having been there: they are left out.` },
  stayChart(drawn, "mql-to-sql"), told.by && table({ caption: `From ${way.start.stage} to ${way.end.stage}, by ${words(told.by)}`, name: "mql-to-sql", rows, columns: [
    { key: "label", label: heading(told.by), main: true }, { key: "started", label: `Came into ${way.start.stage}`, number: true }, { key: "arrived", label: `then ${way.end.stage}`, number: true },
    { key: "share", label: "Share", number: true, show: (row) => percent(row.share) }, { key: "q25_days", label: "A quarter by", number: true, phone: false, show: shown("q25_days") },
    { key: "median_days", label: "Half by", number: true, show: shown("median_days") }, { key: "q75_days", label: "Three quarters by", number: true, phone: false, show: shown("q75_days") },
    { key: "skipped", label: `Without ${way.start.stage}`, number: true, phone: false, explain: `Passed ${way.start.stage} without having been there: left out` }] }))];
}

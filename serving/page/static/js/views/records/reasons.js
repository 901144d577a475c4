// Why a score is what it is: terms that add up to its log-odds.

import { h } from "../../dom.js";
import { count, percent } from "../../format.js";
import { card, chip } from "../../parts.js";
import { table } from "../../table.js";
import { plain } from "./words.js";

const OF_ALL = ["base", "calibration", "curve", "everything else"];
const digits = (value) => `${value > 0 ? "+" : ""}${count(value, 2)}`;
const sized = (reasons) => [...reasons].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));

/** The strongest of them as a short list, what speaks for it in green. */
export function reasonList(reasons, most = 3) {
  const found = sized(reasons.filter(({ feature }) => !OF_ALL.includes(feature))).slice(0, most);
  if (!found.length) return h("p", { class: "quiet" }, "No single reason stands out.");
  return h("ul", { class: "reason-list" }, found.map(({ contribution, text }) => h("li", {},
    h("span", { class: `trend ${contribution > 0 ? "up" : "down"}` }, h("span", { "aria-hidden": "true" }, contribution > 0 ? "▲" : "▼"),
      h("span", { class: "hidden" }, contribution > 0 ? "speaks for it: " : "speaks against it: ")), h("span", {}, plain(text)))));
}

/** All of them as bars up and down, from where an average one starts to the sum. */
export function reasonsCard(score, entity) {
  const reasons = score.reasons ?? [];
  if (!reasons.length) return null;
  const widest = Math.max(...reasons.map(({ contribution }) => Math.abs(contribution)), 0.01);
  const named = (name) => reasons.filter(({ feature }) => feature === name);
  const rows = [...named("base"), ...sized(reasons.filter(({ feature }) => !OF_ALL.includes(feature))), ...OF_ALL.slice(1).reverse().flatMap(named)]
    .filter(({ feature, contribution }) => feature !== "calibration" || Math.abs(contribution) >= 0.005);
  const columns = [
    { key: "text", label: "Reason", sort: false, main: true, show: (row) => reasonText(row) },
    { key: "bar", label: h("span", { class: "hidden" }, "Up or down"), csv: false, sort: false,
      show: (row) => effectBar(row.contribution / widest, OF_ALL.includes(row.feature)) },
    { key: "contribution", label: "Effect", number: true, sort: false,
      show: (row) => h("span", { class: `trend ${row.contribution < 0 ? "down" : "up"}` }, digits(row.contribution)) }];
  const foot = h("tr", {}, h("th", { scope: "row" }, `Together, as a probability: ${percent(score.probability)}`), h("td", {}),
    h("td", { class: "number" }, digits(score.log_odds)));
  return card("Why this score", { explain: "Each reason moves the score up or down from where an average one starts. The effects are log-odds: they add up "
    + "exactly to the sum below, and +0.7 about doubles the odds.",
    note: !score.enough_information && `Little is known of this ${entity} yet, so its chance is close to the average.` },
  table({ caption: `Reasons of the score of ${score.entity_id}`, columns, rows, foot, name: `reasons-${score.entity_id}` }));
}

function reasonText({ feature, text }) {
  return OF_ALL.includes(feature) ? h("span", { class: "quiet" }, plain(text)) : h("span", {}, plain(text));
}

function effectBar(share, isCommon) {
  const width = Math.abs(share) * 50;
  return h("span", { class: "effect", "aria-hidden": "true" },
    h("span", { class: `${share < 0 ? "down" : "up"}${isCommon ? " common" : ""}`, style: `width:${width.toFixed(1)}%` }));
}

/** What a cause of a move is called. */
export const CAUSES = { first: "first score", events: "news", model: "another model", time: "time passing", rebuilt: "worked out afterwards" };
export const causeChip = (cause) => chip(CAUSES[cause] ?? cause, { events: "accent", model: "warn" }[cause] ?? "");

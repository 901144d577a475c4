// How one lead or deal stands: in a sentence, in its risks, in tiles.

import { h } from "../../dom.js";
import { NOTHING, count, date, days, money, percent } from "../../format.js";
import { chip, grade, tile, tiles, trend } from "../../parts.js";
import { ageInWords, apart, daysApart, nameOf, near, outcome, waitInWords } from "./words.js";

const has = (value) => value !== null && value !== undefined;

/** "won", "lost" or null, by the stages of its pipeline. */
export function closedAs(company, entity, record) {
  const pipelines = company.pipelines.filter((pipeline) => pipeline.entity === entity && (!record.pipeline || pipeline.name === record.pipeline));
  if (pipelines.some(({ won }) => won.includes(record.stage))) return "won";
  return pipelines.some(({ lost }) => lost.includes(record.stage)) ? "lost" : null;
}

export function sentence({ company, words: { name }, record, target, score, closed }) {
  if (closed) return `This ${name} is closed: ${record.stage}${record.stage_since ? ` since ${date(record.stage_since)}` : ""}.${record.moves.length > 1 ? " Below is how its score moved until then." : ""}`;
  if (!target) return `There is no model of ${name}s in this workspace, so this ${name} has no score.`;
  if (!score) return `This ${name} has no score for ${target.name}: it has reached it already, or it is not open.`;
  return [h("strong", {}, percent(score.probability)), ` chance that it ${outcome(target, score)}`,
    has(record.expected_amount) && [", so ", h("strong", {}, money(record.expected_amount)), ` of its ${money(record.amount)} are expected`], ". ",
    score.expected_close && closeInWords(company, record, score), name === "deal" ? risksInWords(record.signs) : record.signs?.last_event_at && `${waitInWords(record.signs)}.`];
}

function closeInWords(company, record, score) {
  const model = `If it is won, the model expects that on ${date(score.expected_close)}`;
  if (!record.expected_close) return `${model}. `;
  const off = daysApart(record.expected_close, score.expected_close);
  const against = off === 0 ? "the same day as" : `${days(Math.abs(off))} ${off > 0 ? "after" : "before"}`;
  return `${model}, ${against} the date of ${record.owner ? nameOf(company, record.owner) : "its owner"} (${date(record.expected_close)}). `;
}

function risksInWords(signs) {
  const size = signs?.flags.length ?? 0;
  return size === 0 ? "No risk is pointed out." : `${size === 1 ? "One risk is" : `${count(size)} risks are`} pointed out below.`;
}

/** Each risk as a sentence. */
export const risks = (flags) => flags.length > 0 && h("ul", { class: "risks", "aria-label": "Risks" }, flags.map(({ word, text, flag }) => h("li", {},
  chip(word, ["stalled", "overdue"].includes(flag) ? "bad" : "warn"), h("span", {}, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`))));

export function standing(about) {
  return tiles(chanceTile(about), amountTile(about), scoresTile(about), stageTile(about), closeTile(about), waitTile(about));
}

function chanceTile({ words, target, score }) {
  if (!score) return null;
  const before = score.trend === null ? "no score a week ago" : [trend(score.trend), " in a week"];
  return tile(target.won ? "Probability to win" : `Probability of ${target.name}`, [percent(score.probability), " ", grade(score.grade)], { tone: "main",
    note: [`score ${count(score.score)}, `, before],
    explain: `Calibrated: of 100 ${words.name}s with this number about that many come true. The grade is the place among all that the model learned from.` });
}

function amountTile({ record }) {
  if (!has(record.amount)) return null;
  return tile("Amount", money(record.amount, record.currency ? { currency: record.currency } : {}), {
    note: has(record.expected_amount) ? `${money(record.expected_amount)} expected (probability × amount)` : "" });
}

function scoresTile({ words, score }) {
  if (words.name !== "lead" || !score || !has(score.fit_score)) return null;
  return tile("Fit × engagement", `${count(score.fit_score)} × ${count(score.engagement_score)}`, { note: "both from 0 to 100",
    explain: "Fit: what the lead is. Engagement: what it does. Each is a place among all that the model learned from." });
}

function stageTile({ record, closed }) {
  const stalled = record.signs?.flags.some(({ flag }) => flag === "stalled");
  const since = record.stage_since ? `since ${date(record.stage_since)}` : "";
  return tile("Stage", record.stage ?? NOTHING, { tone: stalled ? "bad" : "", note: !closed && record.stage && record.signs ? ageInWords(record.signs) : since,
    explain: "Days in this stage, beside the median of those that then moved on." });
}

function closeTile({ company, record, score }) {
  if (!score?.expected_close) return null;
  const between = score.close_from ? `in 8 of 10 cases ${date(score.close_from)} to ${date(score.close_to)}` : "";
  const promised = record.expected_close && `its owner says ${date(record.expected_close)}: ${apart(score.expected_close, record.expected_close)}`;
  return tile("Close, if won", near(score.expected_close, company.now), { note: promised || between, explain: between && `If it is won: ${between}.`,
    tone: record.signs?.flags.some(({ flag }) => flag === "overdue") ? "bad" : "" });
}

function waitTile({ record: { signs }, closed }) {
  if (closed || !signs?.last_event_at || signs.waiting_days === null) return null;
  return tile("Waiting for us", days(signs.waiting_days), { note: signs.last_answer_at ? `last sign from them ${date(signs.last_answer_at)}` : "no sign from them yet",
    explain: `${waitInWords(signs)}.` });
}

// Cells of the lists: a stage with its age, a probability with its grade, the won-by curve, the risks.

import { get } from "../../api.js";
import { h } from "../../dom.js";
import { NOTHING, count, date, days, percent } from "../../format.js";
import { bar, chip, failed, grade, loading } from "../../parts.js";
import { ageInWords, apart, near, waitInWords } from "./words.js";
import { reasonList } from "./reasons.js";

const TONES = { stalled: "bad", overdue: "bad", silent: "warn", pushed: "warn", single_contact: "" };

/** Two lines: what counts, and something quiet below it. */
export const twoLines = (first, second, title = null) => h("div", { class: "two-lines", title }, h("span", {}, first), second && h("span", { class: "quiet" }, second));

/** The stage, and a bar of its age: the mark in the middle is the norm of those that moved on. */
export function stageCell(record) {
  const signs = record.signs;
  if (!record.stage) return NOTHING;
  if (!signs || signs.stage_age_days === null) return record.stage;
  const { stage_age_days: age, stage_norm_days: norm } = signs;
  const stalled = signs.flags.some(({ flag }) => flag === "stalled");
  return h("div", { class: "two-lines", title: `In ${record.stage} ${ageInWords(signs)}` }, h("span", {}, record.stage),
    h("span", { class: "age" }, norm !== null && ageBar(age, norm, stalled),
      h("span", { class: "quiet" }, norm === null ? days(age) : `${count(age)} of ${days(Math.round(norm))}`)));
}

/** An age on a track that ends at twice the norm, with a mark at the norm. */
function ageBar(age, norm, stalled) {
  const width = Math.min(age / norm / 2, 1) * 100;
  return h("span", { class: `bar age-bar ${stalled ? "bad" : age > norm ? "warn" : ""}`, "aria-hidden": "true" }, h("span", { style: `width:${width.toFixed(1)}%` }));
}

export function chanceCell(score) {
  if (!score) return h("span", { class: "quiet" }, "no score");
  const little = score.enough_information ? "" : "; little is known of it, so the chance is close to the average";
  return h("div", { class: "chance", title: `Score ${count(score.score)}, grade ${score.grade}${little}` },
    grade(score.grade), bar(score.probability, percent(score.probability)));
}

/** The chance to be won by each day ahead, as a small picture. */
export function curveCell(curve) {
  if (!curve?.length) return h("span", { class: "quiet" }, NOTHING);
  const [wide, tall, last] = [84, 26, curve.at(-1)];
  const place = ({ days: ahead, won_by: won }) => `${(ahead / last.days * wide).toFixed(1)},${(tall - 1 - won * (tall - 2)).toFixed(1)}`;
  const points = [{ days: 0, won_by: 0 }, ...curve].map(place).join(" ");
  const told = `${percent(last.won_by)} won within ${days(last.days)}; half of that within ${days(half(curve))}`;
  return h("svg:svg", { class: "spark", viewBox: `0 0 ${wide} ${tall}`, width: wide, height: tall, role: "img", "aria-label": told },
    h("svg:title", {}, told), h("svg:line", { class: "spark-ground", x1: 0, x2: wide, y1: tall - 1, y2: tall - 1 }),
    h("svg:polygon", { class: "spark-fill", points: `0,${tall - 1} ${points} ${wide},${tall - 1}` }), h("svg:polyline", { class: "spark-line", points }));
}

/** Days until half of all that will be won by the end of the curve is won. */
function half(curve) {
  const goal = curve.at(-1).won_by / 2;
  let before = { days: 0, won_by: 0 };
  for (const point of curve) {
    if (point.won_by >= goal) return before.days + (point.days - before.days) * (goal - before.won_by) / (point.won_by - before.won_by || 1);
    before = point;
  }
  return before.days;
}

/** The risks; each tells why when the pointer rests on it. */
export const flagsCell = (flags) => (flags?.length
  ? h("div", { class: "risk-cell" }, h("div", { class: "chips" }, flags.map((one) => chip(one.word, TONES[one.flag], one.text))))
  : h("span", { class: "quiet" }, "none"));

/** The model's close. */
export function modelClose(score, now) {
  if (!score?.expected_close) return NOTHING;
  const between = score.close_from && `If it is won: in 8 of 10 cases between ${date(score.close_from)} and ${date(score.close_to)}`;
  return h("span", { title: between }, near(score.expected_close, now));
}

/** The owner's date, and how far it lies from the model's. */
export function repClose(record, score, now) {
  if (!record.expected_close) return NOTHING;
  const both = score?.expected_close && `Its owner says ${date(record.expected_close)}, the model ${date(score.expected_close)}`;
  return twoLines(near(record.expected_close, now), apart(score?.expected_close, record.expected_close), both);
}

/** How long it waits for a touch from us; one that waits long stands out. */
export function waitCell(signs, late) {
  if (!signs || signs.waiting_days === null) return NOTHING;
  return h("span", { class: signs.waiting_days > late ? "bad-text late" : null, title: waitInWords(signs) }, days(signs.waiting_days));
}

/** A button that opens a line with the reasons of a score below its own line. */
export function whyButton(load, name) {
  const button = h("button", { type: "button", class: "button small", "aria-expanded": "false", "aria-label": `Why? Reasons of ${name}` }, "Why?");
  let opened = null;
  button.addEventListener("click", async () => {
    if (opened) { opened.remove(); opened = null; button.setAttribute("aria-expanded", "false"); return; }
    const line = button.closest("tr");
    const cell = h("td", { colspan: line.children.length, class: "text" }, loading("the reasons"));
    opened = h("tr", { class: "opened" }, cell);
    line.after(opened);
    button.setAttribute("aria-expanded", "true");
    try { cell.replaceChildren(await load()); } catch (trouble) { if (trouble.name !== "AbortError") cell.replaceChildren(failed(trouble)); }
  });
  return button;
}

/** The strongest reasons of one record's score now. */
export async function reasonsOf(path, target, signal) {
  const told = await get(path, { events_limit: 0, moves_limit: 0 }, { signal });
  const score = told.scores.find((one) => one.target === target);
  return score?.reasons?.length ? reasonList(score.reasons, 6) : h("p", { class: "quiet" }, "It has no score now: it is closed, or the target is reached.");
}

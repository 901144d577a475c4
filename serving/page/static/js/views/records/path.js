// How a score moved over time, and why: news, time passing, another model.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, date, percent, points, shortDate, time } from "../../format.js";
import { card, chip } from "../../parts.js";
import { CAUSES, causeChip } from "./reasons.js";
import { plain } from "./words.js";

const FIRST = 6;

/** The path as a chart. `moves`: of one target, the oldest first. */
export function pathCard(moves) {
  const about = { explain: "A score is a place from 0 to 100 among all that the model learned from. Every value that was told is kept, with the reason "
    + "why it is another than the one before." };
  if (moves.length < 2) {
    return card("Score over time", about, h("p", { class: "quiet" }, moves.length
      ? `The first score was kept on ${date(moves[0].at)}. Its path shows here as soon as it moves.` : "No score has been kept yet."));
  }
  const [first, last] = [moves[0], moves.at(-1)];
  const rows = moves.map(({ at, score, probability, grade, cause, why, model }) => ({ at, label: time(at), score, probability, grade, model,
    cause: CAUSES[cause] ?? cause, why: plain(why), tip_score: `${count(score)} (grade ${grade})`, tip_probability: percent(probability) }));
  const alt = `The score went from ${count(first.score)} on ${date(first.at)} to ${count(last.score)} on ${date(last.at)}, `
    + `its probability from ${percent(first.probability)} to ${percent(last.probability)}.`;
  return card("Score over time", about, chart("score-path", rows, { alt, height: 240, file: "score-over-time", columns: [
    { key: "label", label: "On", main: true, value: (row) => row.at, show: (row) => row.label },
    { key: "score", label: "Score", number: true, show: (row) => count(row.score) },
    { key: "probability", label: "Probability", number: true, show: (row) => percent(row.probability) },
    { key: "grade", label: "Grade" }, { key: "cause", label: "Because of" }, { key: "why", label: "That is" }, { key: "model", label: "Model" }] }));
}

/** The moves as a list, the newest first; long ones fold. */
export function movesCard(moves) {
  const told = moves.map((move, place) => ({ ...move, before: moves[place - 1] ?? null })).reverse();
  const [shown, folded] = [told.slice(0, FIRST), told.slice(FIRST)];
  return card("Why it moved", { explain: "News: something happened, or a field changed. Time passing: nothing new became known, and that itself says "
    + "something. Another model: a new version answers." },
    h("ol", { class: "moves" }, shown.map(line)),
    folded.length > 0 && h("details", {}, h("summary", {}, `${count(folded.length)} earlier`), h("ol", { class: "moves" }, folded.map(line))));
}

function line({ at, before, score, cause, why }) {
  const moved = before && score - before.score;
  const way = !before || Math.abs(moved) < 0.5 ? "same" : moved > 0 ? "up" : "down";
  const anew = cause === "first" && before;
  return h("li", {}, h("div", { class: "move-head" }, h("span", { class: "quiet", title: time(at) }, shortDate(at)),
    h("strong", { class: `trend ${way}` }, before ? `${points(moved)} to ${count(score)}` : count(score)), anew ? chip("scored anew") : causeChip(cause)),
  cause !== "first" && h("div", {}, plain(why)));
}

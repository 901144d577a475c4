// Past forecasts against what came: fetched after the rest has been drawn, and once.

import { get } from "../../api.js";
import { chart } from "../../charts.js";
import { fill, h } from "../../dom.js";
import { count, date, day, lastDay, percent, points } from "../../format.js";
import { card, choice, empty, notes, until } from "../../parts.js";
import { changed, here } from "../../route.js";
import { table } from "../../table.js";

const MEANT =
  "Past days are replayed with what was known then, and each forecast is held against what came. The bars span P10 to P90: about 8 of 10 should hold what came; if all do, the ranges are too wide.";
const WAYS = {
  run_rate: ["Run rate", "as much as in the same time before"],
  stage_weighted: ["Stage-weighted", "each stage's usual win rate times its deals"],
  stage_table: ["Stage table", "win rates by stage and age, and the last new deals"],
  model_last_new: ["Model, last new deals", "the model's open deals, and as many new ones as before"],
  commit: ["Reps' commit", "what reps call commit, as if certain"],
  call: ["Managers' call", "what was called"],
  probability_amount: ["P × amount", "the chance times the amount, whenever it closes"],
};

/** `accuracy(signal)(measure)`: the card, which fetches what it shows the first time it is drawn. */
export function accuracy(signal) {
  let asked = null;
  const fetched = () =>
    (asked ??= get("v1/accuracy", {}, { signal }).catch((trouble) => {
      asked = null;
      throw trouble;
    }));
  return (measure) => {
    const place = h("div", {});
    until(place, fetched, (told) => drawn(told, measure), { what: "past forecasts", shape: "chart" });
    return card("Past forecasts against what came", { size: "wide", explain: MEANT }, place);
  };
}

function drawn(told, measure) {
  const { backtest, saved } = told;
  if (!backtest && !saved.length) {
    return empty(
      "No past forecasts to judge yet",
      "",
      told.notes.map((text) => h("p", {}, text)),
    );
  }
  return [backtest && replays(told, backtest, measure), saved.length > 0 && kept(told, measure), notes(told.notes)];
}

function replays(told, backtest, measure) {
  const root = h("div", {});
  const names = backtest.stretches.map(({ stretch }) => stretch);
  const draw = () => {
    const chosen = names.includes(here().query.stretch) ? here().query.stretch : names.at(-1);
    const choose = (stretch) => {
      history.replaceState(null, "", changed({ stretch }));
      draw();
      root.querySelector("[aria-pressed=true]")?.focus();
    };
    fill(
      root,
      h(
        "div",
        { class: "filters" },
        choice(
          "How far ahead",
          names.map((name) => [name, `${name} ahead`]),
          chosen,
          choose,
        ),
      ),
      stretch(
        told,
        backtest,
        backtest.stretches.find((one) => one.stretch === chosen),
        measure,
      ),
    );
  };
  draw();
  return root;
}

function stretch(told, backtest, one, measure) {
  const judged = one[measure.key];
  const rows = backtest.points
    .filter((point) => point.stretch === one.stretch)
    .map((point) => ({
      ...point[measure.key],
      day: day(point.as_of),
      label: date(point.as_of),
      end: lastDay(point.end),
      tip_said: measure.show(point[measure.key].said),
      tip_came: measure.show(point[measure.key].came),
      tip_range: `${measure.show(point[measure.key].p10)} to ${measure.show(point[measure.key].p90)}`,
      result: point[measure.key].held ? "in the range" : "outside",
    }));
  const held = rows.filter((row) => row.held).length;
  const text = `Of ${count(rows.length)} forecasts ${one.stretch} ahead, the range held what came in ${count(held)}; 8 of 10 is meant.`;
  return h(
    "div",
    { class: "split" },
    h(
      "div",
      {},
      h(
        "p",
        {},
        text,
        judged.held.low !== null &&
          h(
            "span",
            { class: "quiet" },
            ` With so few, the true share may be anything from ${percent(judged.held.low)} to ${percent(judged.held.high)}.`,
          ),
      ),
      chart("held", rows, {
        alt: text,
        height: 260,
        file: `past-forecasts-${one.stretch}`,
        columns: [
          { key: "label", label: "Said on", main: true, value: (row) => row.day, show: (row) => row.label },
          { key: "end", label: "Of the time until" },
          { key: "said", label: "Expected", number: true, show: (row) => row.tip_said },
          { key: "p10", label: "P10", number: true, show: (row) => measure.show(row.p10) },
          { key: "p90", label: "P90", number: true, show: (row) => measure.show(row.p90) },
          { key: "came", label: "Came", number: true, show: (row) => row.tip_came },
          { key: "result", label: "Result" },
        ],
      }),
    ),
    h("div", {}, h("h3", {}, "How far off, beside simpler ways"), errors(judged, measure)),
  );
}

function errors(judged, measure) {
  const rows = [
    { ...judged.model, name: "Leadcast", about: "this forecast", $class: "strong" },
    ...judged.baselines.map((way) => ({ ...way, name: WAYS[way.name]?.[0] ?? way.name, about: WAYS[way.name]?.[1] ?? "" })),
  ];
  const columns = [
    {
      key: "name",
      label: "Way",
      main: true,
      show: ({ name, about }) => h("span", { class: "deal-cell" }, name, h("span", { class: "quiet wraps" }, about)),
    },
    { key: "mae", label: "Off by", number: true, explain: "mean absolute error", show: ({ mae }) => measure.show(mae, { short: true }) },
    { key: "wape", label: "In %", number: true, explain: "all errors over all that came (WAPE)", show: ({ wape }) => percent(wape, 0) },
    {
      key: "bias",
      label: "Too high by",
      number: true,
      explain: "said less came, over what came; below zero: too low",
      show: ({ bias }) => (bias === null ? percent(null) : `${points(100 * bias)} %`),
      phone: false,
    },
  ];
  return table({ caption: "Errors of past forecasts beside simpler ways", columns, rows, name: "past-forecast-errors", sorted: "wape" });
}

/** Saved forecasts of periods that are over. */
function kept(told, measure) {
  const columns = [
    { key: "period", label: "Period", main: true, value: ({ period }) => period.name },
    { key: "as_of", label: "Said on", show: (row) => date(row.as_of) },
    {
      key: "said",
      label: "Expected",
      number: true,
      value: (row) => row[measure.key].said,
      show: (row) => measure.show(row[measure.key].said, { short: true }),
    },
    {
      key: "range",
      label: "8 of 10 cases",
      number: true,
      phone: false,
      value: (row) => row[measure.key].p10,
      show: (row) => `${measure.show(row[measure.key].p10, { short: true })} to ${measure.show(row[measure.key].p90, { short: true })}`,
    },
    {
      key: "came",
      label: "Came",
      number: true,
      value: (row) => row[measure.key].came,
      show: (row) => measure.show(row[measure.key].came, { short: true }),
    },
    {
      key: "held",
      label: "Range held",
      value: (row) => row[measure.key].held,
      show: (row) => (row[measure.key].held ? "yes" : h("span", { class: "bad-text" }, "no")),
    },
    { key: "note", label: "Note", phone: false, show: ({ note }) => note },
  ];
  return [
    h("h3", {}, "Saved forecasts of periods that are over"),
    table({ caption: "Saved forecasts against what came", columns, rows: told.saved, name: "saved-forecasts" }),
  ];
}

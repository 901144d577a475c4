// Fit × engagement: where the open leads stand, and how likely each corner is to succeed. A press on a cell shows its leads.

import { h } from "../../dom.js";
import { count, percent, plural } from "../../format.js";
import { download } from "../../parts.js";
import { plain } from "../records/words.js";

const BANDS = ["low", "fair", "good", "high"];
const COLUMNS = ["fit_from", "fit_to", "engagement_from", "engagement_to", "count", "mean_probability"].map((key) => ({ key }));

/**
 * `grid`: as the API has it; `chosen`: "fit,engagement" as numbers of bands, or null; `onchoose(cell)` with the same, or null.
 */
export function leadGrid({ grid, chosen, onchoose }) {
  const edges = [...new Set(grid.cells.map(({ fit_from: from }) => from))].sort((a, b) => a - b);
  const most = Math.max(...grid.cells.map(({ mean_probability: mean }) => mean ?? 0), 0.001);
  const buttons = new Map();
  const press = (key) => {
    const now = buttons.get(key).getAttribute("aria-pressed") === "true" ? null : key;
    buttons.forEach((button, one) => button.setAttribute("aria-pressed", String(one === now)));
    onchoose(now);
  };
  const one = (fit, engagement) => {
    const found = grid.cells.find(({ fit_from: from, engagement_from: other }) => from === edges[fit] && other === edges[engagement]);
    const key = `${fit},${engagement}`;
    const level = found.count ? Math.max(1, Math.round(found.mean_probability / most * 4)) : 0;
    const button = h("button", { type: "button", "aria-pressed": String(chosen === key), disabled: found.count === 0, class: `grid-level-${level}`,
      title: `Fit ${band(found.fit_from, found.fit_to)}, engagement ${band(found.engagement_from, found.engagement_to)}`, onclick: () => press(key) },
    h("strong", {}, count(found.count)), h("span", {}, found.count ? percent(found.mean_probability) : "–"));
    buttons.set(key, button);
    return h("td", {}, button);
  };
  const up = [...edges.keys()].reverse();
  return [h("table", { class: "grid" }, h("caption", {}, `Open leads by fit and engagement: how many, and their mean probability of ${plain(grid.target)}`),
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "colgroup", colspan: edges.length }, "Engagement")),
      h("tr", {}, h("th", { scope: "col" }, "Fit"), [...edges.keys()].map((place) => h("th", { scope: "col" }, BANDS[place])))),
    h("tbody", {}, up.map((fit) => h("tr", {}, h("th", { scope: "row" }, BANDS[fit]), [...edges.keys()].map((engagement) => one(fit, engagement)))))),
  h("p", { class: "quiet" }, `Each cell: how many leads, and their mean probability of ${plain(grid.target)}; the stronger the colour, the more likely.`,
    grid.in_no_cell > 0 && ` ${plural(count(grid.in_no_cell), "lead")} without one of the two scores.`),
  h("div", { class: "table-tools" }, download("fit-and-engagement", COLUMNS, grid.cells))];
}

const band = (from, to) => `${count(from)} to ${count(to)}`;

// Another win rate of a segment: a column, one of its values, and by how much.

import { post } from "../../api.js";
import { fill, h } from "../../dom.js";
import { points } from "../../format.js";
import { select, until } from "../../parts.js";
import { withRate } from "./changes.js";
import { sending } from "./fields.js";

const MOST = 500;

export function rateForm(view, add) {
  const columns = view.company.columns[view.told.entity];
  const place = h("div", {});
  const draw = (column) =>
    until(
      place,
      () => values(view, column),
      (known) => segment(view, column, known, add),
      { what: "its values", shape: "rows" },
    );
  const first = ["region", "segment", "product", "source"].find((name) => columns.includes(name)) ?? columns[0];
  draw(first);
  return [
    h(
      "div",
      { class: "fields" },
      select(
        "Of which",
        columns.map((name) => [name, name]),
        first,
        draw,
      ),
    ),
    place,
  ];
}

function segment(view, column, known, add) {
  if (!known.length) return h("p", { class: "quiet" }, `No ${view.told.what} have a ${column}.`);
  let value = known[0][0];
  const share = h("input", { type: "range", min: "-50", max: "100", step: "5", value: "10" });
  const said = h("output", {}, words(share.value));
  share.addEventListener("input", () => fill(said, words(share.value)));
  return sending(
    "Add this change",
    () => add((changes) => withRate(changes, { column, value, factor: 1 + Number(share.value) / 100 })),
    h(
      "div",
      { class: "fields" },
      select("Which one", known, value, (chosen) => {
        value = chosen;
      }),
      h("label", { class: "field" }, h("span", {}, "Win rate"), h("span", { class: "slider" }, share, said)),
    ),
    h("p", { class: "quiet" }, "Of the open deals and of new business alike; no chance passes 100 %."),
  );
}

const words = (percentage) => `${points(Number(percentage))} %`;

/** The values of a column that open deals or new business of the period have, as [value, label]; people by their names. */
async function values(view, column) {
  const { parts } = await post("v1/forecast", { ...view.asked, by: column }, { signal: view.signal });
  const label = (name) => view.company.team[column]?.find((one) => one.name === name)?.label ?? name;
  return Object.entries(parts)
    .filter(([, part]) => part.open_deals > 0 || part.count.new > 0)
    .slice(0, MOST)
    .map(([name]) => [name, label(name)]);
}

// The funnel: how many go on from stage to stage, where it leaks and what that costs, and who does better than others.

import { h } from "../dom.js";
import { empty, loading, until } from "../parts.js";
import { choices } from "./funnel/asked.js";
import { controls, partsNav } from "./funnel/controls.js";

const PATIENCE_MILLISECONDS = 400;
const SHAPES = { stages: "tiles", compare: "rows", cohorts: "chart", sources: "rows", response: "chart" };

export async function show({ company, place }) {
  const chosen = choices(company, place.query);
  if (!chosen.paths.length) {
    return empty("No stages yet", "The funnel needs a pipeline: name the stages of leads or deals under [[pipelines]] in leadcast.toml.");
  }
  keepFocus();
  const body = h("div", { class: "funnel-part" });
  const drawn = import(`./funnel/${chosen.part}.js`).then(({ part }) =>
    until(body, () => part(company, chosen, place.query), (found) => found, { what: "the funnel", shape: SHAPES[chosen.part] }));
  // A quick answer takes the place of the one before at once; grey shapes are for slow ones.
  await Promise.race([drawn, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MILLISECONDS); })]);
  if (!body.childElementCount) body.append(loading("the funnel", SHAPES[chosen.part]));
  return [controls(company, chosen), partsNav(chosen), body];
}

/** After a choice the bar is made anew: whoever works with the keyboard stays at the same control. */
function keepFocus() {
  const before = document.activeElement;
  const bar = before?.closest(".funnel-filters, .parts-nav, .card-head");
  if (!bar) return;
  const kind = `.${bar.classList[0]}`;
  const all = () => [...document.querySelectorAll(`${kind} :is(select, button, a, input)`)];
  const position = all().indexOf(before);
  const watcher = new MutationObserver(() => {
    watcher.disconnect();
    all()[position]?.focus({ preventScroll: true });
  });
  watcher.observe(document.getElementById("content"), { childList: true });
}

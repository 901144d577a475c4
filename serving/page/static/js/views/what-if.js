// What if: change something about the forecast, and see both beside each other. Nothing is kept until the reader saves it.

import { get, post } from "../api.js";
import { prefetch } from "../charts.js";
import { fill, h } from "../dom.js";
import { card, cards, until } from "../parts.js";
import { changed } from "../route.js";
import { body, chips, count, read, written } from "./what-if/changes.js";
import { form } from "./what-if/form.js";
import { keptCard, saving } from "./what-if/kept.js";
import { compared, lead } from "./what-if/result.js";
import { ofOutlook, ofPart } from "./what-if/standing.js";

export async function show({ company, place, signal }) {
  prefetch("before-after");
  const asked = { period: place.query.period ?? company.period, as_of: place.query.as_of };
  const told = await get("v1/outlook", asked, { signal });
  const view = { company, told, signal, place, asked, changes: read(place.query.changes), opened: place.query.scenario ?? null, running: null };
  return drawn(view);
}

/** The view: what can be changed at the left, what comes of it at the right, and what was kept below. */
function drawn(view) {
  const said = h("p", { class: "lead", "aria-live": "polite" });
  const list = h("div", {});
  const right = h("div", { class: "result" });
  const kept = keptCard(view);
  const save = saving(view, kept.refresh);
  const change = (changes) => {
    Object.assign(view, { changes, opened: null });
    history.pushState(null, "", changed({ changes: written(changes), scenario: null }));
    draw();
  };
  const draw = () => {
    save.hidden = true;
    fill(list, view.opened ? null : chips(view, change));
    view.running?.abort();
    view.running = new AbortController();
    view.signal.addEventListener("abort", () => view.running.abort(), { once: true });
    until(
      right,
      () => worked(view),
      (found) => {
        fill(said, lead(view, found));
        save.hidden = !found.after || view.opened !== null;
        return compared(view, found);
      },
      { what: "what comes of it", shape: "chart" },
    );
  };
  fill(said, lead(view, { before: ofOutlook(view.told), after: null }));
  draw();
  const whose = ["region", "manager", "owner"].some((level) => view.place.query[level]);
  return [
    h(
      "div",
      { class: "forecast what-if" },
      said,
      whose &&
        h(
          "p",
          { class: "quiet" },
          view.company.caller.limited
            ? "A scenario is of all that you may see, whoever is chosen above."
            : "A scenario is of everybody's deals, whoever is chosen above; the search below is of theirs.",
        ),
      h(
        "div",
        { class: "sides" },
        h(
          "div",
          { class: "changing" },
          card(
            "Change something",
            { explain: "Changes add up. They are in the address of this page, so that a link brings them along." },
            list,
            form(view, change),
          ),
          save,
        ),
        right,
      ),
      cards(kept.card),
    ),
  ];
}

/** What the service makes of the changes: {before, after, sentences}; without changes, the forecast alone. */
async function worked(view) {
  const options = { signal: view.running.signal };
  if (view.opened) {
    const scenario = await get(`v1/forecasts/${encodeURIComponent(view.opened)}`, { rows: false }, options);
    const base = scenario.base === null ? null : await get(`v1/forecasts/${encodeURIComponent(scenario.base)}`, { rows: false }, options);
    return {
      before: base?.total ? ofPart(base.total, view.told.money) : null,
      after: scenario.total && ofPart(scenario.total, view.told.money),
      sentences: scenario.changes,
      period: scenario.period,
      note: scenario.note,
    };
  }
  if (count(view.changes) === 0) return { before: ofOutlook(view.told), after: null, sentences: [], period: view.told.period };
  const found = await post("v1/scenarios", { ...body(view), save: false }, options);
  return {
    before: ofPart(found.before, view.told.money),
    after: ofPart(found.after, view.told.money),
    sentences: found.changes,
    period: found.period,
  };
}

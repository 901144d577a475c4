// Scenarios that are kept: save the one at hand, find those saved before.

import { get, post } from "../../api.js";
import { fill, h } from "../../dom.js";
import { date, money } from "../../format.js";
import { card, empty, failed, until } from "../../parts.js";
import { changed, link, shared } from "../../route.js";
import { table } from "../../table.js";
import { inDeals } from "../forecast/measure.js";
import { body } from "./changes.js";

const LOOKED_AT = 200;

/** A note and a button that keeps the scenario. */
export function saving(view, refresh) {
  if (view.company.caller.limited) return card("Save it", {}, h("p", { class: "quiet" }, "A key that is limited to some owners keeps no scenario."));
  const note = h("input", { type: "text", maxlength: "1000", placeholder: "Such as: if the large one slips" });
  const said = h("p", { class: "quiet", role: "status" });
  const button = h("button", { type: "submit", class: "button" }, "Save this scenario");
  const send = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const { saved } = await post("v1/scenarios", { ...body(view), save: true, note: note.value }, { signal: view.signal });
      fill(said, "Saved as ", h("a", { href: toScenario(saved) }, saved.slice(0, 12)), ".");
      refresh();
    } catch (trouble) {
      if (trouble.name !== "AbortError") fill(said, failed(trouble));
    }
    button.disabled = false;
  };
  return card(
    "Save it",
    {},
    h("form", { class: "save-form", onsubmit: send }, h("label", { class: "field" }, h("span", {}, "Note"), note), button),
    said,
  );
}

const toScenario = (id) => link("what-if", { ...shared(), scenario: id });

/** The saved scenarios, and how to bring them up to date. */
export function keptCard(view) {
  const place = h("div", {});
  const refresh = () =>
    until(
      place,
      () => get("v1/forecasts", { limit: LOOKED_AT }, { signal: view.signal }),
      ({ items }) =>
        list(
          view,
          items.filter(({ base }) => base !== null),
        ),
      { what: "saved scenarios" },
    );
  refresh();
  return {
    card: card(
      "Saved scenarios",
      {
        wide: true,
        tools: view.opened ? [h("a", { class: "button small", href: changed({ scenario: null }) }, "Back to a scenario of my own")] : [],
      },
      place,
    ),
    refresh,
  };
}

function list(view, scenarios) {
  const expected = ({ amount, count }) => (view.told.money && amount ? amount : count)?.total;
  const columns = [
    {
      key: "note",
      label: "Scenario",
      main: true,
      value: ({ note, id }) => note || id.slice(0, 12),
      show: ({ note, id }) => h("a", { href: toScenario(id), "aria-current": id === view.opened ? "true" : null }, note || id.slice(0, 12)),
    },
    { key: "period", label: "Period", value: ({ period }) => period.name, show: ({ period }) => period.name },
    {
      key: "changes",
      label: "What was changed",
      sort: false,
      phone: false,
      value: ({ changes }) => changes.join(" "),
      show: ({ changes }) => h("span", { class: "wraps" }, changes.join(" ")),
    },
    {
      key: "expected",
      label: "Expected",
      number: true,
      value: expected,
      show: (row) => (view.told.money && row.amount ? money(expected(row), { short: true }) : inDeals(expected(row))),
    },
    { key: "as_of", label: "As of", phone: false, show: (row) => date(row.as_of) },
  ];
  return table({
    caption: "Scenarios that were saved",
    columns,
    rows: scenarios,
    name: "scenarios",
    onrow: ({ id }) => toScenario(id),
    none: empty("No scenarios saved yet", "Change something, then save it with a note to find it again here."),
  });
}

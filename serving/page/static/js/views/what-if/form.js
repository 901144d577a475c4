// What can be changed: a deal, a segment's win rate, people; or deals are left out.

import { fill, h } from "../../dom.js";
import { day } from "../../format.js";
import { choice } from "../../parts.js";
import { changed, here } from "../../route.js";
import { LARGEST, withDeal, withHire, without } from "./changes.js";
import { field, sending } from "./fields.js";
import { picker } from "./pick.js";
import { rateForm } from "./rate.js";

export function form(view, change) {
  const one = view.told.what.replace(/s$/, "");
  const kinds = [
    ["deal", `A ${one}`],
    ["drop", "Leave out"],
    ["rate", "Win rate"],
    ["hire", "Hire"],
  ];
  const make = { deal: dealForm, drop: dropForm, rate: rateForm, hire: hireForm };
  const root = h("div", {});
  const place = h("div", { class: "change-form" });
  const draw = (focus = false) => {
    const kind = make[here().query.kind] ? here().query.kind : "deal";
    const choose = (chosen) => {
      history.replaceState(null, "", changed({ kind: chosen === "deal" ? null : chosen }));
      draw(true);
    };
    fill(root, choice("What to change", kinds, kind, choose), place);
    fill(
      place,
      make[kind](view, (applied) => change(applied(view.changes))),
    );
    if (focus) root.querySelector("[aria-pressed=true]").focus();
  };
  draw();
  return root;
}

/** Another amount, date or chance of one deal. */
function dealForm(view, add) {
  const one = view.told.what.replace(/s$/, "");
  const place = h("div", {});
  const picked = (item) => {
    const amount = field("Amount", { type: "number", min: "0", step: "any", placeholder: item.amount ?? "unknown" }, view.told.currency);
    const close = field("Won on, if won", { type: "date", min: day(view.told.as_of) });
    const chance = field("Chance in the period", { type: "number", min: "0", max: "100", step: "1" }, "%");
    const said = h("p", { class: "quiet", role: "alert" });
    fill(
      place,
      sending(
        "Add this change",
        () => {
          const made = {
            deal_id: item.id,
            ...(amount.value !== "" && { amount: Number(amount.value) }),
            ...(close.value !== "" && { close: close.value }),
            ...(chance.value !== "" && { probability: Number(chance.value) / 100 }),
          };
          if (Object.keys(made).length === 1) {
            said.textContent = `Give ${item.id} another amount, date or chance first.`;
            return;
          }
          said.textContent = "";
          add((changes) => withDeal(changes, made));
        },
        h("div", { class: "fields" }, view.told.money && amount.node, close.node, chance.node),
        h("p", { class: "quiet" }, "The chance is to be won in the period; with a date, to be won at all. What is left empty stays."),
        said,
      ),
    );
  };
  return [picker(view, `Which ${one}?`, picked, view.place.query.deal), place];
}

function dropForm(view, add) {
  const one = view.told.what.replace(/s$/, "");
  const place = h("div", {});
  const picked = (item) =>
    fill(
      place,
      sending(`Leave out ${item.id}`, () => add((changes) => without(changes, item.id))),
    );
  return [
    view.told.money &&
      h(
        "p",
        {},
        h(
          "button",
          { type: "button", class: "button strong", onclick: () => add((changes) => without(changes, LARGEST)) },
          `Leave out the largest open ${one}`,
        ),
      ),
    picker(view, `Or which ${one}?`, picked),
    place,
  ];
}

function hireForm(view, add) {
  const from = Math.max(new Date(view.told.as_of), new Date(view.told.period.start));
  const reps = field("People", { type: "number", min: "1", max: "10000", step: "1", value: "1", required: true });
  const start = field("First day", { type: "date", value: day(new Date(from).toISOString()), required: true });
  const ramp = field("Days to get up to speed", { type: "number", min: "0", max: "3650", step: "1", value: "90", required: true });
  const pace = field("Wins of each in 30 days", { type: "number", min: "0", max: "1000", step: "any", required: true });
  const unknown = !view.company.team.owner.length;
  return sending(
    "Add these people",
    () =>
      add((changes) =>
        withHire(changes, {
          reps: Number(reps.value),
          start: start.value,
          ramp_days: Number(ramp.value),
          ...(unknown && { per_rep_per_day: Number(pace.value) / 30 }),
        }),
      ),
    h("div", { class: "fields" }, reps.node, start.node, ramp.node, unknown && pace.node),
    h(
      "p",
      { class: "quiet" },
      unknown
        ? "Nobody owns anything here, so say how many wins each of them brings."
        : "They bring new business as the present people do on average, once they are up to speed.",
    ),
  );
}

// Find one of the open deals (or leads), by the beginning of its id or account, or by its owner's name.

import { get } from "../../api.js";
import { fill, h } from "../../dom.js";
import { money, percent } from "../../format.js";
import { failed } from "../../parts.js";
import { shared } from "../../route.js";
import { searched } from "../records/filters.js";
import { outcome } from "../records/words.js";

const SHOWN = 6;
const PAUSE = 250;

/** A search with what it finds as buttons; `picked(item)` gets {id, owner, stage, amount}. `first`: an id to begin with. */
export function picker(view, label, picked, first = null) {
  const found = h("div", { class: "found" });
  const search = h("input", { type: "search", placeholder: "Id, account, owner's name", autocomplete: "off", value: first });
  let timer = null;
  const look = async () => {
    try {
      const items = await openOnes(view, search.value.trim());
      if (!items.length) fill(found, h("p", { class: "quiet" }, `No open ${view.told.what} match. The beginning of an id or account finds them, or their owner's name.`));
      else
        fill(
          found,
          items.map((item) => option(view, item, choose)),
        );
      return items;
    } catch (trouble) {
      if (trouble.name !== "AbortError") fill(found, failed(trouble, look));
      return [];
    }
  };
  const choose = (item) => {
    fill(
      found,
      h(
        "div",
        { class: "picked" },
        described(view, item),
        h(
          "button",
          {
            type: "button",
            class: "button small",
            onclick: () => {
              search.value = "";
              look().then(() => search.focus());
            },
          },
          "Another",
        ),
      ),
    );
    picked(item);
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  look().then((items) => {
    if (first && items[0]?.id === first) choose(items[0]);
  });
  return h("div", { class: "picker" }, h("label", { class: "field" }, h("span", {}, label), search), found);
}

async function openOnes(view, text) {
  const leads = view.told.entity === "lead";
  const { region, manager, owner } = shared();
  const sort = leads || !view.told.money ? "probability" : "amount";
  const asked = { open: "true", limit: SHOWN, sort, region, manager, owner, ...searched(view.company, text, owner) };
  const { items } = await get(leads ? "v1/leads" : "v1/opportunities", asked, { signal: view.signal });
  const target = view.company.targets.find(({ won, entity }) => won && entity === view.told.entity);
  return items.map((item) => ({
    id: item.opportunity_id ?? item.lead_id,
    owner: item.owner,
    stage: item.stage,
    amount: item.amount ?? null,
    chance: target ? chanceWords(target, item.scores.find((score) => score.target === target.name)) : null,
  }));
}

/** The chance that is kept, with its own horizon: it is not the chance to be won in the period. */
const chanceWords = (target, score) => score && `${outcome(target).replace(/^is /, "")}: ${percent(score.probability)}`;

const option = (view, item, choose) => h("button", { type: "button", class: "option", onclick: () => choose(item) }, described(view, item));

function described(view, { id, owner, stage, amount, chance }) {
  const name = view.company.team.owner.find((one) => one.name === owner)?.label ?? owner;
  return h(
    "span",
    { class: "described" },
    h("strong", { class: "id", title: id }, id),
    h("span", { class: "quiet" }, [name, stage].filter(Boolean).join(" · ")),
    h("span", { class: "quiet numbers-of" }, amount !== null && h("span", {}, money(amount, { short: true })), chance && h("span", {}, chance)),
  );
}

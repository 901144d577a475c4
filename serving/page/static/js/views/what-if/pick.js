// Find one of the open deals (or leads), by the beginning of its id, owner or account.

import { get } from "../../api.js";
import { fill, h } from "../../dom.js";
import { money, percent } from "../../format.js";
import { failed } from "../../parts.js";
import { shared } from "../../route.js";

const SHOWN = 6;
const PAUSE = 250;

/** A search with what it finds as buttons; `picked(item)` gets {id, owner, stage, amount, probability}. `first`: an id to begin with. */
export function picker(view, label, picked, first = null) {
  const found = h("div", { class: "found" });
  const search = h("input", { type: "search", placeholder: "Id, owner or account", autocomplete: "off", value: first });
  let timer = null;
  const look = async () => {
    try {
      const items = await openOnes(view, search.value.trim());
      if (!items.length) fill(found, h("p", { class: "quiet" }, `No open ${view.told.what} begin with this.`));
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
  const asked = { q: text, open: "true", limit: SHOWN, sort: leads || !view.told.money ? "probability" : "amount", region, manager, owner };
  const { items } = await get(leads ? "v1/leads" : "v1/opportunities", asked, { signal: view.signal });
  const winning = new Set(view.company.targets.filter(({ won }) => won).map(({ name }) => name));
  return items.map((item) => ({
    id: item.opportunity_id ?? item.lead_id,
    owner: item.owner,
    stage: item.stage,
    amount: item.amount ?? null,
    probability: item.scores.find(({ target }) => winning.has(target))?.probability ?? null,
  }));
}

const option = (view, item, choose) => h("button", { type: "button", class: "option", onclick: () => choose(item) }, described(view, item));

function described(view, { id, owner, stage, amount, probability }) {
  const name = view.company.team.owner.find((one) => one.name === owner)?.label ?? owner;
  return h(
    "span",
    { class: "described" },
    h("strong", {}, id),
    h("span", { class: "quiet" }, [name, stage].filter(Boolean).join(" · ")),
    h(
      "span",
      { class: "quiet numbers-of" },
      [amount !== null && money(amount, { short: true }), probability !== null && percent(probability)].filter(Boolean).join(" · "),
    ),
  );
}

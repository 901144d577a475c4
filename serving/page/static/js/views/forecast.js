// Forecast: will the quota be reached, what changed since last week, who brings it, and what may go wrong.

import { get } from "../api.js";
import { prefetch } from "../charts.js";
import { fill, h } from "../dom.js";
import { cards, choice, empty, notes } from "../parts.js";
import { changed, here, shared } from "../route.js";
import { accuracy } from "./forecast/accuracy.js";
import { callsCard } from "./forecast/calls.js";
import { categoriesCard } from "./forecast/categories.js";
import { changesCard } from "./forecast/changes.js";
import { madeAt } from "./forecast/freshness.js";
import { leadSentence } from "./forecast/lead.js";
import { measures } from "./forecast/measure.js";
import { riskCard } from "./forecast/risks.js";
import { standingTiles, standingCard } from "./forecast/standing.js";
import { teamCard } from "./forecast/team.js";
import { weeksCard } from "./forecast/weeks.js";

export async function show({ company, place, signal }) {
  prefetch("fan", "standing", "waterfall");
  const asked = { period: place.query.period ?? company.period, as_of: place.query.as_of, ...shared() };
  let told = await get("v1/outlook", asked, { signal });
  const root = h("div", { class: "forecast" });
  const past = accuracy(signal);
  const anew = async () => {
    told = await get("v1/outlook", { ...asked, anew: true }, { signal });
    draw();
  };
  const draw = () => fill(root, isEmpty(told) ? nothing(told) : parts(told, company, past, { anew, redraw: draw }));
  draw();
  return [root];
}

/** What the view holds; a choice of the reader is drawn in place, so that the keyboard stays where it was. */
function parts(told, company, past, { anew, redraw }) {
  const offered = measures(told);
  const chosen = offered.find(({ key }) => key === here().query.in) ?? offered[0];
  const each = chosen.ofParts ? chosen : offered[0];
  const choose = (key) => {
    history.replaceState(null, "", changed({ in: key === offered[0].key ? null : key }));
    redraw();
    document.querySelector(".measure-choice [aria-pressed=true]")?.focus();
  };
  return [
    leadSentence(told, each),
    h(
      "div",
      { class: "above" },
      madeAt(told, company, anew),
      offered.length > 1 &&
        h(
          "div",
          { class: "measure-choice" },
          choice(
            "Told in",
            offered.map(({ key, label }) => [key, label]),
            chosen.key,
            choose,
          ),
        ),
    ),
    standingTiles(told, chosen),
    cards(weeksCard(told, each), standingCard(told, chosen)),
    cards(changesCard(told, each)),
    cards(riskCard(told, each), categoriesCard(told, each)),
    cards(teamCard(told, each)),
    callsCard(told),
    cards(past(each)),
    notes([...(chosen.ofParts ? [] : [`${chosen.label} is known of the whole only: weeks, changes and people are told in revenue.`]), ...told.notes]),
  ];
}

const isEmpty = ({ total }) => total.open_deals === 0 && total.count.total === 0 && !total.quota;

const nothing = (told) =>
  empty(
    `No ${told.what} in ${told.period.name}`,
    `Nothing was won, nothing is open, and nothing new is expected${Object.values(told.scope).some(Boolean) ? " of these people" : ""}. ` +
      "Choose another period above, or load records with leadcast load.",
  );

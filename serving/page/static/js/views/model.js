// Model: can its percentages be trusted, how well does it rank, what moves it, where to take care, and has the world moved since.

import { Trouble, get } from "../api.js";
import { prefetch } from "../charts.js";
import { h } from "../dom.js";
import { cards, choice, empty } from "../parts.js";
import { changed, go } from "../route.js";
import { driftCard } from "./model/drift.js";
import { featuresCard } from "./model/features.js";
import { lead, limitsCard, tilesOf, wordsCard } from "./model/lead.js";
import { membersCard } from "./model/members.js";
import { gainCard, reliabilityCard, simplerCard } from "./model/quality.js";
import { segmentsCard } from "./model/segments.js";
import { agesCard, periodsCard } from "./model/time.js";
import { versionsCard } from "./model/versions.js";

export async function show({ company, place, signal }) {
  const { targets } = company;
  if (!targets.length) return nothing();
  prefetch("model-reliability", "model-gain", "model-periods");
  const chosen = targets.find(({ name }) => name === place.query.target) ?? targets[0];
  try {
    const model = await get(`v1/models/${encodeURIComponent(chosen.name)}`, {}, { signal });
    return [picker(targets, chosen), h("div", { class: "model" }, parts(model, company))];
  } catch (trouble) {
    if (trouble instanceof Trouble && trouble.status === 404) return [picker(targets, chosen), nothing(chosen.name)];
    throw trouble;
  }
}

function parts(model, company) {
  const judged = model.judged_on !== null;
  return [
    lead(model),
    judged && tilesOf(model),
    cards(wordsCard(model), limitsCard(model)),
    judged && cards(reliabilityCard(model), gainCard(model)),
    judged && cards(simplerCard(model)),
    judged && cards(periodsCard(model), agesCard(model)),
    cards(driftCard(model)),
    cards(featuresCard(model), membersCard(model)),
    judged && cards(segmentsCard(model, company)),
    cards(versionsCard(model)),
  ];
}

function picker(targets, chosen) {
  if (targets.length < 2) return null;
  return h("div", { class: "above" }, choice("Target", targets.map(({ name }) => [name, name]), chosen.name,
    (name) => go(changed({ target: name === targets[0].name ? null : name }))));
}

const nothing = (target = null) => empty(target === null ? "No model yet" : `No model answers for ${target}`,
  "A model is learned from the outcomes of the past. ", h("p", {}, "Whoever runs the service makes one with ", h("code", {}, "leadcast train --promote"), "."));

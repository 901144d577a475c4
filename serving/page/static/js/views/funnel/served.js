// The source that waits longest for us, as a sentence; it comes in behind the first numbers, as it needs every event.

import { fill, h } from "../../dom.js";
import { changed } from "../../route.js";
import { asked } from "./asked.js";
import { servedSaid } from "./said.js";

/** A place that is filled when the answer is there; it stays empty where no source can be told. */
export function worstServed(chosen) {
  const place = h("span", { "aria-live": "polite" });
  const path = ["leads_to_deals", "leads"].find((name) => chosen.paths.some(([known]) => known === name));
  if (!path || (chosen.where.length && path !== chosen.path)) return place;  // a filter of deals may not be one of leads
  const ask = { ...chosen.query, path, pipeline: path === chosen.path ? chosen.pipeline : null };
  asked("v1/funnel/sources", ask).then((told) => {
    const worst = told.worst_served;
    if (!worst && told.whole.response) fill(place, " No source stands out as served worse than the others.");
    if (worst) fill(place, " Worst served: ", h("a", { href: changed({ part: "sources", by: null }) }, h("strong", {}, worst.name)), servedSaid(worst, told));
  }, () => {});  // without sources, or without events, there is nothing to say
  return place;
}

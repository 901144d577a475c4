// The funnel in sentences: where it leaks, what is slow, what there is not.

import { h } from "../../dom.js";
import { count, days, money, percent, plural } from "../../format.js";
import { empty } from "../../parts.js";
import { changed } from "../../route.js";

/** What a path follows: leads, or deals. */
export const things = (path) => (path === "deals" ? "deals" : "leads");

/** What stands in a stage. */
const thingsIn = (stage) => (stage.entity === "lead" ? "leads" : "deals");

/** Stages under names that tell them apart: where leads and deals both have a "won", it says whose. */
export function toldApart(stages) {
  const twice = (name) => stages.filter(({ stage }) => stage === name).length > 1;
  return stages.map((one) => (twice(one.stage) ? { ...one, stage: `${one.stage} (${thingsIn(one).slice(0, -1)})` } : one));
}

/** The stages to choose from as a goal, the first one left out; of two with one name the service takes the last. */
export const goals = (stages) => [...new Set(stages.slice(1).map(({ stage }) => stage))].map((name) => [name, name]);

/** Where it leaks most and what is slowest, with their costs, as nodes. */
export function leakSentence(cost, path) {
  const worst = cost.stages.find(({ rank }) => rank === 1);
  const slow = cost.stages.find(({ slowest }) => slowest);
  if (!worst) return `There is one stage alone, so that no ${things(path)} can leak.`;
  if (worst.cost === null || !worst.cost) return [withoutMoney(cost.stages), slow && [" The slowest stage is ", strong(slow.stage), `: ${stay(slow)}.`]];
  const leak = [strong(worst.stage), " leaks most: it costs about ", strong(`${money(worst.cost, { short: true })} in 30 days`), why(worst)];
  if (!slow) return [leak, "."];
  if (slow === worst) return [leak, `. It is the slowest stage, too: ${stay(slow)}.`];
  return [leak, ". The slowest stage is ", strong(slow.stage), `: ${stay(slow)}`,
    slow.cost ? [", and it costs about ", strong(`${money(slow.cost, { short: true })} in 30 days`)] : "", "."];
}

function withoutMoney(stages) {
  const most = stages.reduce((one, other) => (other.lost > one.lost ? other : one), stages[0]);
  return most.lost ? ["Most are lost in ", strong(most.stage), `: ${count(most.lost)}.`] : "Nobody has been lost yet.";
}

function why(stage) {
  const lost = `the ${plural(count(stage.lost), thingsIn(stage).slice(0, -1))} lost there`;
  if (stage.drop_cost === null || stage.drop_cost < (stage.delay_cost ?? 0)) return ", most of it by staying longer than won deals do";
  return stage.delay_cost ? `, most of it through ${lost}` : `, through ${lost}`;
}

/** How long half of them stay in a stage, and the won ones. */
export function stay(stage) {
  if (stage.median_days === null) return stage.median_above_days === null ? "nobody knows how long they stay" : `half have not left yet, it takes them more than ${days(stage.median_above_days)}`;
  return `half leave within ${days(stage.median_days)}${stage.won_median_days === null ? "" : `, won ones within ${days(stage.won_median_days)}`}`;
}

const strong = (text) => h("strong", {}, text);

/** Nobody entered in the time and the filters that were asked for. */
export function nothingEntered(chosen) {
  const narrowed = chosen.where.length || chosen.scope;
  return empty(`No ${things(chosen.path)} entered in this time`, narrowed ? "Take a filter away, or look at a longer time." : "Look at a longer time.",
    chosen.entered !== "all" && h("p", {}, h("a", { href: changed({ entered: "all" }) }, "Show all time")));
}

/** There is no column to compare by. */
export const nothingToCompare = (chosen) => empty("Nothing to compare by", `The ${things(chosen.path)} have no column with values: map attributes such as product or segment in leadcast.toml.`);

/** A sentence of the service with its percentages as the reader's language writes them. */
export const inOurWords = (text) => text.replace(/(\d+) %/g, (_, whole) => percent(Number(whole) / 100));

/** A number on a ground that is darker the more it is; `share` from 0 to 1. */
export const shade = (share, text, title = null) => h("span", { class: "shade", style: `--share:${Math.max(0, Math.min(1, share || 0)).toFixed(2)}`, title }, text);

/** How long a source waits and what share of it goes on, behind its name. */
export function servedSaid(worst, told) {
  const wait = worst.response?.median_hours;
  const digits = percent(worst.conversion) === percent(told.whole.conversion) ? 1 : null;  // two numbers that differ look so
  return [wait === null || wait === undefined ? ": half of its leads have not heard from us yet" : [": half of its leads wait ", h("strong", {}, days(wait / 24)), " or longer for a first response"],
    told.whole.response?.median_hours ? ` (all: ${days(told.whole.response.median_hours / 24)})` : "",
    `, and ${percent(worst.conversion, digits)} reach ${told.stage.stage} within ${count(told.horizon_days)} days (all: ${percent(told.whole.conversion, digits)}).`];
}

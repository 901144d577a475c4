// What is said of leads and deals in words, the same in lists and on the page of one.

import { NOTHING, count, date, days, plural, shortDate } from "../../format.js";

const DAY = 86_400_000;

/** The kept score of a target; without a target, the last one. */
export const scoreOf = (record, target) => record.scores.find((score) => score.target === target) ?? (target ? null : record.scores.at(-1) ?? null);

/** The workspace's targets of leads or of deals, and the one that is asked for (default: the last, as the API has it). */
export function targetOf(company, entity, asked) {
  const known = company.targets.filter((target) => target.entity === entity);
  return { known, target: known.find(({ name }) => name === asked) ?? known.at(-1) ?? null };
}

/** What a target speaks of: "is won by 28 Sep 2026", "reaches sql within 60 days". */
export function outcome(target, score = null) {
  const what = target.won ? "is won" : `reaches ${target.name}`;
  if (score?.won_by) return `${what} by ${date(score.won_by)}`;
  return target.horizon_days === null ? what : `${what} within ${plural(count(target.horizon_days), "day")}`;
}

/** The owner's name, as far as the team knows it. */
export function nameOf(company, owner) {
  return company.team.owner.find(({ name }) => name === owner)?.label ?? owner ?? NOTHING;
}

/** Whole days from one moment to a later one, negative where it is earlier; null where one of them is missing. */
export function daysApart(from, to) {
  return from && to ? Math.round((new Date(to) - new Date(from)) / DAY) : null;
}

/** A day, with its year where it is far from now. */
export const near = (moment, now) => (Math.abs(daysApart(now, moment)) > 300 ? date(moment) : shortDate(moment));

/** "11 days later", "the same day". */
export function apart(from, to) {
  const found = daysApart(from, to);
  if (found === null) return "";
  return found === 0 ? "the same day" : `${plural(count(Math.abs(found)), "day")} ${found > 0 ? "later" : "earlier"}`;
}

/** How long it is in its stage, against those that moved on. */
export function ageInWords({ stage_age_days: age, stage_norm_days: norm }) {
  if (age === null) return "not known since when";
  return norm === null ? `for ${days(age)}` : `for ${days(age)}; those that moved on took ${days(norm)} (median)`;
}

/** How long it waits for a touch from us. */
export const waitInWords = ({ waiting_days: waiting, last_touch_at: touched }) => (waiting === null ? "No touch from us is on record"
  : touched ? `The last touch from us was ${days(waiting)} ago, on ${date(touched)}` : `It was created ${days(waiting)} ago, and there is no touch from us yet`);

/** Words of the data as people read them: email_sent is "email sent", 3 x is 3 ×. */
export const plain = (text) => String(text).replaceAll("_", " ").replace(/\b(\d+) x /g, "$1 × ");

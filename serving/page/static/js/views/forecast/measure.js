// In what the forecast is told: money, the number of deals, or margin.

import { count, money, points } from "../../format.js";
import { link, shared } from "../../route.js";

const inMoney = (value, { short = false, sign = false } = {}) => money(value, { short, sign });

/** A number of deals: an expectation of a few keeps a digit. */
export function inDeals(value, { sign = false } = {}) {
  const digits = Math.abs(value) < 9.95 && Math.abs(value % 1) > 0.05 ? 1 : 0;
  return sign ? points(value, digits) : count(value, digits);
}

/**
 * What an outlook can be told in, the best first. `of(part)`: its won, open, new, total, p10, p50, p90; `ofParts`: known of weeks and
 * people, too; `changed`: the names of its numbers in changes; `goal`: do quotas speak of it?
 */
export function measures(told) {
  const counted = {
    key: "count",
    label: capital(told.what),
    of: ({ count: figures }) => figures,
    show: inDeals,
    ofParts: true,
    changed: "count",
    goal: false,
    unit: told.what,
  };
  if (!told.money) return [counted];
  const paid = {
    key: "amount",
    label: "Revenue",
    of: ({ amount }) => amount,
    show: inMoney,
    ofParts: true,
    changed: "money",
    goal: true,
    unit: told.currency,
  };
  const margin = {
    key: "margin",
    label: "Margin",
    of: ({ margin: figures }) => figures,
    show: inMoney,
    ofParts: false,
    changed: null,
    goal: false,
    unit: told.currency,
  };
  return [paid, counted, ...(told.total.margin ? [margin] : [])];
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The view that shows what an outlook is of. */
const listOf = (told) => (told.entity === "lead" ? "leads" : "deals");

/** The link to one deal or lead, or to those of an owner, a category, ... */
export const toOne = (told, id) => link(listOf(told), shared(), id);
export const toThose = (told, which) => link(listOf(told), { ...shared(), ...which });

/** Is the period over, or not begun? */
export function phase(told) {
  if (new Date(told.as_of) >= new Date(told.period.end)) return "over";
  return new Date(told.as_of) < new Date(told.period.start) ? "ahead" : "running";
}

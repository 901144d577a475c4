// Numbers, money, days and dates as people read them: in the reader's own language, in the workspace's time zone.

const language = navigator.language || "en";
const where = { timezone: "UTC", currency: "" };
export const NOTHING = "–";

/** The workspace's time zone and currency, once they are known. */
export function settle(timezone, currency) {
  where.timezone = timezone || "UTC";
  where.currency = currency || "";
}

const made = new Map();
function numbers(options) {
  const key = JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.NumberFormat(language, options));
  return made.get(key);
}

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

/** A count: whole, or with one digit where it is an expectation. */
export function count(value, digits = 0) {
  return missing(value) ? NOTHING : numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Money in the reporting currency; `short` for tiles and axes (1.2M). */
export function money(value, { short = false, currency = where.currency, sign = false } = {}) {
  if (missing(value)) return NOTHING;
  const shown = { signDisplay: sign ? "exceptZero" : "auto", maximumFractionDigits: short && Math.abs(value) < 100 ? 1 : 0,
    ...(short && Math.abs(value) >= 10_000 ? { notation: "compact", maximumSignificantDigits: 3 } : {}) };
  if (!/^[A-Z]{3}$/.test(currency)) return numbers(shown).format(value);
  return numbers({ style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 0, ...shown }).format(value);
}

/** A share as a percentage: 0.374 is 37 %; small ones keep a digit. */
export function percent(share, digits = null) {
  if (missing(share)) return NOTHING;
  const shown = digits ?? (share !== 0 && Math.abs(share) < 0.0995 ? 1 : 0);
  return numbers({ style: "percent", maximumFractionDigits: shown, minimumFractionDigits: 0 }).format(share);
}

/** A number of points with its sign, such as a trend. */
export function points(value, digits = 0) {
  return missing(value) ? NOTHING : numbers({ maximumFractionDigits: digits, signDisplay: "exceptZero" }).format(value);
}

/** A length of time given in days, in the unit that fits: 40 min, 5 h, 12 days. */
export function days(value) {
  if (missing(value)) return NOTHING;
  const size = Math.abs(value);
  if (size < 1 / 24) return `${count(value * 1440)} min`;
  if (size < 1) return `${count(value * 24)} h`;
  const tenths = Math.round(value * 10) / 10;
  return plural(Math.abs(tenths) < 10 && !Number.isInteger(tenths) ? count(tenths, 1) : count(value), "day");
}

/** "1 deal", "3 deals"; the number is given as it is to be shown. */
export function plural(shown, one, many = `${one}s`) {
  return `${shown} ${shown === "1" || shown === 1 ? one : many}`;
}

function dates(options) {
  const key = JSON.stringify({ ...options, dates: where.timezone });
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(language, { timeZone: where.timezone, ...options }));
  return made.get(key);
}

/** A moment as a date of the workspace's calendar: 5 Mar 2026. */
export function date(moment) {
  return moment ? dates({ day: "numeric", month: "short", year: "numeric" }).format(new Date(moment)) : NOTHING;
}

/** Without the year. */
export function shortDate(moment) {
  return moment ? dates({ day: "numeric", month: "short" }).format(new Date(moment)) : NOTHING;
}

/** With the time of day. */
export function time(moment) {
  return moment ? dates({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" })
    .format(new Date(moment)) : NOTHING;
}

/** The last day before a moment: how the end of a period, which does not belong to it, is told. */
export function lastDay(moment) {
  return moment ? date(new Date(new Date(moment).getTime() - 1)) : NOTHING;
}

/** The day of a moment in the workspace's calendar, as charts take it: 2026-03-05. */
export function day(moment) {
  return moment ? new Intl.DateTimeFormat("en-CA", { timeZone: where.timezone, year: "numeric", month: "2-digit", day: "2-digit" })
    .format(new Date(moment)) : null;
}

/** How long before another moment: "3 days before", "2 h ago" with now. */
export function ago(moment, now) {
  if (!moment) return NOTHING;
  const passed = (new Date(now) - new Date(moment)) / 86_400_000;
  return passed < 1 / 1440 ? "just now" : `${days(passed)} ago`;
}

/** A name as the data have it, or "(none)"; codes with underscores become words. */
export function words(name) {
  return missing(name) || name === "" ? "(none)" : String(name);
}

export const currency = () => where.currency;

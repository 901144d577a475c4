// What the reader asked of the funnel: from the address to the words of the API and back.

import { get } from "../../api.js";
import { SHARED, decoded } from "../../route.js";

const DAY = 86_400_000;
const KEEP_MILLISECONDS = 60_000;

/** The parts of the view; the first one stands at the bare address. */
export const PARTS = [["stages", "Stages"], ["compare", "Compare"], ["cohorts", "Cohorts"], ["sources", "Sources"], ["response", "Response"]];
const OF_LEADS = ["sources", "response"];

const PATHS = [["leads", "Leads", ["lead"]], ["deals", "Deals", ["opportunity"]],
  ["leads_to_deals", "Leads to deals", ["lead", "opportunity"]]];
const SPANS = { "12m": 365, "90d": 90 };

/**
 * The reader's choices, with what stands for those that are left out.
 *
 * @returns {{part, path, paths, pipeline, pipelines, entity, columns, entered, by, where, query, scope}} `query` is for the API;
 *   `where` holds {column, value} pairs; `scope` the header's own choice, as a text
 */
export function choices(company, query) {
  const part = PARTS.some(([name]) => name === query.part) ? query.part : PARTS[0][0];
  const has = new Set(company.pipelines.map(({ entity }) => entity));
  const paths = PATHS.filter(([, , entities]) => entities.every((entity) => has.has(entity)));
  const known = (name) => paths.some(([path]) => path === name);
  const usual = [...(OF_LEADS.includes(part) ? ["leads_to_deals", "leads"] : []), "deals", "leads"].find(known) ?? null;
  const path = known(query.path) ? query.path : usual;
  const entity = PATHS.find(([name]) => name === path)?.[2][0] ?? "opportunity";
  const pipelines = company.pipelines.filter((one) => one.entity === entity).map(({ name }) => name);
  const pipeline = pipelines.includes(query.pipeline) ? query.pipeline : null;
  const entered = query.entered ?? "12m";
  const team = Object.fromEntries(["region", "manager", "owner"].map((key) => [key, query[key]]));
  const columns = (company.columns[entity] ?? []).filter((name) => company.team[name]?.length !== 0);  // no regions: nothing to tell apart
  const where = splitWhere(query.where).filter(({ column }) => columns.includes(column));
  return { part, path, paths, pipeline, pipelines, entity, columns, entered, where, by: columns.includes(query.by) ? query.by : null,
    scope: SHARED.map((key) => key !== "period" && query[key]).find(Boolean) ?? "",
    query: { path, pipeline, ...span(company, entered, query.as_of), ...team, as_of: moment(query.as_of),
      where: where.map(({ column, value }) => `${column}:${value}`) } };
}

/** Those created when: a number of days back from the newest data, a named period, or ever. */
function span(company, entered, asOf) {
  if (entered === "all") return {};
  if (!(entered in SPANS)) return { period: entered };
  const ends = Math.min(...[asOf && moment(asOf), company.now, company.data_end].filter(Boolean).map((text) => new Date(text).getTime()));
  return { from: new Date(ends - SPANS[entered] * DAY).toISOString() };
}

/** The choices of "entered in". */
export function spans(company) {
  return [["12m", "Last 12 months"], ["90d", "Last 90 days"], ["all", "All time"],
    ...company.periods.filter(({ start }) => new Date(start) <= new Date(company.now)).map(({ name, label }) => [name, label])];
}

const moment = (text) => (text && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

// Several filters stand in one key of the address, as column:value,column:value; commas and percent signs in them are escaped.
const escaped = (text) => text.replace(/[%,]/g, encodeURIComponent);

function splitWhere(text) {
  return (text ?? "").split(",").filter((one) => one.includes(":")).map((one) => {
    const [column, ...value] = decoded(one).split(":");
    return { column, value: value.join(":") };
  });
}

export const joinWhere = (where) => where.map(({ column, value }) => escaped(`${column}:${value}`)).join(",") || null;

const kept = new Map();

/** GET of an answer that several parts need; one is kept for a minute, so that going between parts asks only once. */
export function asked(path, query) {
  const key = JSON.stringify([path, query]);
  if (!kept.has(key)) {
    kept.set(key, get(path, query));
    kept.get(key).then(() => setTimeout(() => kept.delete(key), KEEP_MILLISECONDS), () => kept.delete(key));
  }
  return kept.get(key);
}

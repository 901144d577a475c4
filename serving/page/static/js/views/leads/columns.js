// The columns of the call list, which the queue gives, of all open leads, and of those who wait longest.

import { h } from "../../dom.js";
import { NOTHING, count, date } from "../../format.js";
import { trend } from "../../parts.js";
import { link, shared } from "../../route.js";
import { chanceCell, flagsCell, reasonsOf, stageCell, twoLines, waitCell, whyButton } from "../records/cells.js";
import { reasonList } from "../records/reasons.js";
import { nameOf, scoreOf } from "../records/words.js";

/** Who waits longer than this many days stands out. */
export const LATE = 7;
const TREND = { key: "trend", label: "Trend", number: true, phone: false, explain: "Score now less score a week ago, in points" };
const OF_100 = "From 0 to 100, a place among all that the model learned from";

const leadCell = (id, below) => twoLines(h("a", { href: link("leads", shared(), id), title: id }, id), below);
const words = (flags) => flags?.map(({ word }) => word).join("; ");
const chance = (target, value) => ({ key: "probability", label: "Probability", number: true, value: (row) => value(row)?.probability,
  show: (row) => chanceCell(value(row)), explain: `Grade, and calibrated probability of ${target.name}` });

/** Fit and engagement; `value`: the score of a row. */
const twoScores = (value, sort) => [["fit_score", "Fit", "What the lead is."], ["engagement_score", "Engagement", "What the lead does."]].map(([key, label, what]) =>
  ({ key, label, number: true, phone: false, sort, value: (row) => value(row)?.[key], show: (row) => count(value(row)?.[key]), explain: `${what} ${OF_100}` }));

/** How long it waits; where nothing tells of touches, only how old it is. `signs`: of a row. */
const waiting = ({ touches }, signs) => ({ key: "waiting", label: touches ? "Waiting for us" : "Since created", number: true,
  value: (row) => signs(row)?.waiting_days, show: (row) => waitCell(signs(row), touches ? LATE : Infinity),
  explain: touches ? `Since the last touch from us; without one, since it was created. Red: more than ${LATE} days`
    : "There are no events in this workspace that would tell of touches" });

/** Of the queue, in the order in which to call: rows with their `place` in it. */
export function queueColumns({ company, target, has }) {
  const itself = (row) => row;
  return [
    { key: "place", label: "#", number: true, phone: false },
    { key: "entity_id", label: "Lead", main: true, show: (row) => leadCell(row.entity_id, row.source) },
    has.owners && { key: "owner", label: "Owner", phone: false, show: (row) => nameOf(company, row.owner) },
    has.stages && { key: "stage", label: "Stage", phone: false,
      show: (row) => (row.stage ? twoLines(row.stage, row.stage_since && `since ${date(row.stage_since)}`) : NOTHING) },
    chance(target, itself), ...twoScores(itself), { ...TREND, show: (row) => trend(row.trend) }, waiting(has, itself),
    { key: "reasons", label: "Why", sort: false, phone: false, value: (row) => row.reasons?.map(({ text }) => text).join("; "),
      show: (row) => reasonList(row.reasons ?? [], 2) },
    { key: "flags", label: "Risks", sort: false, phone: false, value: (row) => words(row.flags), show: (row) => flagsCell(row.flags) },
    ...["source", "grade", "score", "last_touch_at", "last_answer_at", "model"].map((key) => ({ key, shown: false })),
  ].filter(Boolean);
}

/** Of all open leads, sorted by the service. */
export function leadColumns({ company, target, has, signal }) {
  const score = (lead) => scoreOf(lead, target?.name);
  const signs = (lead) => lead.signs;
  const why = (lead) => whyButton(() => reasonsOf(`v1/leads/${encodeURIComponent(lead.lead_id)}`, target.name, signal), lead.lead_id);
  return [
    { key: "lead", label: "Lead", main: true, sort: false, value: (lead) => lead.lead_id, show: (lead) => leadCell(lead.lead_id, lead.source) },
    has.owners && { key: "owner", label: "Owner", phone: false, show: (lead) => nameOf(company, lead.owner), value: (lead) => lead.owner },
    has.stages && { key: "stage_age", label: "Stage, days in it", phone: false, value: (lead) => lead.signs?.stage_age_days, show: stageCell,
      explain: "Days in its stage, beside the median of those that then moved on (the mark in the middle). Red: stalled." },
    ...(target ? [chance(target, score), ...twoScores(score, false), { ...TREND, value: (lead) => score(lead)?.trend, show: (lead) => trend(score(lead)?.trend) }] : []),
    waiting(has, signs),
    { key: "created", label: "Created", phone: false, value: (lead) => lead.created_at, show: (lead) => date(lead.created_at) },
    { key: "risks", label: "Risks", sort: false, phone: false, value: (lead) => words(lead.signs?.flags), show: (lead) => flagsCell(lead.signs?.flags) },
    target && { key: "why", label: h("span", { class: "hidden" }, "Reasons"), sort: false, csv: false, phone: false, show: (lead) => score(lead) && why(lead) },
    ...downloaded(score),
  ].filter(Boolean);
}

function downloaded(score) {
  const values = { source: (lead) => lead.source, grade: (lead) => score(lead)?.grade, score: (lead) => score(lead)?.score, stage: (lead) => lead.stage,
    last_touch_at: (lead) => lead.signs?.last_touch_at, last_answer_at: (lead) => lead.signs?.last_answer_at, account_id: (lead) => lead.account_id,
    contact_id: (lead) => lead.contact_id };
  return Object.entries(values).map(([key, value]) => ({ key, value, shown: false }));
}

/** Of those of a good grade who wait longest. */
export function waitingColumns({ company, target, has }) {
  const below = (lead) => [has.owners && nameOf(company, lead.owner), lead.source].filter(Boolean).join(" · ");
  return [
    { key: "lead", label: "Lead", main: true, value: (lead) => lead.lead_id, show: (lead) => leadCell(lead.lead_id, below(lead)) },
    chance(target, (lead) => scoreOf(lead, target.name)), waiting(has, (lead) => lead.signs),
    has.touches && { key: "answer", label: "Last sign from them", number: true, phone: false, value: (lead) => lead.signs?.last_answer_at,
      show: (lead) => (lead.signs?.last_answer_at ? date(lead.signs.last_answer_at) : "none yet") },
  ].filter(Boolean);
}

// The columns of the list of deals; those at the end are in the download alone.

import { h } from "../../dom.js";
import { money } from "../../format.js";
import { trend } from "../../parts.js";
import { link, shared } from "../../route.js";
import { chanceCell, curveCell, flagsCell, modelClose, reasonsOf, repClose, stageCell, twoLines, whyButton } from "../records/cells.js";
import { daysApart, nameOf, scoreOf } from "../records/words.js";

/** `has`: {amounts, owners, curves, dates, risks}, what the workspace's deals have at all. */
export function dealColumns({ company, target, has, signal }) {
  const score = (deal) => scoreOf(deal, target?.name);
  const sign = (key) => (deal) => deal.signs?.[key] ?? null;
  const why = (deal) => whyButton(() => reasonsOf(`v1/opportunities/${encodeURIComponent(deal.opportunity_id)}`, target.name, signal), deal.opportunity_id);
  return [
    { key: "deal", label: "Deal", main: true, sort: false, value: (deal) => deal.opportunity_id, show: dealCell },
    has.owners && { key: "owner", label: "Owner", phone: false, show: (deal) => nameOf(company, deal.owner), value: (deal) => deal.owner },
    { key: "stage_age", label: "Stage, days in it", phone: false, value: sign("stage_age_days"), show: stageCell,
      explain: "Days in its stage, beside the median of those that then moved on (the mark in the middle). Red: stalled." },
    has.amounts && { key: "amount", label: "Amount", number: true, phone: false, show: (deal) => inOwn(deal.amount, deal) },
    target && { key: "probability", label: "Probability", number: true, value: (deal) => score(deal)?.probability, show: (deal) => chanceCell(score(deal)),
      explain: `Grade, and calibrated probability${target.won ? " to be won" : ` of ${target.name}`}` },
    has.amounts && target && { key: "expected_amount", label: "Expected", number: true, show: (deal) => inOwn(deal.expected_amount, deal),
      explain: "Probability × amount" },
    target && { key: "trend", label: "Trend", number: true, phone: false, value: (deal) => score(deal)?.trend, show: (deal) => trend(score(deal)?.trend),
      explain: "Score now less score a week ago, in points" },
    has.curves && { key: "curve", label: "Won by", sort: false, phone: false, csv: false, show: (deal) => curveCell(deal.curve),
      explain: "The chance to be won, by each day ahead" },
    has.curves && { key: "expected_close", label: "Close: model", phone: false, value: (deal) => score(deal)?.expected_close,
      show: (deal) => modelClose(score(deal), company.now), explain: "When the model expects it, if it is won (median)" },
    has.dates && { key: "promised_close", label: "Close: rep", phone: false, value: (deal) => deal.expected_close,
      show: (deal) => repClose(deal, score(deal), company.now), explain: "When its owner says, and how far that is from the model's date" },
    has.risks && { key: "risks", label: "Risks", sort: false, value: (deal) => deal.signs?.flags.map(({ word }) => word).join("; "), show: (deal) => flagsCell(deal.signs?.flags) },
    target && { key: "why", label: h("span", { class: "hidden" }, "Reasons"), sort: false, csv: false, phone: false, show: (deal) => score(deal) && why(deal) },
    ...downloaded(score, sign),
  ].filter(Boolean);
}

function downloaded(score, sign) {
  const values = { grade: (deal) => score(deal)?.grade, score: (deal) => score(deal)?.score, won_by: (deal) => score(deal)?.won_by, stage: (deal) => deal.stage,
    stage_norm_days: sign("stage_norm_days"), days_between_closes: (deal) => daysApart(score(deal)?.expected_close, deal.expected_close),
    waiting_days: sign("waiting_days"), last_event_at: sign("last_event_at"), pushes: sign("pushes"), contacts: sign("contacts"), currency: (deal) => deal.currency,
    category: (deal) => deal.category, account_id: (deal) => deal.account_id, created_at: (deal) => deal.created_at,
    risk_reasons: (deal) => deal.signs?.flags.map(({ text }) => text).join("; ") };
  return Object.entries(values).map(([key, value]) => ({ key, value, shown: false }));
}

const inOwn = (value, { currency }) => money(value, currency ? { currency } : {});

function dealCell(deal) {
  const below = [deal.category, deal.attributes.product ?? deal.source].filter(Boolean).join(" · ");
  return twoLines(h("a", { href: link("deals", shared(), deal.opportunity_id), title: deal.opportunity_id }, deal.opportunity_id), below && h("span", { class: "no-phone" }, below));
}

/** What a page of deals shows that there is. */
export function present(page, company) {
  const some = (found) => page.items.some(found);
  return { amounts: some(({ amount }) => amount !== null), owners: company.team.owner.length > 0 || some(({ owner }) => owner !== null),
    curves: some(({ curve }) => curve?.length), dates: some(({ expected_close: close }) => close !== null) };
}

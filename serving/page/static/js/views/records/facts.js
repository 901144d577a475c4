// What the record itself says, and who stands behind it.

import { h } from "../../dom.js";
import { NOTHING, count, date, money } from "../../format.js";
import { card } from "../../parts.js";
import { link, shared } from "../../route.js";
import { nameOf, plain } from "./words.js";

/** `record`: a whole lead or deal. */
export function factsCard(company, record) {
  const given = (value) => value !== null && value !== undefined;
  const facts = [["Owner", nameOf(company, record.owner)], ["Created", date(record.created_at)],
    record.source && ["Source", record.source], record.pipeline && ["Pipeline", record.pipeline],
    record.category && ["Forecast category", record.category],
    given(record.amount) && ["Amount", inCurrency(record.amount, record.currency)],
    given(record.margin) && ["Margin", inCurrency(record.margin, record.currency)],
    record.opportunity_id && record.lead_id && ["Lead", h("a", { href: link("leads", shared(), record.lead_id) }, record.lead_id)]].filter(Boolean);
  const ids = [["Contact", record.contact_id], ["Account", record.account_id]].filter(([, id]) => given(id));
  const said = new Map([...facts, ...ids]);
  const attributes = told(record.attributes).filter(([name, value]) => said.get(name) !== value);
  return card("The record", { explain: "As the CRM has it. Contact and account are the ids of the CRM." },
    list([...facts, ...ids, ...attributes]),
    other("Contact", record.contact), other("Account", record.account));
}

const other = (title, found) => found && Object.keys(found.attributes).length > 0
  && [h("h3", {}, `${title} ${found.id}`), list(told(found.attributes))];

const told = (attributes) => Object.entries(attributes).map(([name, value]) => [capital(plain(name)), shown(value)]);

const list = (facts) => (facts.length ? h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))) : null);

function inCurrency(value, currency) {
  return currency ? money(value, { currency }) : money(value);
}

function shown(value) {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? count(value, value % 1 ? 2 : 0) : String(value);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

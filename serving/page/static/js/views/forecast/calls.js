// What people called, beside what the model expects of the same deals.

import { date, money, percent } from "../../format.js";
import { card, cards } from "../../parts.js";
import { table } from "../../table.js";
import { inDeals } from "./measure.js";

const shown = (amount, count) =>
  amount === null || amount === undefined ? (count === null || count === undefined ? "unknown" : inDeals(count)) : money(amount, { short: true });

export function callsCard(told) {
  if (!told.calls.length) return null;
  const columns = [
    { key: "who", label: "Who", main: true },
    { key: "owner", label: "Whose deals", show: ({ owner }) => owner ?? "everyone's" },
    { key: "recorded_at", label: "Said", show: (call) => date(call.recorded_at), phone: false },
    { key: "called", label: "Called", number: true, value: (call) => call.amount ?? call.count, show: (call) => shown(call.amount, call.count) },
    {
      key: "model",
      label: "Model",
      number: true,
      value: (call) => call.model?.amount,
      show: (call) => (call.model ? shown(call.amount === null ? null : call.model.amount, call.model.count) : "unknown"),
    },
    { key: "reach", label: "Chance to reach it", number: true, show: (call) => percent(call.reach) },
    { key: "note", label: "Note", phone: false, show: ({ note }) => note },
  ];
  return cards(
    card(
      "Calls beside the model",
      { size: "wide", explain: "What people said the period will bring, and what the model expects of the same deals." },
      table({ caption: "Calls beside the model", columns, rows: told.calls, name: `${told.period.name}-calls` }),
    ),
  );
}

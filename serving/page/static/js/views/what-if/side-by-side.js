// The forecast and the changed one, number by number.

import { h } from "../../dom.js";
import { NOTHING, count, percent, points } from "../../format.js";
import { table } from "../../table.js";
import { inDeals } from "../forecast/measure.js";

export function sideBySide(told, measure, before, after) {
  const line = (name, value, show, signed) => ({ name, before: value(before), after: value(after), show, signed });
  const of = (name, key) => line(name, (standing) => measure.of(standing)[key], measure.show, measure.signed);
  const share = (value) => `${points(100 * value)} points`;
  const rows = [
    of("Closed won", "won"),
    of(`From open ${told.what}`, "open"),
    of(`From new ${told.what}`, "new"),
    { ...of("Expected", "total"), $class: "strong" },
    of("P10", "p10"),
    of("P90", "p90"),
    ...(told.money
      ? [
          line(
            "Wins",
            (standing) => standing.count.total,
            inDeals,
            (value) => inDeals(value, { sign: true }),
          ),
        ]
      : []),
    ...(after.quota === null
      ? []
      : [
          line("Chance of quota", ({ reach }) => reach, percent, share),
          line(
            "Coverage",
            ({ coverage }) => coverage,
            (value) => (value === null ? NOTHING : `${count(value, 1)} ×`),
            (value) => points(value, 1),
          ),
        ]),
  ];
  const columns = [
    { key: "name", label: "Number", main: true, sort: false },
    { key: "before", label: "Forecast", number: true, sort: false, show: (row) => row.show(row.before) },
    { key: "after", label: "Changed", number: true, sort: false, show: (row) => row.show(row.after) },
    {
      key: "difference",
      label: "Difference",
      number: true,
      sort: false,
      value: difference,
      show: (row) =>
        difference(row) === null
          ? NOTHING
          : h(
              "span",
              { class: Math.abs(difference(row)) < 1e-9 ? "quiet" : difference(row) < 0 ? "bad-text" : "good-text" },
              row.signed(difference(row)),
            ),
    },
  ];
  return table({ caption: "The forecast, and with the changes", columns, rows, name: "what-if" });
}

const difference = ({ before, after }) => (before === null || after === null ? null : after - before);

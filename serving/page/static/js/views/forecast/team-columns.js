// What is told of each region, manager and owner.

import { h } from "../../dom.js";
import { NOTHING, count, money, percent } from "../../format.js";
import { bar } from "../../parts.js";
import { toneOf } from "./standing.js";

/** The columns after the name: `value` for downloads, `show` for the table; `phone` false is left out on a phone. */
export function columnsOf(told, measure, nodes) {
  const goal = measure.goal && nodes.some(({ quota }) => quota !== null);
  const short = (value) => measure.show(value, { short: true });
  const figures = (key) => (node) => measure.of(node)[key];
  const of = (key, label, more = {}) => ({ key, label, value: figures(key), show: (node) => short(figures(key)(node)), ...more });
  return [
    of("total", "Expected"),
    {
      key: "range",
      label: "8 of 10 cases",
      phone: false,
      explain: "P10 to P90",
      value: (node) => `${measure.of(node).p10} to ${measure.of(node).p90}`,
      show: (node) => `${short(measure.of(node).p10)} to ${short(measure.of(node).p90)}`,
    },
    of("won", "Won", { phone: false }),
    of("open", "From open", { phone: false }),
    of("new", "From new", { phone: false }),
    ...(goal
      ? [
          {
            key: "quota",
            label: "Quota",
            phone: false,
            value: (node) => node.quota,
            show: (node) => (node.quota === null ? NOTHING : money(node.quota, { short: true })),
          },
          {
            key: "reach",
            label: "Chance",
            explain: "to reach the quota",
            value: (node) => node.reach,
            show: (node) => (node.reach === null ? NOTHING : bar(node.reach, percent(node.reach), toneOf(node.reach))),
          },
          {
            key: "gap",
            label: "Gap",
            phone: false,
            explain: "expected less quota",
            value: (node) => (node.gap === null ? null : -node.gap),
            show: ({ gap }) =>
              gap === null ? NOTHING : h("span", { class: gap > 0 ? "bad-text" : "good-text" }, money(-gap, { short: true, sign: true })),
          },
          {
            key: "coverage",
            label: "Coverage",
            phone: false,
            explain: "open pipeline over what is still to win",
            value: (node) => node.coverage,
            show: ({ coverage }) => (coverage === null ? NOTHING : `${count(coverage, 1)} ×`),
          },
        ]
      : []),
    {
      key: "open_deals",
      label: "Open",
      phone: false,
      explain: `open ${told.what}`,
      value: (node) => node.open_deals,
      show: (node) => count(node.open_deals),
    },
    ...(told.money && measure.goal
      ? [
          {
            key: "pipeline",
            label: "Pipeline",
            phone: false,
            explain: "amount of the open deals now",
            value: (node) => node.pipeline,
            show: (node) => money(node.pipeline, { short: true }),
          },
        ]
      : []),
  ];
}

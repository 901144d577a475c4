// What comes of the changes: in a sentence, as numbers side by side, and both distributions over each other.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { NOTHING, money, percent, points } from "../../format.js";
import { card, tile } from "../../parts.js";
import { inDeals } from "../forecast/measure.js";
import { toneOf } from "../forecast/standing.js";
import { sideBySide } from "./side-by-side.js";
import { atMost, densities } from "./standing.js";

const strong = (text) => h("strong", {}, text);
const short = (value) => money(value, { short: true });

/** The measure that a forecast is best told in: money where there is any. */
function told(view) {
  return view.told.money
    ? { of: ({ amount }) => amount, show: short, full: money, signed: (value) => money(value, { short: true, sign: true }), unit: "" }
    : {
        of: ({ count: figures }) => figures,
        show: inDeals,
        full: inDeals,
        signed: (value) => inDeals(value, { sign: true }),
        unit: ` ${view.told.what}`,
      };
}

export function lead(view, { before, after, period = view.told.period }) {
  const measure = told(view);
  const now = (standing) => strong(measure.show(measure.of(standing).total) + measure.unit);
  const is = measure.unit === "" ? "is" : "are";
  if (!after) {
    return [
      `As it stands, `,
      now(before),
      ` ${is} expected in ${period.name}`,
      before.quota === null
        ? "."
        : [" against a quota of ", strong(short(before.quota)), "; the chance to reach it is ", strong(percent(before.reach)), "."],
      " Change something to see what it does.",
    ];
  }
  if (!before) return [`In this scenario, `, now(after), ` ${is} expected in ${period.name}.`];
  const moved = measure.of(after).total - measure.of(before).total;
  const versus =
    Math.abs(moved) < 1e-9
      ? ", as much as forecast."
      : [", ", strong(`${measure.show(Math.abs(moved))} ${moved > 0 ? "more" : "less"}`), " than forecast."];
  if (after.quota === null) return ["With the changes, ", now(after), ` ${is} expected in ${period.name}`, versus];
  const way = after.reach > before.reach + 0.0005 ? "rises" : after.reach < before.reach - 0.0005 ? "falls" : "stays";
  return [
    `With the changes, the chance to reach the quota of ${short(after.quota)} in ${period.name} `,
    way === "stays"
      ? ["stays at ", strong(percent(after.reach))]
      : [`${way} from `, strong(percent(before.reach)), " to ", strong(percent(after.reach))],
    ": ",
    now(after),
    ` ${is} expected`,
    versus,
  ];
}

export function compared(view, found) {
  const { before, after, sentences, note } = found;
  const measure = told(view);
  return [
    resultTiles(measure, found),
    card(
      after && before ? "Forecast and scenario" : "How likely which total is",
      { explain: "How likely each total is. The higher the curve, the likelier. To the right of the quota's line lies the chance to reach it." },
      curves(view, measure, found),
    ),
    after &&
      card(
        "What was changed",
        { note: note || null },
        h(
          "ul",
          { class: "sentences" },
          sentences.map((text) => h("li", {}, text)),
        ),
        before && sideBySide(view.told, measure, before, after),
      ),
  ].filter(Boolean);
}

function resultTiles(measure, { before, after }) {
  const now = after ?? before;
  const was = after && before;
  const versus = (difference, shown) => (was ? `${difference}, was ${shown}` : "");
  const change = (value, good) => (!was || Math.abs(value) < 1e-9 ? "main" : value > 0 === good ? "good" : "bad");
  const figures = measure.of(now);
  const earlier = was && measure.of(before);
  const made = [
    tile("Expected", measure.show(figures.total) + measure.unit, {
      tone: was ? change(figures.total - earlier.total, true) : "main",
      note: was
        ? versus(measure.signed(figures.total - earlier.total), measure.show(earlier.total))
        : `${measure.show(figures.p10)} to ${measure.show(figures.p90)} in 8 of 10 cases`,
    }),
    now.quota !== null &&
      tile("Chance of quota", percent(now.reach), {
        tone: toneOf(now.reach),
        note: was ? versus(`${points(100 * (now.reach - before.reach))} points`, percent(before.reach)) : `quota ${short(now.quota)}`,
      }),
    measure.unit === "" &&
      tile("Wins", inDeals(now.count.total), {
        note: was
          ? versus(inDeals(now.count.total - before.count.total, { sign: true }), inDeals(before.count.total))
          : `${inDeals(now.count.p10)} to ${inDeals(now.count.p90)}`,
      }),
    now.quota !== null &&
      tile(now.gap > 0 ? "Short of quota" : "Above quota", short(Math.abs(now.gap)), {
        tone: now.gap > 0 ? "bad" : "good",
        note: was ? `was ${before.gap > 0 ? "short by" : "above by"} ${short(Math.abs(before.gap))}` : "",
      }),
  ].filter(Boolean);
  return h("div", { class: "tiles in-a-row", style: `--many: ${made.length}` }, made);
}

function curves(view, measure, { before, after, period }) {
  const sides = [
    ["before", before],
    ["after", after],
  ].filter(([, standing]) => standing);
  const places = densities(sides.map(([, { whole }]) => whole));
  if (!places.length) return h("p", { class: "quiet" }, "The total is certain: there is nothing to draw.");
  const quota = (after ?? before).quota;
  const rows = places.map(({ x, densities: found }) => ({
    x,
    label: measure.full(x),
    before: null,
    after: null,
    tip_before: NOTHING,
    tip_after: NOTHING,
    quota,
    goal: quota === null ? "" : `quota ${short(quota)}`,
    ...Object.fromEntries(
      sides.flatMap(([name, { whole }], place) => [
        [name, found[place]],
        [`tip_${name}`, percent(1 - atMost(whole, x))],
      ]),
    ),
  }));
  const said = sides.map(
    ([name, standing]) =>
      `${name === "before" ? "As forecast" : "With the changes"}: ${measure.full(measure.of(standing).p10)} to ${measure.full(measure.of(standing).p90)} in 8 of 10 cases${standing.quota === null ? "" : `, chance of the quota ${percent(standing.reach)}`}`,
  );
  return [
    h(
      "ul",
      { class: "keys" },
      sides.map(([name], place) => h("li", { class: `key-${name}` }, said[place])),
    ),
    chart("before-after", rows, {
      alt: `${said.join(". ")}.`,
      height: 250,
      file: `${period.name}-what-if`,
      columns: [
        { key: "x", label: "At least", main: true, show: ({ label }) => label },
        ...sides.map(([name]) => ({ key: `tip_${name}`, label: name === "before" ? "Chance as forecast" : "Chance with the changes", number: true })),
      ],
    }),
  ];
}

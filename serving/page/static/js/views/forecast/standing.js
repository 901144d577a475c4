// How the period stands: closed won, from open and from new against the quota.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, money, percent, plural } from "../../format.js";
import { card, tile } from "../../parts.js";
import { capital, inDeals, phase, toThose } from "./measure.js";

const PARTS = [
  ["won", "Closed won"],
  ["open", "From open"],
  ["new", "From new"],
];

export function standingTiles(told, measure) {
  const { total } = told;
  const figures = measure.of(total);
  const one = (value) => measure.show(value, { short: true });
  const over = phase(told) === "over";
  const made = [
    total.quota !== null &&
      !over &&
      tile("Chance of quota", percent(total.reach), {
        tone: toneOf(total.reach),
        note: `quota ${money(total.quota, { short: true })}`,
        explain:
          "Of 100 ways the period may go from here, in so many at least the quota is won. It comes from the chance of each open deal, and from how many new ones usually come.",
      }),
    tile(over ? "Won in all" : "Expected", one(figures.total), {
      tone: "main",
      note: over ? "" : `${one(figures.p10)} to ${one(figures.p90)} in 8 of 10 cases`,
      explain:
        "Closed won, plus what is expected from open deals and from deals not created yet. The range leaves out the lowest and the highest tenth (P10 to P90).",
    }),
    over && measure.key !== "count" && tile(`${capital(told.what)} won`, count(total.count.won), {}),
    !over &&
      tile("Closed won", one(figures.won), {
        note: share(figures.won, measure.goal ? total.quota : null, "of the quota") ?? share(figures.won, figures.total, "of what is expected"),
        explain: "Won since the period began.",
      }),
    !over &&
      tile(`From open ${told.what}`, one(figures.open), {
        href: toThose(told, { open: "true" }),
        note: `${count(total.open_deals)} open${told.money ? `, ${money(total.pipeline, { short: true })}` : ""}`,
        explain: "What the open deals bring in this period: each amount times its chance to be won until the period ends.",
      }),
    !over &&
      tile(`From new ${told.what}`, one(figures.new), {
        note: "not created yet",
        explain: "What deals bring that are not created yet: from how many usually come, and how fast they are won.",
      }),
    total.quota !== null && gap(total, over),
    !over &&
      tile("May slip", `${inDeals(total.slips)} ${told.what}`, {
        note: told.money ? `now worth ${money(total.slipped, { short: true })}` : "",
        explain: `Open ${told.what} that should close in this period, by the rep's date or, without one, by the model's, but will still be open after it, as expected from their chances.`,
      }),
  ].filter(Boolean);
  return h("div", { class: "tiles in-a-row", style: `--many: ${made.length}` }, made);
}

function gap({ gap: missing, coverage }, over) {
  const short = money(Math.abs(missing), { short: true });
  return tile(missing > 0 ? "Short of quota" : "Above quota", short, {
    tone: missing > 0 ? "bad" : "good",
    note: over || coverage === null ? "" : `coverage ${count(coverage, 1)} ×`,
    explain: "Quota less what is expected. Coverage: the amounts of all open deals, whatever their chance, divided by what is still to win.",
  });
}

export const toneOf = (chance) => (chance === null ? "" : chance >= 0.6 ? "good" : chance >= 0.3 ? "warn" : "bad");
const share = (part, whole, what) => (whole ? `${percent(part / whole)} ${what}` : null);

/** Is it over, and no quota to hold it against? Then one number says it all. */
export const isPlain = (told, measure) => phase(told) === "over" && !(measure.goal && told.total.quota !== null);

/** The same as one bar against the quota, and as a sum. */
export function standingCard(told, measure) {
  const { total } = told;
  if (isPlain(told, measure)) return null;
  const figures = measure.of(total);
  const quota = measure.goal ? total.quota : null;
  let sum = 0;
  const rows = PARTS.map(([key, label]) => ({
    key,
    label,
    from: sum,
    to: (sum += figures[key]),
    value: figures[key],
    tip: measure.show(figures[key]),
    p10: figures.p10,
    p90: figures.p90,
    range: `${measure.show(figures.p10)} to ${measure.show(figures.p90)}`,
    quota,
    goal: quota === null ? "" : `quota ${money(quota, { short: true })}`,
  }));
  const alt = `Closed won ${rows[0].tip}, from open ${told.what} ${rows[1].tip}, from new ones ${rows[2].tip}${quota === null ? "" : `, against a quota of ${money(quota)}`}.`;
  return card(
    quota === null ? "What it is made of" : "Against the quota",
    {
      size: "third",
      explain: "The bar adds up closed won, open and new. The thin line over it spans P10 to P90: in 8 of 10 cases the period ends there.",
    },
    chart("standing", rows, { alt, height: 96, file: `${told.period.name}-standing` }),
    statement(told, measure, figures, quota),
  );
}

function statement(told, measure, figures, quota) {
  const over = phase(told) === "over";
  const line = (kind, label, value, note = "") =>
    h("div", { class: kind }, h("dt", {}, label, note && h("span", { class: "quiet" }, ` ${note}`)), h("dd", {}, value));
  const missing = quota === null ? 0 : quota - figures.total;
  return h(
    "dl",
    { class: "statement" },
    line("of-won", "Closed won", measure.show(figures.won)),
    !over && [
      line("of-open", `From ${plural(count(told.total.open_deals), told.what.replace(/s$/, ""), told.what)} open`, measure.show(figures.open)),
      line("of-new", `From new ${told.what}`, measure.show(figures.new), "not created yet"),
    ],
    !over && line("sum", "Expected", measure.show(figures.total)),
    quota !== null && [
      line("", "Quota", measure.show(quota)),
      line(missing > 0 ? "bad-text" : "good-text", missing > 0 ? "Missing" : "Above", measure.show(Math.abs(missing))),
    ],
    told.total.without_amount > 0 &&
      measure.key !== "count" &&
      line("quiet", `${count(told.total.without_amount)} ${told.what} have no amount and add nothing`, ""),
  );
}

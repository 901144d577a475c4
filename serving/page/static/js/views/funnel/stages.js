// The first part: the funnel itself, what it brings a day, what each stage costs, how long they stay there, and alarms.

import { chart } from "../../charts.js";
import { h } from "../../dom.js";
import { count, date, days, money, percent, plural } from "../../format.js";
import { card, cards, notes, tile, tiles } from "../../parts.js";
import { asked } from "./asked.js";
import { bottleneckTable } from "./bottlenecks.js";
import { leakSentence, nothingEntered, stay, things, toldApart } from "./said.js";
import { worstServed } from "./served.js";
import { stayChart } from "./stays.js";

export async function part(company, chosen) {
  const [told, cost] = await Promise.all([asked("v1/funnel", chosen.query), asked("v1/funnel/bottlenecks", chosen.query)]);
  const whole = { ...told.whole, stages: toldApart(told.whole.stages) };
  if (!whole.entered) return nothingEntered(chosen);
  return [
    h("p", { class: "lead" }, leakSentence(cost, chosen.path), " ", alarmsSaid(cost.alarms), worstServed(chosen)),
    numbers(whole, cost, chosen),
    cards(
      sized("two-thirds", card("From stage to stage", { explain: "How many came as far as a stage or further, each counted once; and what became of those who "
        + "came there. The share of the stage before is moved on ÷ at the stage before." }, stagesChart(whole, chosen), notes(told.notes))),
      sized("third", velocity(whole, cost, chosen)),
      card("What each stage costs", { wide: true, explain: "Lost there: those lost in the stage × their mean amount × the chance of a win of those who get past "
        + "it, per 30 days. Late: what 30 days would bring more if won deals had not stayed longer than the median of won deals. "
        + "The dearest stage first. The costs of stages overlap: they are no sum." },
      bottleneckTable(cost, chosen.path), notes(cost.notes.filter((note) => !told.notes.includes(note)))),
      sized("two-thirds", card("How long they stay", { explain: "Days in a stage: in half of the cases between the ends of the bar, the line is the median. Those who are in "
        + "it still count for as long as they have been there (Kaplan and Meier)." },
      whole.stages.some((stage) => stage.days && stage.days.q25 !== null)
        && h("p", { class: "quiet" }, "Bar: the middle half of them. Line: the median. Green dot: the median of those who were won."),
      stayChart(whole.stages.filter((stage) => stage.days), "time-in-stage"))),
      sized("third", alarms(cost.alarms)))];
}

const BAR_PIXELS = 54;

/** A card of another width than half. */
export function sized(width, made) {
  made.classList.add(width);
  return made;
}

function numbers(whole, cost, chosen) {
  const slow = cost.stages.find(({ slowest }) => slowest);
  return tiles(
    tile("Entered", count(whole.entered), { note: `${count(whole.open)} open, ${count(whole.lost)} lost`, tone: "main",
      explain: `${things(chosen.path)} created in the time above, as known on ${date(cost.as_of)}.` }),
    tile("Won", count(whole.won), { note: wonNote(whole), tone: whole.lost ? "good" : "",
      explain: "The win rate is won ÷ (won + lost). Open ones are not lost: they count in neither." }),
    tile("Slowest stage", slow?.stage ?? "not known", { note: slow && slowNote(slow), tone: "warn",
      explain: "The stage that half of them take longest to leave, and what it costs: those lost there and those who stay too long." }),
    tile("Alarms", cost.alarms.length ? count(cost.alarms.length) : "None", { note: cost.alarms.length ? "stages that became worse" : "no stage became worse",
      tone: cost.alarms.length ? "bad" : "good", explain: "A stage raises an alarm when the newest entries do worse than the earlier ones, by more than the "
        + "threshold in leadcast.toml ([funnel] alarm_points) and by more than chance." }));
}

/** Where nobody is recorded as lost, a win rate of 100 % would say nothing. */
const wonNote = ({ won, lost, entered, velocity: { win_rate: rate } }) => (lost ? `${percent(rate)} of those decided, ${percent(won / entered)} of all`
  : `${percent(won / entered)} of all; nobody is recorded as lost`);

function slowNote(slow) {
  const half = stay({ ...slow, won_median_days: null });
  return slow.cost === null ? half : `${half}; costs ${money(slow.cost, { short: true })} in 30 days`;
}

function stagesChart({ entered, stages }, { path }) {
  const pieces = [];
  const rows = stages.map((stage, order) => {
    const last = order === stages.length - 1;
    let from = 0;
    for (const [piece, size] of [[last ? "won" : "moved on", last ? stage.reached : stage.moved_on], ["still there", stage.still_there], ["lost there", stage.lost]]) {
      pieces.push({ order, stage: stage.stage, piece, from, to: from + size, tip: `${count(size)} (${percent(size / stage.reached)})` });
      from += size;
    }
    const before = `${percent(stage.from_previous)} of ${stages[order - 1]?.stage}`;
    const share = order > 1 ? `${before} · ${percent(stage.overall)} of all` : order ? before : "all that entered";
    return { ...stage, order, count: stage.reached, shown: count(stage.reached), share };
  });
  const alt = `Of ${count(entered)} ${things(path)}, ${rows.slice(1).map((row) => `${row.shown} reached ${row.stage} (${row.share})`).join(", ")}.`;
  const whole = (key, label) => ({ key, label, number: true, show: (row) => count(row[key]) });
  const part = (key, label) => ({ key, label, number: true, show: (row) => percent(row[key]) });
  return chart("funnel", rows, { alt, data: { pieces }, height: BAR_PIXELS * rows.length + 26, columns: [{ key: "stage", label: "Stage", main: true }, whole("reached", "Reached"),
    whole("moved_on", "Moved on"), whole("still_there", "Still there"), whole("lost", "Lost there"), part("from_previous", "of the stage before"), part("overall", "of all")] });
}

// ---- velocity --------------------------------------------------------------------------------------------------------------

function velocity(whole, cost, { path }) {
  const { opportunities, win_rate: rate, average_amount: average, cycle_days: cycle, per_day: perDay } = whole.velocity;
  const term = (sign, value, label) => h("div", { class: "term" }, h("span", { class: "sign", "aria-hidden": sign ? null : "true" }, sign),
    h("span", { class: "term-value" }, value), h("span", { class: "term-label" }, label));
  if (!whole.lost) {
    return card("Velocity", {}, h("p", { class: "quiet" }, "Nobody is recorded as lost, so that no win rate is known, and without one no velocity. "
      + `${count(opportunities)} ${things(path)} are open now${cycle === null ? "" : `; those won took ${days(cycle)} on average`}.`));
  }
  const inMoney = average !== null;
  const wins = inMoney || !cycle ? null : opportunities * rate / cycle;
  const result = inMoney ? [money(perDay, { short: true }), "a day"] : [count(wins, wins < 10 ? 2 : 0), "wins a day"];
  return card("Velocity", { explain: `${inMoney ? "How much money" : "How many wins"} the funnel brings a day: those open now × win rate${inMoney ? " × average won deal" : ""} ÷ mean days from creation to the win.` },
    h("div", { class: "equation" },
      term("", count(opportunities), `${things(path)} open now`), term("×", percent(rate), "win rate"),
      inMoney && term("×", money(average), "average won deal"), term("÷", days(cycle), "mean to the win"),
      h("div", { class: "term result" }, h("span", { class: "sign" }, "="), h("span", { class: "term-value" }, result[0]), h("span", { class: "term-label" }, result[1]))),
    inMoney && cost.won_per_30_days !== null && h("p", { class: "quiet" },
      `${money(cost.won_per_30_days, { short: true })} were won in 30 days on average, over ${days(cost.window_days)}.`));
}

// ---- alarms ----------------------------------------------------------------------------------------------------------------

function alarmsSaid(alarms) {
  if (!alarms.length) return "No alarm.";
  return [h("strong", { class: "bad-text" }, plural(count(alarms.length), "alarm")), `: ${alarmSaid(alarms[0], ` from ${alarms[0].stage}`)}${alarms.length > 1 ? " More below." : ""}`];
}

function alarmSaid(alarm, where = "") {
  const did = alarm.kind === "drop_off" ? "go on" : "leave";
  return `only ${percent(alarm.now)} ${did}${where} within ${days(alarm.day)}, before it was ${percent(alarm.before)}.`;
}

function alarms(found) {
  const shown = found.map((alarm) => h("li", {}, h("p", {}, h("strong", {}, alarm.stage), ": ", alarmSaid(alarm)),
    h("p", { class: "quiet" }, `Now: ${count(alarm.now_count)} since ${date(alarm.since)}, in 95 of 100 cases between ${percent(alarm.now_low)} and ${percent(alarm.now_high)}. `
      + `Before: ${count(alarm.before_count)}, between ${percent(alarm.before_low)} and ${percent(alarm.before_high)}.`)));
  return card("Alarms", { explain: "Compared are the newest entries into a stage with the earlier ones, those that are young counted only as long as they were watched." },
    found.length ? h("ul", { class: "alarms" }, shown) : h("div", { class: "calm" },
      h("p", { class: "state-title" }, h("span", { class: "good-text", "aria-hidden": "true" }, "✓ "), "No alarm"),
      h("p", { class: "quiet" }, "From no stage do clearly fewer go on than before, and in none do they clearly stay longer. The thresholds stand under ",
        h("code", {}, "[funnel]"), " in leadcast.toml.")));
}

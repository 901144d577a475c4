// What stands above the list of leads: the sentence, the tiles, fit × engagement, and who waits longest.

import { h } from "../../dom.js";
import { count, days, percent, plural } from "../../format.js";
import { card, empty, tile, tiles } from "../../parts.js";
import { here, link, shared } from "../../route.js";
import { table } from "../../table.js";
import { scoreOf } from "../records/words.js";
import { LATE, waitingColumns } from "./columns.js";
import { leadGrid } from "./grid.js";

/** How many will succeed: the sum of their probabilities. */
const expectedOf = (grid) => grid.cells.reduce((sum, { count: size, mean_probability: mean }) => sum + size * (mean ?? 0), 0);

export function sentence({ target, first, graded, has, grid, waiting }) {
  const open = [h("strong", {}, count(first.in_all)), first.in_all === 1 ? " lead is open" : " leads are open"];
  if (!target) return [open, ". There is no model of leads in this workspace, so they have no scores."];
  const within = target.horizon_days === null ? "" : ` within ${plural(count(target.horizon_days), "day")}`;
  const expected = grid.in_no_cell === 0 && grid.in_all > 0
    && [", and about ", h("strong", {}, count(expectedOf(grid))), ` of them will ${target.won ? "be won" : `reach ${target.name}`}${within}`];
  const [longest] = waiting;
  if (!longest) return [open, expected, ". Nobody waits for us."];
  const score = scoreOf(longest, target.name);
  return [open, expected, ". ", graded ? "Of grades A and B, " : "No open lead has grade A or B; of all, ",
    h("a", { href: link("leads", shared(), longest.lead_id), class: "id", title: longest.lead_id }, longest.lead_id), has.touches ? " waits longest for a touch from us: " : " is the oldest: ",
    h("strong", {}, days(longest.signs.waiting_days)), score && ` (grade ${score.grade}, ${percent(score.probability)})`, "."];
}

export function headTiles({ target, first, graded, has, grid, waits, waiting }) {
  const open = tile("Open leads", count(first.in_all), { tone: "main", explain: "Neither won nor lost, of whom the header's pickers show." });
  if (!target) return tiles(open);
  const [longest] = waiting;
  const late = has.touches && longest?.signs.waiting_days > LATE;
  return tiles(open,
    grid.in_no_cell === 0 && tile(target.won ? "Expected wins" : `Expected to reach ${target.name}`, count(expectedOf(grid), 1), {
      note: `${percent(expectedOf(grid) / (grid.in_all || 1))} of ${count(grid.in_all)} with a score`, explain: "The sum of their probabilities." }),
    tile("Grades A and B", count(waits[0].in_all + waits[1].in_all), { note: `${count(waits[0].in_all)} of A, ${count(waits[1].in_all)} of B`,
      explain: "The grade is the place of the score among all that the model learned from." }),
    tile(`${has.touches ? "Longest wait" : "Oldest"}${graded ? ", A and B" : ""}`, longest ? days(longest.signs.waiting_days) : "none", {
      tone: late ? "bad" : has.touches ? "good" : "", href: longest && link("leads", shared(), longest.lead_id),
      note: longest ? h("span", { class: "one-line", title: longest.lead_id }, longest.lead_id) : "nobody waits",
      explain: "Time since the last touch from us; without one, since it was created." }));
}

export function gridCard(grid, onchoose) {
  const text = "Fit: what the lead is. Engagement: what it does. Each score is a place from 0 to 100 among all that the model learned from. "
    + "Press a cell to see its leads below.";
  return card("Fit × engagement", { explain: text }, grid.in_all > grid.in_no_cell
    ? leadGrid({ grid, chosen: here().query.cell ?? null, onchoose })
    : empty("No fit and engagement scores", "The model of this target does not tell them apart."));
}

export function waitingCard(about) {
  const { has, graded, waiting } = about;
  const text = has.touches ? "The best leads to whom we owe a touch: call or write to them first."
    : "By their age: there are no events in this workspace that would tell of touches.";
  return card(`${has.touches ? "Waiting longest" : "Oldest"}${graded ? ", grades A and B" : ""}`, { explain: text },
    table({ caption: "Leads that wait longest for us", name: "waiting-longest", columns: waitingColumns(about), rows: waiting,
      none: empty("Nobody waits", "All were touched just now, or the data do not tell.") }));
}

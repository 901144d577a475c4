// What happened to one lead or deal: by day, the newest first.

import { fill, h } from "../../dom.js";
import { count, date, money, plural, time } from "../../format.js";
import { card, download, failed, loading } from "../../parts.js";
import { nameOf, plain } from "./words.js";

const FIRST_DAYS = 8;
const COLUMNS = ["at", "known_at", "kind", "what", "value", "old_value", "direction", "actor", "reason"].map((key) => ({ key }));

/** `happened`: as the API has it; `inAll`: how much there is; `more()` brings all of it. */
export function timelineCard({ company, id, happened, inAll, more }) {
  const place = h("div", {});
  const draw = (found) => fill(place, found.length ? listed(company, found) : h("p", { class: "quiet" }, "Nothing is on record but the record itself."),
    found.length < inAll && h("p", {}, h("button", { type: "button", class: "button", onclick: async () => {
      fill(place, loading("what happened"));
      try { draw(await more()); } catch (trouble) { fill(place, failed(trouble)); }
    } }, `Show all ${count(inAll)}`)));
  draw(happened);
  const made = card("What happened", { explain: "Events, stages that it entered and fields that changed, as far as they are known today; the newest first.",
    tools: [download(`history-${id}`, COLUMNS, async () => (inAll > happened.length ? more() : happened))] }, place);
  made.classList.add("last");  // where there is one column
  return made;
}

function listed(company, found) {
  const byDay = Map.groupBy(found, ({ at }) => date(at));
  const groups = [...byDay].map(([day, some]) => h("li", {}, h("h3", {}, day), h("ul", {}, alike(some).map((same) => line(company, same)))));
  const folded = groups.slice(FIRST_DAYS);
  return [h("ol", { class: "timeline" }, groups.slice(0, FIRST_DAYS)), folded.length > 0 && h("details", {},
    h("summary", {}, `${plural(count(folded.length), "earlier day")}`), h("ol", { class: "timeline" }, folded))];
}

/** Events of a kind on one day together, in the order of the first of them. */
function alike(some) {
  return [...Map.groupBy(some, (one) => (one.kind === "event" ? `${one.what} ${one.direction} ${one.actor}` : one)).values()];
}

function line(company, same) {
  const one = same[0];
  const when = same.map(({ at, known_at: known }) => `${time(at)}${late(at, known) ? `, known since ${time(known)}` : ""}`).join("\n");
  return h("li", { class: `happening is-${one.kind} ${one.direction ?? ""}`, title: when }, told(company, one, same.length));
}

const late = (at, known) => at && known && new Date(known) - new Date(at) > 3_600_000;

function told(company, one, times) {
  if (one.kind === "stage") return [h("strong", {}, `Stage: ${one.what}`), one.reason && h("span", { class: "quiet" }, ` (${one.reason})`)];
  if (one.kind === "field") {
    return [h("strong", {}, capital(plain(one.what))), ": ",
      one.old_value && h("span", { class: "quiet" }, `${value(company, one.what, one.old_value)} → `), value(company, one.what, one.value)];
  }
  const who = one.direction === "from_us" ? `from ${one.actor ? nameOf(company, one.actor) : "us"}` : one.direction === "from_them" ? "from them" : "";
  return [times > 1 && `${times} × `, capital(plain(one.what)), who && h("span", { class: "quiet" }, ` ${who}`)];
}

/** What a field held: an owner by name, money and dates as people write them, else as it is. */
function value(company, field, text) {
  if (text === null || text === undefined || text === "") return "(empty)";
  if (field === "owner") return nameOf(company, text);
  if (["amount", "margin"].includes(field)) return money(Number(text));
  if (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text)) return date(`${text}Z`);  // times are kept in UTC, without saying so
  return String(text);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

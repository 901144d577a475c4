// Tables: sorted by their headings, read by screen readers, scrolling sideways on a phone; long ones come page by page.

import { fill, h, newId } from "./dom.js";
import { NOTHING, count, plural } from "./format.js";
import { download, empty, failed, loading } from "./parts.js";

/**
 * A column: `key`; `label`; `show(row)` a node or text (default: the value); `value(row)` what is sorted and downloaded
 * (default: row[key]); `number` right-aligned; `explain` a title of its heading; `sort` false, or the API's word for it; `main` names the
 * row; `phone` false: left out on a phone; `shown` false: in the download alone; `csv` false: not in the download.
 */
const valueOf = (column, row) => (column.value ? column.value(row) : row[column.key]);
const shown = (column, row) => (column.show ? column.show(row) : valueOf(column, row) ?? NOTHING);

const BY_ITSELF = 500;
const seen = (columns) => columns.filter((column) => column.shown !== false);
const kept = (columns) => columns.filter((column) => column.csv !== false);

/** All rows at once, sorted here. */
export function table({ caption, columns, rows, sorted = null, name = caption, onrow = null, foot = null, none = null }) {
  if (!rows.length) return none ?? empty("Nothing to show");
  const state = { key: sorted?.replace(/^-/, "") ?? null, down: sorted?.startsWith("-") ?? false };
  const body = h("tbody", {});
  const draw = () => fill(body, order(rows, columns.find(({ key }) => key === state.key), state.down)
    .map((row) => line(row, columns, onrow)));
  const sort = (column) => {
    state.down = state.key === column.key ? !state.down : Boolean(column.number);
    state.key = column.key;
    draw();
    mark(head, column.key, state.down);
  };
  const head = heading(columns, sort);
  mark(head, state.key, state.down);
  draw();
  return framed(caption, columns, head, body, foot && h("tfoot", {}, foot), [download(name, kept(columns), rows)]);
}

/**
 * A list that the service sorts and pages: `load({sort, order, cursor})` brings {items, next, in_all?}; `every(progress)` brings all, for
 * the download. More come as the reader nears the end, and beyond some hundreds with a button.
 */
export function pagedTable({ caption, columns, load, every, sorted, onsort, onrow = null, name = caption, none = null, onfirst }) {
  const state = { key: sorted.replace(/^-/, ""), down: sorted.startsWith("-"), next: null, running: false, shown: 0 };
  const body = h("tbody", {});
  const foot = h("div", { class: "more" });
  const place = h("div", { class: "paged" });
  const head = heading(columns, (column) => onsort(state.key === column.key && state.down === Boolean(column.number)
    ? `${column.number ? "" : "-"}${column.key}` : `${column.number ? "-" : ""}${column.key}`));
  mark(head, state.key, state.down);
  const more = async () => {
    if (state.running) return;
    state.running = true;
    if (state.shown) fill(foot, loading("more rows"));
    try {
      const column = columns.find(({ key }) => key === state.key);
      const page = await load({ sort: column?.sort ?? state.key, order: state.down ? "desc" : "asc", cursor: state.next });
      if (!state.shown) {
        onfirst?.(page);
        if (!page.items.length) { fill(place, none ?? empty("Nothing matches")); return; }
        fill(place, framed(caption, columns, head, body, null, every ? [download(name, kept(columns), every)] : []), foot);
      }
      body.append(...page.items.map((row) => line(row, columns, onrow)));
      state.shown += page.items.length;
      state.next = page.next;
      fill(foot, state.next
        ? h("button", { type: "button", class: "button", onclick: more }, `Show more (${count(state.shown)} so far)`)
        : h("p", { class: "quiet" }, `${plural(count(state.shown), "row")} in all.`));
      if (state.next && state.shown < BY_ITSELF) watcher.observe(foot);
    } catch (trouble) {
      if (trouble.name !== "AbortError") fill(state.shown ? foot : place, failed(trouble, () => { state.running = false; more(); }));
    } finally { state.running = false; }
  };
  const watcher = new IntersectionObserver((seen) => {
    if (seen.some(({ isIntersecting }) => isIntersecting) && state.next) { watcher.unobserve(foot); more(); }
  }, { rootMargin: "400px" });
  fill(place, loading(caption));
  more();
  return place;
}

function framed(caption, columns, head, body, foot, tools) {
  const id = newId("caption");
  return h("div", { class: "table-frame" },
    h("div", { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": id },
      h("table", {}, h("caption", { id }, caption), head, body, foot)), legend(columns), h("div", { class: "table-tools" }, tools));
}

/** What the headings tell on hover, for those who have nothing to hover with; style sheets hide it from the others. */
function legend(columns) {
  const told = seen(columns).filter(({ explain, label }) => explain && typeof label === "string");
  return told.length > 0 && h("details", { class: "legend" }, h("summary", {}, "What the columns mean"),
    h("dl", {}, told.map((column) => h("div", { class: column.phone === false ? "no-phone" : null }, h("dt", {}, column.label), h("dd", {}, column.explain)))));
}

function heading(columns, sort) {
  return h("thead", {}, h("tr", {}, seen(columns).map((column) => h("th", {
    scope: "col", class: kinds(column), "data-key": column.key, title: column.explain,
  }, column.sort === false ? column.label : h("button", { type: "button", onclick: () => sort(column) }, column.label,
    h("span", { class: "arrow", "aria-hidden": "true" }))))));
}

function mark(head, key, down) {
  for (const cell of head.querySelectorAll("th")) {
    if (cell.dataset.key === key) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
}

function line(row, columns, onrow) {
  const made = h("tr", { class: row.$class ?? null }, seen(columns).map((column) => (column.main
    ? h("th", { scope: "row", class: kinds(column) }, shown(column, row))
    : h("td", { class: kinds(column) }, shown(column, row)))));
  const target = onrow?.(row);
  if (target) {
    made.classList.add("goes");
    made.addEventListener("click", (event) => {  // the link in its first cell does the same for the keyboard
      if (!event.target.closest("a, button, input, select") && !String(getSelection())) location.hash = target.slice(1);
    });
  }
  return made;
}

const kinds = (column) => [column.number && "number", column.phone === false && "no-phone"].filter(Boolean).join(" ") || null;

function order(rows, column, down) {
  if (!column) return rows;
  const sign = down ? -1 : 1;
  return rows.map((row, place) => [valueOf(column, row), place, row]).sort(([a, i], [b, j]) => {
    const lacks = (value) => value === null || value === undefined || value === "";
    if (lacks(a) || lacks(b)) return lacks(a) - lacks(b) || i - j;
    return (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }))
      * sign || i - j;
  }).map(([, , row]) => row);
}

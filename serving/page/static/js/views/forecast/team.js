// Who brings it: regions, managers and owners as a table that opens; where nobody owns anything, stages and sources.

import { fill, h, newId } from "../../dom.js";
import { card, download } from "../../parts.js";
import { changed, here } from "../../route.js";
import { capital, toThose } from "./measure.js";
import { columnsOf } from "./team-columns.js";

const FEW = 25;
const NOBODY = ["(none)", "(others)"];
const TEAM = ["region", "manager", "owner"];
const NOBODY_CHOSEN = { region: null, manager: null, owner: null };

export function teamCard(told, measure) {
  const nodes = told.team.map((node) => ({
    ...node,
    key: keyOf([...node.parent, node.name]),
    above: node.parent.map((_, depth) => keyOf(node.parent.slice(0, depth + 1))),
  }));
  if (!nodes.length) return null;
  const parents = new Set(nodes.map(({ above }) => above.at(-1)).filter(Boolean));
  const columns = columnsOf(told, measure, nodes);
  const opened = openedOf(nodes, parents);
  const body = h("tbody", {});
  const draw = (focus = null) => {
    fill(
      body,
      nodes
        .filter(({ above }) => above.every((key) => opened.has(key)))
        .map((node) => row(told, node, columns, parents.has(node.key) ? opened : null, toggle)),
    );
    if (focus) body.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  };
  const keep = (focus = null) => {
    history.replaceState(null, "", changed({ team: [...opened].join(",") || "-" }));
    draw(focus);
  };
  const toggle = (key) => {
    if (!opened.delete(key)) opened.add(key);
    keep(key);
  };
  const all = (every) => () => {
    opened.clear();
    if (every) parents.forEach((key) => opened.add(key));
    keep();
  };
  draw();
  const by = [...new Set(nodes.map(({ level }) => level))];
  return card(
    `By ${by.join(parents.size ? " → " : " and ")}`,
    {
      size: "wide",
      explain: "Means add up to the total; ranges and chances do not, and should not: it is unlikely that everybody is lucky at once.",
      tools: parents.size
        ? [
            h("button", { type: "button", class: "button small", onclick: all(true) }, "Open all"),
            h("button", { type: "button", class: "button small", onclick: all(false) }, "Close all"),
          ]
        : [],
    },
    framed(told, columns, body, nodes, by),
  );
}

function framed(told, columns, body, nodes, by) {
  const id = newId("caption");
  const head = h(
    "thead",
    {},
    h(
      "tr",
      {},
      h("th", { scope: "col" }, by.map(capital).join(", ")),
      columns.map((one) => h("th", { scope: "col", class: classOf(one), title: one.explain }, one.label)),
    ),
  );
  const named = [
    { key: "level", label: "level" },
    { key: "parent", label: "part of", value: ({ parent }) => parent.join(" > ") },
    { key: "name", label: "name" },
    { key: "shown", label: "shown" },
  ];
  return h(
    "div",
    { class: "table-frame" },
    h(
      "div",
      { class: "scroller tall", tabindex: "0", role: "region", "aria-labelledby": id },
      h("table", { class: "team" }, h("caption", { id }, `The forecast of ${told.period.name} by ${by.join(", ")}`), head, body),
    ),
    h("div", { class: "table-tools" }, download(`${told.period.name}-team`, [...named, ...columns], nodes)),
  );
}

function row(told, node, columns, opened, toggle) {
  const isOpen = opened?.has(node.key);
  const name = NOBODY.includes(node.name) || node.open_deals === 0 // nothing to list, as of a stage at the end
    ? node.shown
    : h(
        "a",
        {
          href: toThose(told, TEAM.includes(node.level) ? { ...NOBODY_CHOSEN, [node.level]: node.name } : { ...narrowed(node), show: "all" }),
          title: `The open ${told.what} of ${node.shown}`,
        },
        node.shown,
      );
  const opener = opened
    ? h("button", {
        type: "button",
        class: "opener",
        "data-key": node.key,
        "aria-expanded": String(isOpen),
        "aria-label": `${isOpen ? "Close" : "Open"} ${node.shown}`,
        onclick: () => toggle(node.key),
      })
    : h("span", { class: "opener" });
  return h(
    "tr",
    { class: node.parent.length === 0 && opened ? "strong" : null },
    h("th", { scope: "row", class: `level-${node.parent.length}` }, h("span", { class: "node" }, opener, name)),
    columns.map((one) => h("td", { class: classOf(one) }, one.show(node))),
  );
}

const narrowed = ({ level, name }) => (level === "stage" ? { stage: name } : { where: `${level}:${name}` });
const classOf = ({ phone, text }) => ["number", phone === false && "no-phone", text].filter(Boolean).join(" ");
const keyOf = (path) => path.map(encodeURIComponent).join("/");

/** Which nodes are open: those of the address; without a choice all of a small team, of a large one the top alone. */
function openedOf(nodes, parents) {
  const { team } = here().query;
  if (team) return new Set(team.split(",").filter((key) => parents.has(key)));
  return new Set(nodes.length <= FEW ? parents : []);
}

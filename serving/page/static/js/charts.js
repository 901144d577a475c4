// Charts: Vega-Lite templates from charts/*.json, which `leadcast report` draws too, filled with rows and drawn in the reader's theme.

import { fill, h, newId } from "./dom.js";
import { table } from "./table.js";
import { save } from "./parts.js";

const BASE = new URL("../", import.meta.url);
const fetched = new Map();
const drawn = new Set();
let library = null;

/** Vega, Vega-Lite and vega-embed, fetched when the first chart is drawn. */
function vega() {
  library ??= new Promise((resolve, reject) => {
    const script = h("script", { src: new URL("packed/vega.js", BASE), type: "module" });
    script.addEventListener("load", () => resolve(window.vegaEmbed));
    script.addEventListener("error", () => reject(new Error("The chart library could not be fetched.")));
    document.head.append(script);
  });
  return library;
}

function json(name) {
  if (!fetched.has(name)) fetched.set(name, fetch(new URL(`charts/${name}.json`, BASE)).then((answer) => answer.json()));
  return fetched.get(name);
}

/** Fetch the library and some templates before they are needed. */
export function prefetch(...names) {
  vega().catch(() => {});
  [...names, theme()].forEach(json);
}

/** light or dark: what the reader chose, else the system's. */
export function theme() {
  return document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

/**
 * A chart with the same numbers as a table below it.
 *
 * @param {string} name of its template in charts/
 * @param {object[]} rows of the data set "rows"; further ones by name in `data`
 * @param {object} options `alt`: the message of the chart in a sentence, for those who do not see it; `columns`: of the table (as
 *   table.js has them); `height` in pixels; `fit(spec)`: last changes to the template; `file`: the name of downloads
 */
export function chart(name, rows, { alt, columns = null, height = null, data = {}, fit = null, file = name } = {}) {
  const canvas = h("div", { class: "canvas", role: "img", "aria-label": alt });
  if (height) canvas.style.minHeight = `${height}px`;
  const one = { canvas, view: null, name, rows, data, fit, height, alt, shown: false };
  const tools = h("div", { class: "chart-tools" },
    h("button", { type: "button", class: "button small", title: "Download this chart as a picture", onclick: () => picture(one, "svg", file) }, "SVG"),
    h("button", { type: "button", class: "button small", title: "Download this chart as a picture", onclick: () => picture(one, "png", file) }, "PNG"));
  const numbers = columns && h("details", { class: "numbers" }, h("summary", {}, "The numbers"));
  numbers?.addEventListener("toggle", () => {
    if (numbers.open && numbers.childElementCount === 1) numbers.append(table({ caption: alt, columns, rows, name: file }));
  });
  sweep();
  drawn.add(one);
  draw(one);
  return h("figure", { class: "chart", id: newId("chart") }, canvas, h("figcaption", {}, numbers, tools));
}

async function draw(one) {
  try {
    const [embed, spec, config] = await Promise.all([vega(), json(one.name), json(theme())]);
    const copy = structuredClone(spec);
    copy.datasets = { rows: one.rows, ...one.data };
    if (one.height) copy.height = one.height;
    const filled = one.fit?.(copy) ?? copy;
    one.view?.finalize();
    if (one.view !== null && !one.canvas.isConnected) { drawn.delete(one); return; }
    const made = await embed(one.canvas, filled, { config, actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { theme: "custom" } });
    one.view = made.view;
    one.shown ||= one.canvas.isConnected;
    for (const [key, said] of [["role", "img"], ["aria-label", one.alt]]) one.canvas.setAttribute(key, said);  // Vega has put its own there
    one.canvas.removeAttribute("aria-roledescription");
    one.canvas.querySelectorAll("svg, svg *").forEach((node) => { node.removeAttribute("aria-label"); node.removeAttribute("role"); node.removeAttribute("aria-roledescription"); });
    one.canvas.querySelector("svg")?.setAttribute("aria-hidden", "true");
  } catch (trouble) {
    console.error(trouble);
    fill(one.canvas, h("p", { class: "state failed" }, "This chart could not be drawn; its numbers are in the table below."));
  }
}

/** Let go of charts that were on the page and are no longer; one that waits for its place is not among them. */
function sweep() {
  for (const one of [...drawn]) {
    if (one.canvas.isConnected) one.shown = true;
    else if (one.shown) { one.view?.finalize(); drawn.delete(one); }
  }
}

async function picture(one, kind, file) {
  if (!one.view) return;
  const address = await one.view.toImageURL(kind, kind === "png" ? 2 : 1);
  save(`${file}.${kind}`, await (await fetch(address)).blob());
}

/** Draw all charts on the page again, in the present theme. */
export function redraw() {
  sweep();
  for (const one of drawn) if (one.canvas.isConnected) draw(one);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

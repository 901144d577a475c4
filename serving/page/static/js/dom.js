// Elements as function calls. Texts are text nodes, never HTML: a record's words cannot become markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children.
 *
 * Attributes: `class`, `data-*`, `aria-*` and so on are set as they are; `on…` are listeners; true is an empty attribute, null,
 * undefined and false are left out. Children: nodes, texts, numbers, arrays of them; null and false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...flat(children));
  return node;
}

/** Put children in the place of all that a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

let numbered = 0;

/** An id that nothing else on the page has. */
export function newId(prefix = "n") {
  numbered += 1;
  return `${prefix}-${numbered}`;
}

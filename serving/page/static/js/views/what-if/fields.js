// Labelled inputs and forms.

import { h } from "../../dom.js";

/** A labelled input with its unit; `value` is what it holds. */
export function field(label, attributes, unit = "") {
  const input = h("input", attributes);
  return {
    node: h("label", { class: "field" }, h("span", {}, label, unit && ` (${unit})`), input),
    get value() {
      return input.value;
    },
  };
}

/** A form with its fields and a button. */
export const sending = (text, onsend, ...fields) =>
  h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        onsend();
      },
    },
    fields,
    h("button", { type: "submit", class: "button strong" }, text),
  );

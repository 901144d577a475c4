// How old the answer is, said quietly.

import { h } from "../../dom.js";
import { ago, date, lastDay } from "../../format.js";
import { failed } from "../../parts.js";
import { phase } from "./measure.js";

export function madeAt(told, company, anew) {
  const now = Math.max(new Date(company.now).getTime() + (company.clock_stands ? 0 : performance.now()), new Date(told.made_at).getTime());
  const span = `${date(told.period.start)} to ${lastDay(told.period.end)}`;
  const said = { over: `${span}, which is over`, ahead: `${span}, which has not begun`, running: span }[phase(told)];
  return h(
    "p",
    { class: "quiet" },
    `${told.period.name}: ${said}. As of ${date(told.as_of)}`,
    told.fresh ? "." : [`, made ${ago(told.made_at, now)} and being made anew. `, newest(anew)],
  );
}

function newest(anew) {
  const button = h("button", { type: "button", class: "button small" }, "Wait for the newest");
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Making it …";
    try {
      await anew();
    } catch (trouble) {
      if (trouble.name !== "AbortError") button.replaceWith(failed(trouble));
    }
  });
  return button;
}

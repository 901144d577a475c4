// What moves it: the features with the largest part in what it says.

import { h } from "../../dom.js";
import { count, percent } from "../../format.js";
import { bar, card, chip, empty } from "../../parts.js";
import { table } from "../../table.js";
import { spaced } from "./words.js";

const ABOUT = { fit: ["who they are", ""], engagement: ["what they do", "accent"], deal: ["how the deal stands", ""] };
const SHOWN = 10;
/** Does its documentation say more than its name? */
const says = ({ name, doc }) => doc.toLowerCase() !== spaced(name).toLowerCase();

export function featuresCard(model) {
  const explain = "The mean size of a feature's effect on the score, all features together 100 %. It says what the model listens to, not what causes a win.";
  if (!model.important.length) {
    return card("What moves it", { explain }, empty("Nothing does", "It says the same of everyone: nothing it sees tells who gets there."));
  }
  const most = model.important[0].part;
  const shown = model.important.slice(0, SHOWN);
  const sum = shown.reduce((all, { part }) => all + part, 0);
  return card("What moves it", { explain, note: `${shown.length} of ${count(model.features)} features make ${percent(sum, 0)} of what it says.` },
    table({ caption: `Features of ${model.target} with the largest part`, name: `features-${model.target}`, rows: shown, sorted: "-part", columns: [
      { key: "name", label: "Feature", main: true, show: (row) => h("span", { class: "feature" }, spaced(row.name), says(row) && h("span", { class: "quiet" }, row.doc)) },
      { key: "about", label: "About", phone: false, show: (row) => chip(...ABOUT[row.about]) },
      { key: "part", label: "Part", number: true, show: (row) => bar(row.part / most, percent(row.part)) },
      { key: "doc", label: "Meaning", shown: false }, { key: "unit", label: "Unit", shown: false }] }));
}

// Deals: which are open, what they are worth, which carry a risk; and one deal alone.

import { showOne } from "./records/one.js";
import { showDeals } from "./deals/list.js";

export const show = (asked) => (asked.place.parts.length ? showOne("opportunity", asked) : showDeals(asked));

// Leads: whom to call today, where they stand in fit and engagement, who waits; and one lead alone.

import { showOne } from "./records/one.js";
import { showLeads } from "./leads/list.js";

export const show = (asked) => (asked.place.parts.length ? showOne("lead", asked) : showLeads(asked));

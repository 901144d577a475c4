// A forecast's numbers in one shape, whether they come from the outlook or from a scenario.

/** Of an outlook's total. */
export function ofOutlook({ total, money }) {
  return {
    count: total.count,
    amount: money ? total.amount : null,
    whole: total.distribution,
    quota: money ? total.quota : null,
    reach: total.reach,
    gap: total.gap,
    coverage: total.coverage,
  };
}

/** Of a part of a forecast or scenario. */
export function ofPart(part, money) {
  const goal = money ? part.goal : null;
  return {
    count: figures(part.count),
    amount: money ? figures(part.amount) : null,
    whole: (money ? part.amount : part.count).whole,
    quota: goal?.quota ?? null,
    reach: goal?.reach ?? null,
    gap: goal?.gap ?? null,
    coverage: goal?.coverage ?? null,
  };
}

const figures = ({ won, open, new: fresh, total, whole }) => ({ won, open, new: fresh, total, p10: at(whole, 0.1), p90: at(whole, 0.9) });

function at({ levels, values }, level) {
  const place = levels.findIndex((one) => one >= level - 1e-9);
  return values[place < 0 ? values.length - 1 : place];
}

/** P(at most x). */
export function atMost({ levels, values, steps }, x) {
  const after = values.findIndex((value) => value > x);
  if (after === 0) return 0;
  if (after < 0) return values.at(-1) <= x ? (steps ? levels.at(-1) : 1) : levels.at(-1);
  if (steps) return levels[after - 1];
  const [from, to] = [values[after - 1], values[after]];
  return levels[after - 1] + (levels[after] - levels[after - 1]) * ((x - from) / (to - from));
}

const POINTS = 96;

/**
 * How likely the values around each point are, of several distributions on the same points: {x, densities}, each density relative to
 * the highest. What is read between the levels is smoothed, since they come from draws.
 */
export function densities(wholes) {
  const from = Math.min(...wholes.map(({ values }) => values[0]));
  const to = Math.max(...wholes.map(({ values }) => values.at(-1)));
  const steps = wholes.every((whole) => whole.steps);
  const width = steps ? Math.max(1, Math.ceil((to - from) / POINTS)) : (to - from) / POINTS;
  if (!(width > 0)) return [];
  const places = Array.from({ length: Math.round((to - from) / width) + 5 }, (_, place) => from + (place - 2) * width);
  const found = wholes.map((whole) => {
    const reach = steps ? width / 2 : Math.max(width, (whole.values.at(-1) - whole.values[0]) / 40);
    return smooth(
      places.map((x) => (atMost(whole, x + reach) - atMost(whole, x - reach)) / (2 * reach)),
      steps ? 0 : 4,
    );
  });
  const highest = Math.max(...found.flat()) || 1;
  return places.map((x, place) => ({ x, densities: found.map((one) => one[place] / highest) }));
}

function smooth(values, times) {
  if (times === 0) return values;
  return smooth(
    values.map((value, at) => ((values[at - 1] ?? 0) + 2 * value + (values[at + 1] ?? 0)) / 4),
    times - 1,
  );
}

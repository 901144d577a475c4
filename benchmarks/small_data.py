"""What a model of few leads is worth on the leads that come later: rules, the ladder, the base rate and the rate by stage.

    python -m benchmarks.small_data sim sql 100,300,448,1000 --seeds 3
    python -m benchmarks.small_data examples/loan-funnel sql 100,300,448,1000 --data DIR

A sample of leads, as known at 60 % of the span, is learned from; looks at all other leads after that are predicted.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from features import build_context, feature_table
from leadcast.calibration import probability
from leadcast.history import History
from leadcast.metrics import judge
from leadcast.vocabulary import Target
from training.baselines import stage_rate
from training.blend import choose_recipe, fit_model
from training.labels import choose_horizon, label
from training.looks import rows_of
from training.models import fit_base_rate
from training.observations import build_index, plan_looks
from training.split import split_by_time

IDS = ("lead_id", "opportunity_id", "contact_id", "account_id")
WAYS = ("base rate", "rate by stage", "rules", "ladder")
MOST = 3000


def sample(history: History, count: int, rng: np.random.Generator) -> History:
    """So many leads with their deals and everything that happened to them."""
    kept = set(rng.choice(history.leads["lead_id"], min(count, history.leads.rows - 500), replace=False))
    leads = history.leads.take(among(history.leads["lead_id"], kept))
    deals = history.opportunities.take(among(history.opportunities["lead_id"], kept))
    ids = {name: {v for t in (leads, deals) if name in t.names for v in t[name]} - {None} for name in IDS}
    reached = np.unique(np.concatenate([among(history.events[name], ids[name]) for name in IDS if name in history.events.names]))
    names = {("lead", i) for i in ids["lead_id"]} | {("opportunity", i) for i in ids["opportunity_id"]}
    stages, fields = (t.take(np.flatnonzero([pair in names for pair in zip(t["entity"], t["entity_id"], strict=True)]))
                      for t in (history.stages, history.fields))
    return replace(history, leads=leads, opportunities=deals, events=history.events.take(reached), stages=stages, fields=fields)


def among(column: np.ndarray, kept: set[str]) -> np.ndarray:
    return np.flatnonzero(np.fromiter((value in kept for value in column), bool, len(column)))


def trial(history: History, target: Target, count: int, seed: int) -> tuple[list, str, int]:
    """Figures of each way on the later looks, who spoke, and how many of the sample reached the target."""
    rng, begun = np.random.default_rng([seed, count]), history.leads["created_at"].min()
    cut = begun + (history.end - begun) * 6 // 10
    young = sample(history, count, rng).known_at(cut)
    plan, horizon, context = plan_looks(young, target), choose_horizon(young, target), build_context(young, target.entity)
    index = build_index(young, target, plan)
    looks, rows = rows_of(young, target, index, label(young, target, index, horizon), context)
    split = split_by_time(looks.as_of, rows.outcome, horizon.window, rows.entity)
    recipe = choose_recipe(rows, split.folds, 0)
    later = build_index(history, target, plan)
    outcome = label(history, target, later, horizon)
    known = set(young.ids(target.entity))
    fresh = np.flatnonzero(~np.isnan(outcome) & (later.as_of > cut) & ~np.isin(later.entity_id.astype(str), list(known)))
    fresh = np.sort(rng.choice(fresh, min(MOST, len(fresh)), replace=False))
    new, came = later.take(fresh), outcome[fresh]
    values = feature_table(history, new, context.latest()).values
    old_stage, new_stage = (h.stage_at(target.entity, h.rows(target.entity, o.entity_id), o.as_of)[0]
                            for h, o in ((young, looks), (history, new)))
    said = (probability(fit_base_rate(rows.outcome, rows.weight).log_odds(values)), stage_rate(old_stage, rows, new_stage),
            fit_model(rows, choose_recipe(rows, (), 0)).probability(values), fit_model(rows, recipe).probability(values))
    speaking = " + ".join(sorted(c.name for c in recipe.candidates if c.weight))
    return [judge(p, came, new.weight) for p in said], speaking, len(set(rows.entity[rows.outcome == 1]))


def histories(source: str, data: Path | None) -> Iterator[History]:
    if source == "sim":
        from leadcast.simulate import true_history

        yield from (true_history(5000, seed) for seed in (11, 12))
        return
    from leadcast.mapping import read_history
    from leadcast.workspace import read_workspace

    yield read_history(read_workspace(Path(source), data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help='"sim", or the folder of a workspace')
    parser.add_argument("target")
    parser.add_argument("sizes", help="numbers of leads, with commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    worlds = list(histories(given.source, given.data))
    click.echo("| leads | reached | log loss: " + " | ".join(WAYS) + " | ECE: " + " | ".join(WAYS) + " | spoke |")
    for count in (int(size) for size in given.sizes.split(",")):
        target = [next(t for t in w.vocabulary.targets if t.name == given.target) for w in worlds]
        found = [trial(w, t, count, seed) for w, t in zip(worlds, target, strict=True) for seed in range(given.seeds)]
        cells = [f"{np.mean([getattr(figures[way], name) for figures, _, _ in found]):.3f}"
                 for name in ("log_loss", "ece") for way in range(len(WAYS))]
        spoke = ", ".join(f"{who} {times}" for who, times in Counter(who for _, who, _ in found).most_common())
        click.echo(f"| {count:,} | {np.mean([reached for _, _, reached in found]):.0f} | {' | '.join(cells)} | {spoke} |")


if __name__ == "__main__":
    main()

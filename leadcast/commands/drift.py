"""The command that compares recent rows and outcomes with what each champion was trained on."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from leadcast.commands.champions import REFUSED
from leadcast.errors import LeadcastError, OutputError
from leadcast.options import json_option, open_history, print_json, read_as_of, workspace_options

if TYPE_CHECKING:
    from rich.console import Console

    from leadcast.bundle import Bundle
    from leadcast.drift import Drift
    from leadcast.history import History
    from leadcast.observations import Observations
    from leadcast.workspace.model import Workspace

FEWEST_ROWS = 30
SHOWN = 12


class DriftError(LeadcastError):
    """There is nothing recent to compare with."""


@click.command()
@workspace_options
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Compare the newest so many days. [default: 30]")
@click.option("--since", metavar="TIME", help="Compare the looks from this time on, instead.")
@json_option
def drift(workspace: Path, data: Path | None, days: float | None, since: str | None, as_json: bool) -> None:
    """Say whether the world has moved since the models were trained, whether it matters, and whether to retrain.

    Inputs: how recent leads and deals look, against the training's. Outcomes: what each model said of those it had not seen,
    against what came. Kept in .leadcast/drift.json, which the page and /metrics show. Exit code 3: retrain.

    Example: leadcast drift --days 60   or, on a schedule, leadcast drift || leadcast train --promote
    """
    from leadcast.moment import iso
    from leadcast.show import console
    from serving.registry import load_champions
    from serving.scores import Scorer

    if days is not None and since is not None:
        raise click.UsageError("Say --days or --since, not both.")
    opened, history = open_history(workspace, data)
    given = read_as_of(since)
    start = history.end - np.timedelta64(round((days or 30) * 86_400_000_000), "us") if given is None else given
    found: dict[str, Any] = {}
    for name, bundle in load_champions(opened).items():
        recent, seen = look(history, bundle, start)
        dated = not history.undated(bundle.entity)
        about = {"as_of": iso(history.end) if dated else None, "model": Scorer(bundle).model,
                 "since": iso(recent.as_of.min()) if dated else None, "rows": len(recent), "entities": len(set(recent.entity_id))}
        found[name] = {**about, **seen.to_json()}
        if not as_json:
            print_drift(name, bundle, recent, seen, dated, console())
    if as_json:
        print_json({"drift": found})
    _keep(opened, found)
    raise SystemExit(REFUSED if any(one["retrain"] for one in found.values()) else 0)


def _keep(workspace: "Workspace", found: dict[str, Any]) -> None:
    """For the service to show; who only wants to look needs no writable folder."""
    from serving.kept_drift import keep_drift

    try:
        keep_drift(workspace, found)
    except OutputError as refused:
        click.echo(str(refused), err=True)


def look(history: "History", bundle: "Bundle", start: "np.datetime64") -> "tuple[Observations, Drift]":
    """Compare the looks from ``start`` on, planned as in the training, and the outcomes of all that the model has not seen.

    Raises
    ------
    DriftError : fewer than 30 looks are recent
    """
    from leadcast.drift import Drift, compare_inputs, compare_outcomes
    from serving.scores import Scorer
    from training.labels import Horizon, label
    from training.observations import build_index, plan_looks

    plan, scorer = plan_looks(history, bundle.target), Scorer(bundle)
    if not plan.once:
        plan = replace(plan, after_days=tuple(bundle.report["observations"]["after_days"]))
    scorer.agree(history.vocabulary)
    index = build_index(history, bundle.target, plan)
    unseen_from = _unseen_from(history, bundle)
    start = unseen_from if history.undated(bundle.entity) else start
    recent = index.take(index.as_of >= start)
    if len(recent) < FEWEST_ROWS:
        way_out = "." if history.undated(bundle.entity) else ", or look further back with --days."
        raise DriftError(f"{bundle.target.name}: there are {len(recent)} recent looks; at least {FEWEST_ROWS} are needed to "
                         f"compare. Load newer data{way_out}")
    values, _ = scorer.values(history, recent)
    moved = compare_inputs(bundle.profile, values, bundle.log_odds(values), len(set(recent.entity_id)))
    later = index.take(index.as_of >= unseen_from)
    outcome = label(history, bundle.target, later, Horizon(bundle.facts.horizon_days, ""))
    later, outcome = later.take(~np.isnan(outcome)), outcome[~np.isnan(outcome)]
    said = bundle.score(scorer.values(history, later)[0], explain=False).probability if len(later) else np.empty(0)
    dated = not history.undated(bundle.entity)
    return recent, Drift(moved, compare_outcomes(bundle.profile, said, outcome, later.as_of, later.entity_id, dated))


def _unseen_from(history: "History", bundle: "Bundle") -> "np.datetime64":
    from training.contest import trained_until

    return trained_until(history, bundle)


def print_drift(name: str, bundle: "Bundle", recent: "Observations", seen: "Drift", dated: bool, screen: "Console") -> None:
    from leadcast.moment import minute
    from leadcast.show import percent, table

    from_ = f" from {minute(recent.as_of.min())} on" if dated else ""
    title = (f"{name}, version {bundle.version}: {len(recent):,} looks at {len(set(recent.entity_id)):,}{from_}, against "
             f"{bundle.profile['rows']:,} at {bundle.profile['entities']:,} in training")
    shown = [*seen.moved[:SHOWN], seen.score]
    rows = [[m.name, percent(m.part), f"{m.psi:.3f}", f"{m.missing_then:.0%}", f"{m.missing_now:.0%}", m.words] for m in shown]
    headings = ("part", "PSI", "missing then", "now")
    screen.print(table(title, [("", "left"), *((text, "right") for text in headings), ("", "left")], rows))
    if seen.outcomes is None:
        screen.print("  Too few outcomes have matured since the training to check what it says.", highlight=False)
    else:
        lines = [[(c.start or "-")[:10], (c.end or "-")[:10], f"{c.rows:,}", percent(c.said), percent(c.came),
                  f"{c.low:+.1%} to {c.high:+.1%}"] for c in seen.outcomes.cohorts]
        screen.print(table("What it said of outcomes it had not seen, and what came",
                           [("from", "left"), ("to", "left"), ("looks", "right"), ("said", "right"), ("came", "right"),
                            ("said - came, 95 %", "right")], lines))
    screen.print(f"{name}: {seen.words}", highlight=False, soft_wrap=True)

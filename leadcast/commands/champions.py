"""Commands that decide which model answers, and show who did."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.errors import WorkspaceError
from leadcast.options import json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    from rich.table import Table

    from leadcast.history import History
    from leadcast.workspace.model import Workspace
    from training.promote import Verdict
    from training.versions import Model

REFUSED = 3
"""The exit code of a command that worked, and whose answer is no."""
NEXT = "The champions still answer. Next: leadcast promote lets a new version take over, if it is not worse."


@click.command()
@workspace_options
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all that are trained]")
@click.option("--to", metavar="VERSION", help='Make this version champion, without a comparison: a number, or "previous".')
@json_option
def promote(workspace: Path, data: Path | None, targets: tuple[str, ...], to: str | None, as_json: bool) -> None:
    """Let a newly trained model take over, if it is not worse on the newest outcomes.

    Challenger and champion say what they say of the same looks, which neither has seen. The challenger takes over if it is not
    worse than [promotion] in leadcast.toml allows, in the AUC, the log loss and the calibration error. Exit code 3: refused.

    Example: leadcast promote --target win   or, to roll back, leadcast promote --target win --to previous
    """
    opened, history = open_history(workspace, data)
    verdicts = decide(opened, history, _asked(opened, targets, to), to)
    if as_json:
        print_json({"promotion": [verdict.to_json() for verdict in verdicts]})
    else:
        print_verdicts(verdicts)
    raise SystemExit(exit_code(verdicts))


@click.command()
@workspace_options
@json_option
def models(workspace: Path, data: Path | None, as_json: bool) -> None:
    """List every version of every model: who answers, what it has seen, how good it was, how it fared.

    Example: leadcast models
    """
    from leadcast.show import console
    from leadcast.workspace import read_workspace

    found = registered(read_workspace(workspace, data))
    if as_json:
        print_json({"models": [_model_json(model) for model in found]})
        return
    screen = console()
    for model in found:
        screen.print(_versions_shown(model))
    if not found:
        screen.print("No model is registered yet. Next: leadcast train")


def decide(opened: "Workspace", history: "History", targets: list[str], to: str | None = None) -> "list[Verdict]":
    """Hold the gate for each target, or move its champion by hand."""
    from training.promote import promote as hold
    from training.promote import roll_to

    at = datetime.now(UTC).isoformat(timespec="seconds")
    return [hold(opened, history, target, at) if to is None else roll_to(opened, history, target, to, at) for target in targets]


def exit_code(verdicts: "list[Verdict]") -> int:
    return REFUSED if any(verdict.refused for verdict in verdicts) else 0


def print_verdicts(verdicts: "list[Verdict]") -> None:
    """Each comparison as a table, and the verdict in words."""
    from leadcast.show import console

    screen = console()
    for verdict in verdicts:
        if verdict.contest is not None:
            screen.print(contest_shown(verdict))
        screen.print(f"{verdict.target}: {verdict.words}", highlight=False, soft_wrap=True)


def registered(opened: "Workspace") -> "list[Model]":
    """What is registered of each target of the workspace."""
    from leadcast.mapping import vocabulary_of
    from leadcast.places import model_name
    from training.versions import read_model

    names = [model_name(opened.workspace.name, target.name) for target in vocabulary_of(opened).targets]
    return [model for model in (read_model(opened, name, metrics=True) for name in names) if model.versions]


def _asked(opened: "Workspace", targets: tuple[str, ...], to: str | None) -> list[str]:
    from leadcast.mapping import vocabulary_of

    known = [target.name for target in vocabulary_of(opened).targets]
    if unknown := [name for name in targets if name not in known]:
        raise WorkspaceError(f"[targets] in leadcast.toml has no {', '.join(unknown)}; it has {', '.join(known) or 'none'}.")
    if to is not None and len(targets or known) != 1:
        raise click.UsageError(f"Versions are counted per target: --to needs exactly one --target, of {', '.join(known)}.")
    if targets:
        return list(targets)
    prefix = f"{opened.workspace.name}-"
    trained = [model.name.removeprefix(prefix) for model in registered(opened)]
    return trained or known


def contest_shown(verdict: "Verdict") -> "Table":
    """Both models' figures with the difference, its interval and what is allowed."""
    from leadcast.comparison import FIGURES
    from leadcast.moment import is_shown, minute
    from leadcast.show import table

    contest = verdict.contest
    assert contest is not None
    rows = [[FIGURES[d.figure], f"{d.challenger:.4f}", f"{d.champion:.4f}", f"{d.worse:+.4f}", f"{d.low:+.4f} to {d.high:+.4f}",
             f"{d.allowed:g}", f"{d.risk:.0%}", d.words] for d in contest.differences]
    since = f" from {minute(contest.since)}" if is_shown(contest.since) else ""
    title = (f"{verdict.target}: version {verdict.version} against version {verdict.before} on {contest.rows:,} looks at "
             f"{contest.entities:,}{since}, {contest.positives:,} positives")
    note = "; ".join(f"{side}: {told}" for side, told in contest.sides.items())
    headings = ("challenger", "champion", "worse by", "95 %", "allowed", "risk of more")
    return table(title, [("", "left"), *((text, "right") for text in headings), ("verdict", "left")], rows, note)


def _versions_shown(model: "Model") -> "Table":
    from leadcast.show import table
    from training.promote import data_end

    rows = [[str(v.version), ", ".join(v.aliases), data_end(v), v.rung,
             *(_figure(v.metrics.get(name)) for name in ("auc", "log_loss", "ece")), _in_short(v.verdict) or "-"]
            for v in model.versions]
    figures = [(heading, "right") for heading in ("AUC", "log loss", "ECE")]
    about = [(heading, "left") for heading in ("is", "data to", "rung")]
    return table(model.name, [("version", "right"), *about, *figures, ("verdict", "left")], rows)


def _in_short(verdict: str) -> str:
    """A verdict without its figures, which ``leadcast promote`` printed and ``--json`` has."""
    return re.sub(r" \([^)]*\)", "", verdict.partition(": ")[2]).partition(":")[0]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _model_json(model: "Model") -> dict[str, Any]:
    versions = [{"version": v.version, "aliases": list(v.aliases), "data_end": f"{v.data_end}Z" if v.data_end else None,
                 "rung": v.rung, "checksum": v.checksum, "run_id": v.run_id, "metrics": v.metrics, "verdict": v.verdict or None,
                 "comparison": v.comparison.get("comparison")} for v in model.versions]
    return {"name": model.name, "versions": versions, "champions": list(model.champions)}

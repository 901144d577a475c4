"""The command that looks for better settings than the defaults."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.errors import WorkspaceError
from leadcast.options import SEED, json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    from training.tuned import Tuned


@click.command()
@workspace_options
@click.option("--target", help="The target to tune. [default: the only one]")
@click.option("--trials", type=click.IntRange(1), default=40, show_default=True, help="How many in all, earlier runs included.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds after which no new trial begins.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Another seed is another study.")
@json_option
def tune(
    workspace: Path, data: Path | None, target: str | None, trials: int, timeout: float | None, seed: int, as_json: bool
) -> None:
    """Look for settings that are better than the defaults, on folds forward in time.

    It may be stopped at any time and goes on where it was. What is found counts only if it is better than the defaults on a later
    fold that the search has not seen; then leadcast train uses it, from .leadcast/tuned/TARGET.json. The newest slice is not
    touched.

    Example: leadcast tune --target win --trials 60 --timeout 1800
    """
    from leadcast.show import console, progress
    from training.tune import tune as search

    opened, history = open_history(workspace, data)
    known = {found.name: found for found in history.vocabulary.targets}
    if target is None and len(known) == 1:
        target = next(iter(known))
    if target is None:
        raise WorkspaceError(f"leadcast.toml has {len(known)} targets; say which one to tune: --target {' or '.join(known)}.")
    if target not in known:
        raise WorkspaceError(f"[targets] in leadcast.toml has no {target}; it has {', '.join(known) or 'none'}.")
    with progress("tuning") as step:
        tuned = search(opened, history, known[target], trials, timeout, seed, step)
    if as_json:
        print_json(tuned.to_json())
        return
    console().print(f"{target}: {tuned.trials} trials, {tuned.pruned} of them given up early\n{_changed(tuned)}{tuned.words}.",
                    highlight=False, soft_wrap=True)


def _changed(tuned: "Tuned") -> str:
    found = tuned.to_json()["changed"]
    return "".join(f"  {name} = {value:.4g}\n" for name, value in found.items()) if found else ""

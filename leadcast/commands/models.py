"""Commands that make models and decide which of them speaks."""

import json
from pathlib import Path

import click

from leadcast.options import SEED, as_of_option, json_option, open_history, read_as_of, workspace_options


@click.command()
@workspace_options
@as_of_option
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all]")
@click.option("--seed", type=SEED, default=0, show_default=True, help="The same data and seed give the same model, bit for bit.")
@json_option
def train(workspace: Path, data: Path | None, as_of: str | None, targets: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Fit, check and register a model for every target.

    Example: leadcast train --target sql --seed 1
    """
    from leadcast.leaks import Leak, leak_lines, leaks_json
    from leadcast.show import console, progress
    from training.report import print_report, report_json
    from training.run import train as fit

    opened, history = open_history(workspace, data)
    left_out: dict[str, str] = {}
    leaks: list[Leak] = []
    with progress("training") as step:
        models = fit(opened, history, list(targets) or None, read_as_of(as_of), seed, step, left_out=left_out, leaks=leaks)
    if as_json:
        click.echo(json.dumps({**report_json(models, left_out), "leaks": leaks_json(leaks)}, indent=2))
    else:
        for line in leak_lines(leaks):
            click.echo(line)
        print_report(models, console(), left_out)

"""Commands that make models and decide which of them speaks."""

from pathlib import Path

import click

from leadcast.options import SEED, as_of_option, json_option, open_history, print_json, read_as_of, workspace_options


@click.command()
@workspace_options
@as_of_option
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all]")
@click.option("--seed", type=SEED, default=0, show_default=True, help="The same data and seed give the same model, bit for bit.")
@click.option("--promote", is_flag=True, help="Then let each take over, if it is not worse than the champion (leadcast promote).")
@json_option
def train(
    workspace: Path, data: Path | None, as_of: str | None, targets: tuple[str, ...], seed: int, promote: bool, as_json: bool
) -> None:
    """Fit, check and register a model for every target.

    The first version of a model answers at once; later ones wait as challengers until leadcast promote, or --promote, lets them
    take over. Exit code 3: trained, but a challenger was refused.

    Example: leadcast train --target sql --seed 1   or, on a schedule, leadcast train --promote
    """
    from leadcast.commands.champions import NEXT, decide, exit_code, print_verdicts
    from leadcast.leaks import Leak, leak_lines_of_models, leaks_json, suspects_json
    from leadcast.show import console, progress
    from training.report import print_report, report_json
    from training.run import train as fit

    opened, history = open_history(workspace, data)
    left_out: dict[str, str] = {}
    leaks: list[Leak] = []
    with progress("training") as step:
        models = fit(opened, history, list(targets) or None, read_as_of(as_of), seed, step, left_out=left_out, leaks=leaks)
    waiting = [model.target.name for model in models if model.registered is not None and not model.registered.champion]
    if not as_json:
        for line in leak_lines_of_models(leaks):
            click.echo(line)
        print_report(models, console(), left_out)
    verdicts = decide(opened, history, waiting) if promote else []
    if as_json:
        print_json({**report_json(models, left_out), "leaks": leaks_json(leaks), "suspects": suspects_json(leaks),
                    "promotion": [v.to_json() for v in verdicts]})
    print_verdicts([] if as_json else verdicts)
    if waiting and not promote:
        click.echo(NEXT, err=as_json)
    raise SystemExit(exit_code(verdicts))

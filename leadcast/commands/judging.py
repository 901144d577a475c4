"""The command that judges without making anything: how good would a model be that was trained now?"""

from pathlib import Path

import click

from leadcast.options import FILE, SEED, as_of_option, json_option, open_history, print_json, read_as_of, workspace_options


@click.command()
@workspace_options
@as_of_option
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated. [default: all]")
@click.option("--seed", type=SEED, default=0, show_default=True, help="The same data and seed give the same figures.")
@click.option("--report", type=FILE, help="Write the model report as HTML; with several targets, one file for each.")
@json_option
def evaluate(
    workspace: Path, data: Path | None, as_of: str | None, targets: tuple[str, ...], seed: int, report: Path | None, as_json: bool
) -> None:
    """Fit on the older rows and judge on the newest, beside every baseline; register nothing.

    Every figure comes with a 95 % band. Time-ordered, with a gap: nothing that is judged was known when it was learned.

    Example: leadcast evaluate --target win --report win.html
    """
    from leadcast.leaks import Leak, leak_lines_of_models, leaks_json, suspects_json
    from leadcast.show import console, progress
    from training.details import print_details
    from training.page import write_pages
    from training.report import report_json
    from training.run import train

    opened, history = open_history(workspace, data)
    left_out: dict[str, str] = {}
    leaks: list[Leak] = []
    with progress("judging") as step:
        judged = train(opened, history, list(targets) or None, read_as_of(as_of), seed, step, False, left_out, leaks)
    if as_json:
        print_json({**report_json(judged, left_out), "leaks": leaks_json(leaks), "suspects": suspects_json(leaks)})
    else:
        screen = console()
        for line in leak_lines_of_models(leaks):
            click.echo(line)
        for model in judged:
            print_details(model.report, screen)
        for target, reason in left_out.items():
            screen.print(f"{target} left out: {reason}", highlight=False, soft_wrap=True, markup=False)
    for place in write_pages(opened, judged, report, leaks) if report is not None else ():
        click.echo(f"Model report written to {place}.", err=as_json)

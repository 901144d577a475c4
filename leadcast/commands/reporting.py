"""The command that writes the page as files."""

from pathlib import Path
from typing import Any

import click

from leadcast.commands.looking import PERIOD_HELP, champions_of, now
from leadcast.commands.whose import open_records, owners_meant, scope_of, whose_options
from leadcast.errors import LeadcastError
from leadcast.options import as_of_option, moment, read_as_of, warn_of_hindsight, workspace_options

FORMATS = ("html", "xlsx")


@click.command()
@workspace_options
@as_of_option
@click.option("--period", default="quarter", show_default=True, help=f"Of the forecast: {PERIOD_HELP}")
@whose_options
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path(), show_default="this folder",
              help="A file that ends in .html or .xlsx, or a folder.")
@click.option("--format", "form", type=click.Choice([*FORMATS, "both"]),
              help="Which file. [default: by the ending of --out, else both]")
def report(workspace: Path, data: Path | None, as_of: str | None, period: str, origin: str, owner: str | None,
           manager: str | None, region: str | None, out: Path, form: str | None) -> None:
    """Write what the page shows as one HTML file to mail or print, and as an Excel workbook.

    Example: leadcast report   or   leadcast report --region North --period 2026-Q1 --out north.xlsx
    """
    from leadcast.show import progress
    from serving.report.content import Asked, report_content
    from serving.report.files import write_report

    formats: Any = _formats(out, form)
    opened, history = open_records(workspace, data, origin)
    champions, when = champions_of(opened), moment(as_of, history)
    warn_of_hindsight(champions, when)
    scope = scope_of(owner, manager, region)
    asked = Asked(when, period, scope, owners_meant(history, when, scope), now() if as_of is None else read_as_of(as_of))
    with progress("reporting") as step:
        content = report_content(opened, history, champions, asked, step)
        step("writing", 1, 1)
        written = write_report(content, out, formats)
    for place in written:
        click.echo(f"Written: {place}")


def _formats(out: Path, form: str | None) -> tuple[str, ...]:
    """Which files; a folder may not be called as one of them."""
    ending = out.suffix.lower().removeprefix(".")
    if ending not in FORMATS or out.is_dir():
        return FORMATS if form in (None, "both") else (str(form),)
    if form not in (None, ending):
        raise LeadcastError(f"--out {out} is the name of one .{ending} file, and --format {form} asks for another: "
                            "name a folder, or leave --format out.")
    return (ending,)

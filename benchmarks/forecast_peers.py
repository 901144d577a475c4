"""Compare Leadcast's curves and forecasts with their peers on past days: python -m benchmarks.forecast_peers --data DIR.

On each of the last days, a week apart, whose longest horizon is over: Leadcast and every peer learn from what was known then,
and say how likely everyone open is won within each horizon; what came is taken from the whole history. The default
workspace is the loan funnel; any with a target that is to be won will do. hazardous takes part where it is installed.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

from benchmarks.curve_peers import PEERS, available
from benchmarks.forecast_measures import SaidOfWeek
from benchmarks.forecast_page import Comparison, about, in_words, plain
from benchmarks.forecast_totals import Totals, totals
from benchmarks.past_weeks import PastWeek, past_days, past_week
from benchmarks.product import NAME
from leadcast.errors import TooLittleData
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.workspace import Workspace, read_workspace

LOANS = Path(__file__).resolve().parent.parent / "examples" / "loan-funnel"


@click.command(help=__doc__)
@click.option("--workspace", "folder", default=LOANS, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Whose leadcast.toml says what the tables mean.  [default: examples/loan-funnel]")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where its tables lie.")
@click.option("--target", default="win", show_default=True, help="A target that is to be won, of deals or of leads.")
@click.option("--days", "horizons", default=(7.0, 14.0, 28.0), multiple=True, show_default=True,
              help="A horizon; may be repeated.")
@click.option("--weeks", default=9, show_default=True, help="How many past days.")
@click.option("--last", type=click.DateTime(["%Y-%m-%d"]), help="The last of them, UTC.  [default: so that all is over]")
@click.option("--without", multiple=True, help="Leave this peer out; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print plain data instead of tables.")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables to this file as well.")
def main(folder: Path, data: Path | None, target: str, horizons: tuple[float, ...], weeks: int, last: datetime | None,
         without: tuple[str, ...], as_json: bool, write: Path | None) -> None:
    workspace = read_workspace(folder, data)
    history = read_history(workspace)
    names = [name for name in available() if name not in without]
    newest = None if last is None else np.datetime64(last, "us")
    found = compare(workspace, history, target, np.sort(np.array(horizons)), weeks, newest, names)
    click.echo(json.dumps(plain(found), indent=1) if as_json else in_words(found))
    if write:
        command = f"python -m benchmarks.forecast_peers {' '.join(_spoken(sys.argv[1:]))}".strip()
        write.write_text(f"{about(command, str(datetime.now(UTC).date()))}\n\n{in_words(found)}\n", encoding="utf-8")


def compare(workspace: Workspace, history: History, target: str, days: np.ndarray, weeks: int, last: np.datetime64 | None,
            peers: list[str]) -> Comparison:
    """Every method on every past day; a day on which too little was known is told and left out.

    Raises
    ------
    TooLittleData : no day is left
    """
    said: list[SaidOfWeek] = []
    all_wins: list[Totals] = []
    noun = "deal"
    for as_of in past_days(history, float(days.max()), weeks, last):
        click.echo(f"{str(as_of)[:10]} ...", err=True)
        try:
            began = time.perf_counter()
            week = past_week(workspace, history, target, as_of)
        except TooLittleData as reason:
            click.echo(f"{str(as_of)[:10]} is left out. {reason}", err=True)
            continue
        if week.bundle.curve is None or not len(week.now.values):
            click.echo(f"{str(as_of)[:10]} is left out: no time ahead was over by then, or nobody was open.", err=True)
            continue
        noun = "lead" if week.target.entity == "lead" else "deal"
        said.append(say(week, days, peers, time.perf_counter() - began))
        all_wins.append(totals(week, history, float(days.max())))
    if not said:
        raise TooLittleData(f"{target}: on none of the days enough was known and all horizons are over. Ask for shorter --days.")
    return Comparison(workspace.workspace.name, target, noun, days, said, float(days.max()), all_wins)


def say(week: PastWeek, days: np.ndarray, peers: list[str], trained: float = 0.0) -> SaidOfWeek:
    """What Leadcast and the peers say on one day; ``trained`` are the seconds that Leadcast's training took."""
    began = time.perf_counter()
    curves = week.bundle.curves(week.now.values)
    said = {NAME: np.stack([curves.won_by(float(day)) for day in days], axis=1)}
    seconds = {NAME: trained + time.perf_counter() - began}
    for name in peers:
        began = time.perf_counter()
        said[name] = PEERS[name](week, days)
        seconds[name] = time.perf_counter() - began
    came = np.stack([week.now.endings.won_within(float(day)) for day in days], axis=1)
    return SaidOfWeek(week.as_of, week.now.entity_id, came, said, seconds)


def _spoken(arguments: list[str]) -> list[str]:
    """The command's arguments without this machine's folders."""
    spoken = list(arguments)
    for place, word in enumerate(arguments[:-1]):
        if word in ("--data", "--write"):
            spoken[place + 1] = "DIR" if word == "--data" else "FILE"
    return spoken


if __name__ == "__main__":
    main()

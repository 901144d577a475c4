"""The command that replays the past: trained on what was known then, said then, and what came."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from leadcast.errors import LeadcastError
from leadcast.options import SEED, json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    from leadcast.history import History
    from leadcast.show import Step
    from leadcast.workspace.model import Workspace


class BacktestError(LeadcastError):
    """There is nothing in the past to replay."""


@click.command()
@workspace_options
@click.option("--periods", type=click.IntRange(1), default=3, show_default=True, help="How many of the newest periods.")
@click.option("--days", type=click.FloatRange(min=1), default=30.0, show_default=True, help="How long each of them is.")
@click.option("--seed", type=SEED, default=0, show_default=True)
@json_option
def backtest(workspace: Path, data: Path | None, periods: int, days: float, seed: int, as_json: bool) -> None:
    """Replay the newest periods: train on what was known before each, forecast it, and compare with what came.

    From deals (or leads) that were open when a period began; what came from those not there yet is shown beside. Nothing is
    registered.

    Example: leadcast backtest --periods 6 --days 30
    """
    from leadcast.show import console, progress

    opened, history = open_history(workspace, data)
    with progress("replaying") as step:
        lines = replay(opened, history, periods, days, seed, step)
    if as_json:
        print_json({"periods": lines})
    else:
        console().print(_shown(lines, history.vocabulary.currency))


def replay(
    opened: "Workspace", history: "History", periods: int, days: float, seed: int, step: "Step | None" = None
) -> list[dict[str, Any]]:
    """One line per period, oldest first: what was forecast for those open then, what came of them, and what came besides.

    Raises
    ------
    BacktestError : no target is to be won, or the data have no dates
    """
    targets = [t.name for t in history.vocabulary.targets if set(t.stages) <= history.vocabulary.won(t.entity)]
    if not targets:
        raise BacktestError("A backtest needs a target whose stages are the won ones; leadcast.toml has none.")
    if all(history.undated(t.entity) for t in history.vocabulary.targets if t.name in targets):
        raise BacktestError("The data have no dates, so there is no past day to go back to. Map created_at in leadcast.toml.")
    length = np.timedelta64(round(days * 86_400_000_000), "us")
    starts = [history.end - length * (periods - number) for number in range(periods)]
    lines = []
    for number, start in enumerate(starts):
        if step is not None:
            step(f"period {number + 1} of {periods}", number, periods)
        lines.append(_period(opened, history, targets, start, start + length, seed))
    return lines


def _period(
    opened: "Workspace", history: "History", targets: list[str], start: "np.datetime64", end: "np.datetime64", seed: int
) -> dict[str, Any]:
    from leadcast.errors import TooLittleData
    from leadcast.period import Period
    from serving.outlook import outlook
    from serving.replay import what_came
    from training.run import train

    line: dict[str, Any] = {"from": f"{start}Z", "to": f"{end}Z"}
    try:
        trained = train(opened, history, targets, start, seed, register=False)
    except TooLittleData as reason:
        return {**line, "left_out": str(reason)}
    bundles = {model.target.name: model.bundle for model in trained}
    look = outlook(history.known_at(start), bundles, start, Period(f"the period from {str(start)[:10]}", start, end))
    came, said = what_came(history, look), look.total.to_dict("records")[0]
    return {
        **line, "what": look.what, "rung": ", ".join(model.bundle.rung for model in trained),
        "expected": float(said["expected_count"]), "came": came.counts[0], "came_new": came.counts[1],
        "expected_amount": float(said["expected_amount"]), "came_amount": came.amounts[0], "came_new_amount": came.amounts[1],
    }


def _shown(lines: list[dict[str, Any]], currency: str) -> Any:
    from leadcast.show import money, table

    told = [line for line in lines if "left_out" not in line]
    if told:
        numbers = ("expected", "came", "expected_amount", "came_amount", "came_new")
        told = [*told, {"from": "all", "to": "", **{name: sum(line[name] for line in told) for name in numbers}}]
    rows = [[line["from"][:10], line["to"][:10], f"{line['expected']:,.1f}", f"{line['came']:,}", money(line["expected_amount"]),
             money(line["came_amount"]), f"{line['came_new']:,}"] for line in told]
    notes = [f"{line['from'][:10]} is left out: {line['left_out']}" for line in lines if "left_out" in line]
    headings = ["expected", "came", f"expected {currency}", f"came {currency}", "not there yet"]
    return table("Said from what was known before, and what came", [("from", "left"), ("to", "left"),
                 *((text, "right") for text in headings)], rows, " ".join(notes))

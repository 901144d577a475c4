"""``python -m training``: training without the front door, where only this room is installed."""

import argparse
import sys
from pathlib import Path

from leadcast.errors import LeadcastError
from leadcast.moment import read_moment


def main(arguments: list[str] | None = None) -> int:
    """Train and register; returns the exit code: 0, or 2 for a mistake the user can mend."""
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and register a workspace's models.")
    parser.add_argument("--workspace", required=True, help="the folder of leadcast.toml")
    parser.add_argument("--data", default="", help="the folder of the files; default: the workspace's own")
    parser.add_argument("--target", default="", help="one target, or several with commas; default: all")
    parser.add_argument("--as-of", default="", help="train on what was known then (ISO, UTC); default: the end of the data")
    parser.add_argument("--seed", type=_seed, default=0, help="a whole number from 0 on")
    chosen = parser.parse_args(arguments)
    try:
        _train(chosen)
    except LeadcastError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 2
    return 0


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**31 - 1}")
    return int(text)


def _train(chosen: argparse.Namespace) -> None:
    from rich.console import Console

    from leadcast.leaks import Leak, leak_lines_of_models
    from leadcast.mapping import read_history
    from leadcast.workspace import read_workspace
    from training.report import print_report
    from training.run import train

    workspace = read_workspace(Path(chosen.workspace), data=Path(chosen.data) if chosen.data else None)
    targets = [name for name in chosen.target.split(",") if name] or None
    left_out: dict[str, str] = {}
    as_of = read_moment(chosen.as_of) if chosen.as_of else None
    leaks: list[Leak] = []
    trained = train(workspace, read_history(workspace), targets, as_of, chosen.seed, left_out=left_out, leaks=leaks)
    sys.stdout.write("".join(f"{line}\n" for line in leak_lines_of_models(leaks)))
    print_report(trained, Console(), left_out)


if __name__ == "__main__":
    sys.exit(main())

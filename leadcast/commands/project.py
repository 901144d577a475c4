"""``python -m leadcast.commands.project``: what MLproject's entry points call; the same commands, with MLflow's empty parameters.

``mlflow run`` hands over every parameter, those left out as an empty text; they are dropped, so the commands' own defaults hold.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

FLAGS = ("--promote", "--json")
LISTS = ("--target", "--input")


def main(arguments: list[str]) -> None:
    """Run a command with options given as pairs, empty ones left out."""
    from leadcast.cli import main as leadcast

    forget_outer_run()
    command, *options = arguments
    leadcast([command, *chosen(options)], prog_name="leadcast")


def chosen(options: list[str]) -> Iterator[str]:
    """The options that say something: lists by commas become several, flags stand alone.

    Examples
    --------
    >>> list(chosen(["--data", "", "--target", "mql,sql", "--promote", "true", "--json", "false"]))
    ['--target', 'mql', '--target', 'sql', '--promote']
    """
    for name, value in zip(options[::2], options[1::2], strict=True):
        if name in FLAGS:
            yield from [name] if value.lower() in ("true", "yes", "1") else []
        else:
            for one in value.split(",") if name in LISTS else [value]:
                yield from [name, one] if one else []


def forget_outer_run() -> None:
    """``mlflow run`` hands its own run to us, and its own ./mlflow.db where no store was named; each model gets a run of its
    own, in the store that ``leadcast`` reads."""
    if os.environ.pop("MLFLOW_RUN_ID", None) is None:
        return
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    if os.environ.get("MLFLOW_TRACKING_URI") == f"sqlite:///{Path.cwd() / 'mlflow.db'}":
        del os.environ["MLFLOW_TRACKING_URI"]


if __name__ == "__main__":
    main(sys.argv[1:])

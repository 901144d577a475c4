"""Replaying past days: which are asked for, which are there already, and the rest by several processes at once."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import leadcast
from leadcast.errors import LeadcastError, TooLittleData
from leadcast.replay import Replay, Stretch, fit_days, past_days, read_replay, replay_file, write_replay

if TYPE_CHECKING:
    from leadcast.history import History
    from leadcast.show import Step
    from leadcast.vocabulary import Target
    from leadcast.workspace.model import Workspace

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class BacktestError(LeadcastError):
    """There is nothing in the past to replay."""


@dataclass(frozen=True)
class Wish:
    """What is to be replayed.

    Attributes
    ----------
    periods : how many past days
    every : how many days apart; None: the first of each month
    refit : so many days in a row share a model
    """

    periods: int
    every: float | None
    stretches: tuple[Stretch, ...]
    refit: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Task:
    """The days that share a model; everything a process needs to do them on its own."""

    workspace: Path
    data: Path | None
    target: str
    stretches: tuple[Stretch, ...]
    fitted: np.datetime64
    days: tuple[np.datetime64, ...]
    seed: int
    folder: Path


def replay_past(
    opened: "Workspace", history: "History", wish: Wish, data: Path | None = None, workers: int = 1, fresh: bool = False,
    step: "Step | None" = None,
) -> tuple[str, list[Replay]]:
    """The replays of past days, oldest first, and the key under which they are kept; what is there already is not done again.

    Raises
    ------
    BacktestError : no target is to be won, the data have no dates or reach no day back, or a process ended before its time
    """
    target = to_be_won(history)
    key = key_of(opened, history, target, wish)
    folder = backtest_folder(opened, key) / "replays"
    days = fit_days(_past_days(opened, history, target, wish), wish.periods, wish.refit)
    if not days:
        ahead = ", ".join(stretch.name for stretch in wish.stretches)
        raise BacktestError(f"The data end at {str(history.end)[:10]} and hold no past day of which {ahead} ahead would be over "
                            "by now. Ask for shorter stretches (--ahead) or nearer days (--every).")
    if fresh:
        for day, _ in days:
            replay_file(folder, day).unlink(missing_ok=True)
    absent = [(day, fitted) for day, fitted in days if not replay_file(folder, day).exists()]
    tasks = [Task(opened.folder, data, target.name, wish.stretches, fitted, tuple(day for day, _ in same), wish.seed, folder)
             for fitted, same in groupby(absent, key=lambda pair: pair[1])]
    done = len(days) - len(absent)
    for more in chain([0], _worked(tasks, workers, opened, history)):
        done += more
        if step is not None:
            step(f"replayed {done} of {len(days)} days", done, len(days))
    return key, [read_replay(replay_file(folder, day)) for day, _ in days]


def to_be_won(history: "History") -> "Target":
    """The first target whose stages are the won ones, deals before leads.

    Raises
    ------
    BacktestError : there is none, or what it speaks of has no dates
    """
    targets = [t for t in history.vocabulary.targets if history.vocabulary.is_win(t)]
    if not targets:
        raise BacktestError("A backtest needs a target whose stages are the won ones; leadcast.toml has none.")
    dated = [target for target in targets if not history.undated(target.entity)]
    if not dated:
        raise BacktestError("The data have no dates, so there is no past day to go back to. Map created_at in leadcast.toml.")
    return min(dated, key=lambda target: target.entity != "opportunity")


def backtest_folder(opened: "Workspace", key: str) -> Path:
    """Where a backtest's replays and, by default, its report are kept."""
    from leadcast.places import state_folder

    return state_folder(opened) / "backtest" / key


def key_of(opened: "Workspace", history: "History", target: "Target", wish: Wish) -> str:
    """Sixteen digits that change with whatever changes a replay: data, leadcast.toml, tuned settings, calls, options, version."""
    from leadcast.calls import NAME
    from leadcast.fingerprint import fingerprint
    from leadcast.places import state_folder

    state = state_folder(opened)
    files = state / NAME, state / "tuned" / f"{target.name}.json"
    said = {
        "data": fingerprint(history), "vocabulary": history.vocabulary.to_json(), "target": target.name,
        "timezone": opened.workspace.timezone, "fiscal": opened.forecast.fiscal_year_starts,
        "beside": [file.read_text(encoding="utf-8") if file.exists() else "" for file in files],
        "every": wish.every, "refit": wish.refit, "seed": wish.seed, "stretches": [stretch.name for stretch in wish.stretches],
        "version": leadcast.__version__,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def work(task: Task, opened: "Workspace", history: "History") -> int:
    """Fit the model of a task's days, replay them and write them down; how many they were.

    Days on which there was too little to learn from are written down with the reason.
    """
    from leadcast.calls import NAME
    from leadcast.places import state_folder
    from serving.replay import Calendar, replay_of
    from training.run import train

    calendar = Calendar(opened.workspace.timezone, opened.forecast.fiscal_year_starts, state_folder(opened) / NAME)
    why, bundle = "", None
    try:
        bundle = train(opened, history, [task.target], task.fitted, task.seed, register=False)[0].bundle
        if bundle.curve is None:
            why = f"no time ahead of any look at {task.target} was over then, so there was no curve to learn"
    except TooLittleData as reason:
        why = str(reason)
    for day in task.days:
        if why or bundle is None:
            entity = next(target.entity for target in history.vocabulary.targets if target.name == task.target)
            write_replay(task.folder, Replay(day, task.fitted, entity, left_out=why))
        else:
            write_replay(task.folder, replay_of(history, bundle, day, task.stretches, calendar, task.seed))
    return len(task.days)


def work_alone(task: Task) -> int:
    """The same in a process of its own, which reads the workspace itself, once."""
    return work(task, *_read(task.workspace, task.data))


@lru_cache(maxsize=1)
def _read(workspace: Path, data: Path | None) -> "tuple[Workspace, History]":
    from leadcast.options import open_history

    return open_history(workspace, data)


def _worked(tasks: list[Task], workers: int, opened: "Workspace", history: "History") -> Iterator[int]:
    """How many days each finished task held, as they finish."""
    if min(workers, len(tasks)) <= 1:
        yield from (work(task, opened, history) for task in tasks)
        return
    with _one_thread_each(), ProcessPoolExecutor(min(workers, len(tasks)), multiprocessing.get_context("spawn")) as pool:
        try:
            yield from (task.result() for task in as_completed([pool.submit(work_alone, task) for task in tasks]))
        except BrokenProcessPool:
            raise BacktestError("A process that replayed ended before its time, perhaps for want of memory. What is done is "
                                "kept: run it again, with --workers 1 if need be.") from None
        except BaseException:  # Ctrl-C above all: nobody waits for what is running
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes begun inside compute with one thread, unless the environment says otherwise: there is one for each core."""
    added = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _past_days(opened: "Workspace", history: "History", target: "Target", wish: Wish) -> Iterator[np.datetime64]:
    begin = np.fmin.reduce(history.entities(target.entity)["created_at"])
    calendar = opened.workspace.timezone, opened.forecast.fiscal_year_starts
    return past_days(wish.every, wish.stretches, begin, history.end, *calendar)

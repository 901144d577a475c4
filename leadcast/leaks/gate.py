"""The gate itself: look at every column, refuse those that give the answer away."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from leadcast.errors import WorkspaceError
from leadcast.history import History
from leadcast.leaks.columns import JUDGED, Column, columns_of
from leadcast.leaks.course import Course, course_of
from leadcast.leaks.events import types_with_the_outcome
from leadcast.leaks.histories import told_by_its_history
from leadcast.leaks.judge import judge
from leadcast.leaks.leak import WORDS, Evidence, Leak, Status
from leadcast.leaks.values import Values
from leadcast.vocabulary import ENTITIES, refusal
from leadcast.workspace.messages import did_you_mean
from leadcast.workspace.model import Workspace
from leadcast.workspace.sections import PLURALS, sources_of

MOST_ROWS = 20_000


def find_leaks(history: History, workspace: Workspace) -> list[Leak]:
    """Every column that gives the answer away, the clearest first.

    Parameters
    ----------
    history : all that is known; what was recorded after its end has no part in it
    workspace : says which column is what, and which ones are allowed all the same

    Raises
    ------
    WorkspaceError : ``[leaks] allow`` names a column that no table of leads or deals has
    """
    _check_allowed(history, workspace)
    found = [leak for entity in ENTITIES if history.entities(entity).rows
             for leak in _of_columns(history, workspace, columns_of(history, workspace, entity))]
    found += [leak for entity in ENTITIES if history.entities(entity).rows for leak in types_with_the_outcome(history, entity)]
    alone = {(leak.table, leak.column): leak for leak in sorted(found, key=_rank, reverse=True)}
    return sorted(alone.values(), key=_rank)


def refuse_leaks(history: History, workspace: Workspace) -> tuple[History, list[Leak]]:
    """The history whose vocabulary keeps the leaks from every feature, and what was found."""
    leaks = find_leaks(history, workspace)
    refused = {refusal(leak.entity, leak.attribute) for leak in leaks if leak.status == "refused" and leak.attribute}
    vocabulary = replace(history.vocabulary, refused=history.vocabulary.refused | refused)
    return replace(history, vocabulary=vocabulary), leaks


def _check_allowed(history: History, workspace: Workspace) -> None:
    """A misspelt name would let nothing pass, in silence."""
    tables = [rows.frame.columns for read in history.quality.sources.values() for rows in read]
    mapped = [name for entity in ENTITIES for source in sources_of(workspace, entity) for name in source.attributes]
    known = sorted({*JUDGED, *mapped, *(str(column) for columns in tables for column in columns)})
    mistakes = [f'leaks.allow: no column of leads or deals is called "{name}"{did_you_mean(name, known)}'
                for name in workspace.leaks.allow if tables and name not in known]
    if mistakes:
        raise WorkspaceError("\n".join(f"leadcast.toml: {mistake}" for mistake in mistakes))


def _rank(leak: Leak) -> tuple[bool, float, str, str]:
    """What a model would see before what it does not see; then by evidence."""
    return leak.status not in ("refused", "allowed", "suspect"), -leak.best.strength, leak.column, leak.table


def _of_columns(history: History, workspace: Workspace, columns: Iterator[Column]) -> Iterator[Leak]:
    course: Course | None = None
    sample = np.empty(0, np.int64)
    for column in columns:
        if course is None:
            course = course_of(history, column.entity)
            sample = _sample(len(course))
            course = course.take(sample)
        evidence = _evidence(history, column, course, sample)
        if evidence:
            status = _status(column, workspace, evidence[0])
            if evidence[0].weak and status in ("unused", "kept_out"):
                continue  # nothing depends on the answer
            yield Leak(column.name, column.table, column.entity, column.attribute, status, evidence,
                       _remedy(column, status, evidence[0]))


def _sample(rows: int) -> np.ndarray:
    """Enough rows to judge by; always the same ones."""
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))


def _evidence(history: History, column: Column, course: Course, sample: np.ndarray) -> tuple[Evidence, ...]:
    values = Values(column.values.raw[sample])
    if len(column.rows) < len(column.values):
        mine = np.flatnonzero(np.isin(sample, column.rows))
        values, course = values.take(mine), course.take(mine)
    found = judge(values, course, column.use == "input" and column.attribute not in JUDGED)
    if column.use == "input" and column.attribute is not None:
        found += tuple(told_by_its_history(history, column.entity, column.attribute))
    return tuple(sorted(found, key=lambda e: (e.weak, -e.strength)))


def _status(column: Column, workspace: Workspace, best: Evidence) -> Status:
    if column.use != "input":
        return column.use
    if {column.name, column.attribute} & set(workspace.leaks.allow):
        return "allowed"
    return "suspect" if best.weak else "refused"


def _remedy(column: Column, status: Status, best: Evidence) -> str:
    """What to write in leadcast.toml."""
    section, allow = PLURALS[column.entity], f'[leaks] allow = ["{column.name}"]'
    if status == "unused":
        return "Leave it so"
    if status == "kept_out":
        return 'Leave known = "outcome" as it is'
    if status == "allowed":
        return f'If it is not known when a {WORDS[column.entity]} is scored, take it out of {allow}'
    if status == "suspect":
        return f'If it is filled in later, write known = "outcome" or "stage:NAME" for {column.attribute} under [{section}]'
    otherwise = f"if it is known that early, write {allow}"
    if best.kind == "history":
        return f"Map old_value under [field_history.columns]; {otherwise}"
    if column.attribute == "expected_close":
        return f"If it becomes the date of the outcome, map it as close_date under [{section}.columns]; {otherwise}"
    if best.kind == "code":
        return f"Take {column.attribute} out of [{section}]; {otherwise}"
    if column.attribute in ("owner", "source", "account_id", "contact_id", "amount", "margin", "currency", "category"):
        return f"Forecasts still use it where they need it, no model does; {otherwise}"
    return f'Write known = "outcome" (or "stage:NAME") for {column.attribute} under [{section}.attributes]; {otherwise}'

"""Mistakes in [[stages]]: where stage entries come from."""

from collections.abc import Iterator

from leadcast.workspace.model import (
    StagesFromCurrent,
    StagesFromDates,
    StagesFromEvents,
    StagesFromOutcome,
    StagesFromRows,
    StagesFromSilence,
    StageSource,
    Workspace,
)
from leadcast.workspace.sections import PLURALS, numbered, sources_of, stages_of, unknown


def stage_mistakes(workspace: Workspace) -> Iterator[str]:
    """One line per mistake."""
    for key, source in numbered("stages", workspace.stages):
        stages = stages_of(workspace, source.entity)
        if not sources_of(workspace, source.entity):
            yield f"{key}.entity: no {PLURALS[source.entity]} are mapped; map them under [{PLURALS[source.entity]}]."
        elif not stages:
            yield (f'{key}.entity: no pipeline for entity = "{source.entity}"; name its stages under [[pipelines]]: '
                   f'entity = "{source.entity}", stages = ["...", "..."], won = ["..."], lost = ["..."].')
        else:
            for place, stage in _named(key, source):
                if stage not in stages:
                    yield unknown(place, stage, stages, f"{source.entity} stage")
        yield from _columns(workspace, key, source)


def _named(key: str, source: StageSource) -> Iterator[tuple[str, str]]:
    """Every stage that a source names, and where."""
    if isinstance(source, StagesFromEvents):
        yield from ((f"{key}.events.{kind}", source.values.get(stage, stage)) for kind, stage in source.events.items())
    elif isinstance(source, StagesFromDates):
        yield from ((f"{key}.dates.{column}", stage) for column, stage in source.dates.items())
    elif isinstance(source, StagesFromSilence):
        yield f"{key}.stage", source.stage
    else:
        yield from ((f"{key}.values.{theirs}", stage) for theirs, stage in source.values.items())


def _columns(workspace: Workspace, key: str, source: StageSource) -> Iterator[str]:
    """Columns that a kind of source cannot do without."""
    if isinstance(source, StagesFromEvents) and not workspace.events:
        yield f"{key}.from: no events are mapped; map them under [[events]]."
    if isinstance(source, StagesFromRows | StagesFromCurrent | StagesFromOutcome) and source.columns.stage is None:
        what = "outcome" if isinstance(source, StagesFromOutcome) else "stage"
        yield f"{key}.columns.stage: missing key; map the column that holds the {what}."
    if isinstance(source, StagesFromRows) and source.columns.entered_at is None:
        yield (f'{key}.columns.entered_at: missing key; map when the stage was entered, or say from = "current" where no date '
               f"is known.")
    if isinstance(source, StagesFromOutcome):
        yield from _outcomes(key, source)


def _outcomes(key: str, source: StagesFromOutcome) -> Iterator[str]:
    if not source.won and not source.lost:
        yield f"{key}.won: found an empty list; right would be the values that mean won."
    lists = {"won": source.won, "lost": source.lost, "open": source.open}
    for name, other in (("lost", "won"), ("open", "won"), ("open", "lost")):
        for value in sorted(set(lists[name]) & set(lists[other])):
            yield f'{key}.{name}: "{value}" stands under {other} as well; each value means one thing.'

"""Mistakes between the keys of ``leadcast.toml``: each key is well formed, but together they say something impossible."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import available_timezones

from leadcast.workspace.messages import did_you_mean
from leadcast.workspace.model import Entity, Pipeline, Workspace
from leadcast.workspace.role_checks import role_mistakes
from leadcast.workspace.rule_checks import rule_mistakes
from leadcast.workspace.sections import PLURALS, numbered, sources_of, stages_of, unknown
from leadcast.workspace.stage_checks import stage_mistakes
from leadcast.workspace.table_checks import table_mistakes


def contradictions(workspace: Workspace) -> list[str]:
    """One line per mistake, in the order of the file's sections."""
    return [*_general(workspace), *table_mistakes(workspace), *role_mistakes(workspace), *_pipelines(workspace),
            *stage_mistakes(workspace), *_targets(workspace), *rule_mistakes(workspace)]


def _general(workspace: Workspace) -> Iterator[str]:
    general = workspace.workspace
    zone_is_known = general.timezone is None or general.timezone in available_timezones()
    if not zone_is_known:
        yield (f'workspace.timezone: found "{general.timezone}"; right would be a name such as "Europe/Berlin", '
               f'"America/New_York" or "UTC"{did_you_mean(str(general.timezone), available_timezones())}')
    if general.ends_at is not None:
        yield from _end(general.ends_at, general.timezone)
    if not workspace.leads and not workspace.opportunities:
        yield "leads: missing; map a table of leads under [leads], or one of deals under [opportunities]."


def _end(text: str, zone: str | None) -> Iterator[str]:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        yield f'workspace.ends_at: found "{text}"; right would be a time such as "2024-06-30T23:59:59Z" or "2024-06-30".'
        return
    if parsed.tzinfo is None and zone is None:
        yield f'workspace.ends_at: "{text}" has no offset from UTC; write "{text}Z", or say timezone = "..." under [workspace].'


def _pipelines(workspace: Workspace) -> Iterator[str]:
    seen: set[tuple[Entity, str]] = set()
    for key, pipeline in numbered("pipelines", workspace.pipelines):
        if (pipeline.entity, pipeline.name) in seen:
            yield f'{key}.name: a second pipeline "{pipeline.name}" for {PLURALS[pipeline.entity]}; give each its own name.'
        seen.add((pipeline.entity, pipeline.name))
        if not sources_of(workspace, pipeline.entity):
            yield f"{key}.entity: no {PLURALS[pipeline.entity]} are mapped; map them under [{PLURALS[pipeline.entity]}]."
        yield from _one_pipeline(key, pipeline)
    for entity in PLURALS:
        yield from _pipeline_column(workspace, entity)


def _one_pipeline(key: str, pipeline: Pipeline) -> Iterator[str]:
    for name in sorted({s for s in pipeline.stages if pipeline.stages.count(s) > 1}):
        yield f'{key}.stages: "{name}" stands twice; name each stage once, in order.'
    for name in sorted(set(pipeline.won) & set(pipeline.lost)):
        yield f'{key}.lost: "{name}" cannot be both won and lost.'
    if pipeline.stages[0] in (*pipeline.won, *pipeline.lost):
        yield f'{key}.stages: the first stage, "{pipeline.stages[0]}", is where one begins; it cannot be won or lost.'


def _pipeline_column(workspace: Workspace, entity: Entity) -> Iterator[str]:
    """Where there are several pipelines, a column says which one a lead or deal runs through."""
    names = [p.name for p in workspace.pipelines if p.entity == entity]
    if len(set(names)) > 1:
        for key, source in numbered(PLURALS[entity], sources_of(workspace, entity)):
            if source.columns.pipeline is None:
                yield f"{key}.columns.pipeline: missing key; there are {len(names)} pipelines, so a column must say which."


def _targets(workspace: Workspace) -> Iterator[str]:
    for name, target in workspace.targets.items():
        key, stages = f"targets.{name}", stages_of(workspace, target.entity)
        if not name.replace("_", "").isalnum() or not name.isascii() or name != name.lower():
            yield f'{key}: found the name "{name}"; right would be lowercase letters, digits and underscores, such as "win".'
        if not sources_of(workspace, target.entity):
            yield f"{key}.entity: no {PLURALS[target.entity]} are mapped; map them under [{PLURALS[target.entity]}]."
        elif not stages:
            yield f'{key}: no pipeline for entity = "{target.entity}"; name its stages under [[pipelines]].'
        else:
            for stage in target.stages:
                if stage not in stages:
                    yield unknown(f"{key}.stages", stage, stages, f"{target.entity} stage")
            if not target.stages and not any(p.won for p in workspace.pipelines if p.entity == target.entity):
                yield f'{key}.stages: missing key; no pipeline for entity = "{target.entity}" has won stages to fall back on.'

"""Mistakes in what is a lead, a deal, an event, a change of a field, an owner, a quota, a cost or a rate."""

from collections.abc import Iterator

from leadcast import schema
from leadcast.workspace.messages import did_you_mean, quoted
from leadcast.workspace.model import Attribute, CostSource, Entity, FieldSource, OpportunitySource, Workspace
from leadcast.workspace.sections import CLOSE_NAMES, PLURALS, SCHEMAS, field_kinds, numbered, sources_of, stages_of, unknown
from leadcast.workspace.table_checks import template_mistakes, where_mistakes

_EVENT_KEYS = ("lead_id", "opportunity_id", "contact_id", "account_id")


def role_mistakes(workspace: Workspace) -> Iterator[str]:
    """One line per mistake."""
    yield from _tables(workspace)
    yield from _leads(workspace)
    yield from _deals(workspace)
    for entity in PLURALS:
        yield from _attributes(workspace, entity)
    yield from _events(workspace)
    for key, source in numbered("field_history", workspace.field_history):
        yield from _fields(workspace, key, source)
    for key, quota in numbered("quotas", workspace.quotas):
        if quota.columns.owner is None and quota.columns.region is None:
            yield f"{key}.columns: missing key; map owner or region, so that it is known whose quota it is."
    for key, cost in numbered("costs", workspace.costs):
        yield from _costs(key, cost)


def _costs(key: str, cost: CostSource) -> Iterator[str]:
    columns = cost.columns
    if columns.source is None and columns.campaign is None:
        yield f"{key}.columns: missing key; map source or campaign, so that it is known what the money was spent on."
    days = [name for name in ("first_day", "last_day") if getattr(columns, name) is not None]
    if len(days) == 1 or (columns.period is None) == (not days):
        found = " and ".join([*(["period"] if columns.period is not None else []), *days]) or "none of them"
        yield f"{key}.columns: found {found}; right would be period, or first_day and last_day."


def _tables(workspace: Workspace) -> Iterator[str]:
    """Every role takes its rows from a table under [tables]."""
    names = list(workspace.tables)
    for role in ("leads", "opportunities", "events", "stages", "field_history", "owners", "quotas", "costs", "rates"):
        for key, source in numbered(role, getattr(workspace, role)):
            table = getattr(source, "table", None)
            if table is not None and table not in names:
                yield unknown(f"{key}.table", table, names, "table")
            yield from where_mistakes(key, source.where)


def _leads(workspace: Workspace) -> Iterator[str]:
    for key, source in numbered("leads", workspace.leads):
        if source.columns.created_at is None and source.order is None and source.columns.order is None:
            yield (f"{key}.columns.created_at: missing key; map when a lead came in, or, where no date is known, "
                   f'say order = "file" or map columns.order, a column that rises with time.')
        if source.order is not None and source.columns.order is not None:
            yield f'{key}.order: found order = "file" and columns.order; right would be one of them.'


def _deals(workspace: Workspace) -> Iterator[str]:
    for key, source in numbered("opportunities", workspace.opportunities):
        if source.created_by_event:
            yield from _derived(workspace, key, source)
        elif source.columns.created_at is None and source.order is None and source.columns.order is None:
            yield (f"{key}.columns.created_at: missing key; map when a deal began, derive it from its lead's events: "
                   f'created_by_event = ["..."], or, where no date is known, say order = "file" or map columns.order, a column '
                   f"that rises with time.")
        if source.order is not None and source.columns.order is not None:
            yield f'{key}.order: found order = "file" and columns.order; right would be one of them.'
        if source.columns.currency is not None and source.columns.amount is None and source.columns.margin is None:
            yield f"{key}.columns.currency: a currency without an amount; map amount or margin, or leave it out."


def _derived(workspace: Workspace, key: str, source: OpportunitySource) -> Iterator[str]:
    if source.columns.created_at is not None:
        yield f"{key}.created_by_event: found columns.created_at as well; right would be one of them."
    if source.columns.lead_id is None:
        yield f"{key}.columns.lead_id: missing key; a deal that begins with its lead's event must say whose it is."
    if not workspace.events:
        yield f"{key}.created_by_event: no events are mapped; map them under [[events]]."


def _attributes(workspace: Workspace, entity: Entity) -> Iterator[str]:
    stages = stages_of(workspace, entity)
    first: dict[str, tuple[str, Attribute]] = {}
    for key, source in numbered(PLURALS[entity], sources_of(workspace, entity)):
        for name, attribute in source.attributes.items():
            at = f"{key}.attributes.{name}"
            if name in SCHEMAS[entity].columns:
                yield (f"{at}: the name is taken by {PLURALS[entity]}.columns.{name}; map it there, or give the attribute "
                       f"another name.")
            stage = attribute.known.removeprefix("stage:") if attribute.known.startswith("stage:") else None
            if stage is not None and stage not in stages:
                yield unknown(f"{at}.known", stage, stages, f"{entity} stage")
            earlier = first.setdefault(name, (at, attribute))
            if any(getattr(earlier[1], k) != getattr(attribute, k) for k in ("type", "about", "known")):
                yield f"{at}: differs from {earlier[0]} in type, about or known; one attribute means the same in every table."


def _events(workspace: Workspace) -> Iterator[str]:
    for key, source in numbered("events", workspace.events):
        if not any(getattr(source.columns, name) for name in _EVENT_KEYS):
            yield f"{key}.columns: missing key; map at least one of {quoted(_EVENT_KEYS)}, so that it is known whose event it is."
        yield from template_mistakes(f"{key}.type", source.type)
        for name in source.attributes:
            if name in schema.EVENTS.columns:
                yield f"{key}.attributes.{name}: the name is taken by events.columns.{name}; give the attribute another name."


def _fields(workspace: Workspace, key: str, source: FieldSource) -> Iterator[str]:
    if not sources_of(workspace, source.entity):
        yield f"{key}.entity: no {PLURALS[source.entity]} are mapped; map them under [{PLURALS[source.entity]}]."
    known = [*field_kinds(source.entity, sources_of(workspace, source.entity)), *CLOSE_NAMES]
    if source.field is None and source.columns.field is None:
        yield (f'{key}.field: missing key; say which field this is about: field = "amount", or map columns.field where a '
               f"column tells.")
    elif source.field is not None and source.columns.field is not None:
        yield f"{key}.field: found columns.field as well; right would be one of them."
    if source.fields and source.columns.field is None:
        yield f"{key}.fields: no column tells the field; map columns.field, or say field = \"...\" alone."
    named = {f"{key}.fields.{theirs}": ours for theirs, ours in source.fields.items()}
    if source.field is not None:
        named[f"{key}.field"] = source.field
    for where, name in named.items():
        if name not in known:
            yield (f'{where}: "{name}" is neither a column nor an attribute of {PLURALS[source.entity]}'
                   f"{did_you_mean(name, known)} There is: {quoted(known)}.")

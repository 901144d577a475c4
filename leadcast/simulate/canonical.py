"""The truth in canonical tables: what a perfect mapping of the simulated CRM gives."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from leadcast import schema
from leadcast.history import History
from leadcast.simulate import company
from leadcast.simulate.blocks import Block, Life, draw_blocks
from leadcast.simulate.people import BLOCK
from leadcast.simulate.tables import stack, where_else_none
from leadcast.table import TIME, Table
from leadcast.vocabulary import Attribute, Pipeline, Target, Vocabulary

CONTRACT = "contract"
WITH_HISTORY = ("leads", "opportunities", "events", "stages", "field_history")

VOCABULARY = Vocabulary(
    name="simulated-crm",
    attributes=(
        *(Attribute(name, "lead") for name in ("industry", "country", "role", "seniority", "campaign")),
        Attribute("employees", "lead", "number"),
        Attribute("request", "lead", about="engagement"),
        Attribute("newsletter", "lead", "flag", "engagement"),
        Attribute("budget", "lead", known="stage:sql"),
        *(Attribute(name, "opportunity") for name in ("product", "line", "segment", "competitor")),
        *(Attribute(name, "opportunity") for name in ("industry", "country", "source")),
        *(Attribute(name, "opportunity", "number") for name in ("discount", "stakeholders", "employees")),
        Attribute("lost_reason", "opportunity", known="outcome"),
    ),
    pipelines=(
        Pipeline("lead", "default", (*company.LEAD_STAGES, company.LEAD_LOST), won=("converted",), lost=(company.LEAD_LOST,)),
        Pipeline("opportunity", "default", (*company.DEAL_STAGES, company.DEAL_LOST), won=("won",), lost=(company.DEAL_LOST,)),
    ),
    targets=(
        Target("mql", "lead", ("mql",), 30.0), Target("sql", "lead", ("sql",), 60.0),
        Target("win", "opportunity", ("won",), 90.0),
    ),
    never_inputs=frozenset({CONTRACT}),
)


def true_history(leads: int, seed: int, progress: Callable[[int, int], None] | None = None) -> History:
    """The simulated CRM as the mapping should rebuild it, cut at the end of the data.

    Parameters
    ----------
    leads : how many, at least 1
    seed : the same seed gives the same world
    progress : called with (leads done, leads in all)
    """
    blocks = []
    for block in draw_blocks(leads, seed):
        blocks.append(canonical_tables(block))
        if progress:
            progress(min((block.number + 1) * BLOCK, leads), leads)
    return cut({name: stack([block[name] for block in blocks]) for name in WITH_HISTORY}, leads)


def cut(tables: Mapping[str, Table], leads: int) -> History:
    """Canonical tables with their future to the history known at the end of the data."""
    whole = History(
        vocabulary=VOCABULARY, leads=tables["leads"], opportunities=tables["opportunities"], events=tables["events"],
        stages=tables["stages"], fields=tables["field_history"], owners=schema.OWNERS.check(company.owners()),
        quotas=schema.QUOTAS.check(company.quotas(leads)), end=company.END,
    )
    return whole.known_at(company.END)


def canonical_tables(block: Block, in_euros: bool = True) -> dict[str, Table]:
    """The canonical tables of one block with its whole future, by name.

    Parameters
    ----------
    in_euros : amounts in the reporting currency; else each deal's in its own, as the CRM keeps them
    """
    leads, deals = block.leads, block.deals
    deals = deals.with_columns(
        **{name: leads[name][deals["lead"]] for name in ("industry", "employees", "country", "source")},
        category=np.full(deals.rows, company.CATEGORIES["discovery"], object),
        lost_reason=where_else_none(~np.isnat(block.deal_life.lost), deals["lost_reason"]),
    )
    if in_euros:
        amounts = {name: deals[name] * euros(deals) for name in ("amount", "margin")}
        deals = deals.with_columns(**amounts, currency=np.full(deals.rows, "EUR", object))
    logged = replace(block.deal_life, entered=_but_first(block.deal_life.entered))
    return {
        "leads": schema.LEADS.check(_only(leads, schema.LEADS, "lead")),
        "opportunities": schema.OPPORTUNITIES.check(_only(deals, schema.OPPORTUNITIES, "opportunity")),
        "events": schema.EVENTS.check(stack([_events(block), _contracts(block)])),
        "stages": schema.STAGES.check(stack([
            _stages("lead", leads["lead_id"], VOCABULARY.pipelines[0].stages, block.lead_life, leads["lost_reason"]),
            _stages("opportunity", deals["opportunity_id"], VOCABULARY.pipelines[1].stages, logged, deals["lost_reason"]),
        ])),
        "field_history": schema.FIELDS.check(_fields(block, in_euros)),
    }


def euros(deals: Table) -> np.ndarray:
    """What one unit of each deal's currency is worth on the day the deal is created, shape (n,)."""
    rates = company.rates()
    row = np.searchsorted(rates["valid_from"], deals["created_at"], side="right") - 1
    return np.where(deals["currency"] == "USD", rates["rate"][np.clip(row, 0, rates.rows - 1)], 1.0)


def _only(table: Table, canonical: schema.TableSchema, entity: str) -> Table:
    """The canonical columns and the attributes; what only the truth knows stays behind."""
    names = [*canonical.columns, *(a.name for a in VOCABULARY.attributes if a.entity == entity)]
    return Table({name: table[name] for name in names if name in table})


def _stages(entity: str, ids: np.ndarray, names: tuple[str, ...], life: Life, reason: np.ndarray) -> Table:
    entered = np.hstack([life.entered, life.lost[:, None]])
    row, stage = np.nonzero(~np.isnat(entered))
    order = np.lexsort((stage, entered[row, stage], row))
    row, stage = row[order], stage[order]
    return Table({
        "entity": np.full(len(row), entity, object), "entity_id": ids[row], "stage": np.array(names, dtype=object)[stage],
        "reason": where_else_none(stage == len(names) - 1, reason[row]), "entered_at": entered[row, stage],
    })


def _but_first(entered: np.ndarray) -> np.ndarray:
    """The CRM logs the changes of a deal only; that it begins in the first stage goes without saying."""
    return np.where(np.arange(entered.shape[1]) == 0, np.datetime64("NaT"), entered)


def _contracts(block: Block) -> Table:
    """Signed at the moment a deal is won: written together with the outcome, never an input."""
    is_won = ~np.isnat(block.deal_life.entered[:, -1])
    won, signed = block.deals.take(is_won), block.deal_life.entered[is_won, -1]
    nothing = np.full(won.rows, None, object)
    return Table({
        "lead_id": nothing, "opportunity_id": won["opportunity_id"], "contact_id": nothing,
        "direction": np.full(won.rows, "from_us", object), "recorded_at": np.full(won.rows, np.datetime64("NaT"), TIME),
        "type": np.full(won.rows, CONTRACT, object), "event_id": "W" + won["opportunity_id"], "actor": won["owner"],
        "occurred_at": signed, "value": np.full(won.rows, np.nan),
    })


def _events(block: Block) -> Table:
    events, lead = block.events, block.events["lead"]
    web = np.array([name.startswith("web_") for name in events["type"]], bool)
    logged = np.array([name.startswith(("email_", "call_")) for name in events["type"]], bool)
    on_deal = events["deal"] >= 0
    deal_ids = np.append(block.deals["opportunity_id"], [None])
    return Table({
        "lead_id": where_else_none(~web & ~on_deal, block.leads["lead_id"][lead]),
        "opportunity_id": deal_ids[events["deal"]],
        "contact_id": where_else_none(web, block.leads["contact_id"][lead]),
        "direction": np.where(events["from_us"], "from_us", "from_them").astype(object),
        "recorded_at": np.where(logged, events["recorded_at"], np.datetime64("NaT", "us")).astype(TIME),
        **{name: events[name] for name in ("type", "event_id", "actor", "occurred_at", "value")},
    })


def _fields(block: Block, in_euros: bool) -> Table:
    deals = block.deals
    parts = [_field("lead", block.leads["lead_id"], name, change) for name, change in block.lead_changes.items()]
    for name, change in block.deal_changes.items():
        if name == "amount" and in_euros:
            factor = euros(deals)[change["row"]]
            change = change.with_columns(value=change["value"] * factor, old_value=change["old_value"] * factor)
        parts.append(_field("opportunity", deals["opportunity_id"], name, change))
    return stack(parts)


def _field(entity: str, ids: np.ndarray, name: str, change: Table) -> Table:
    row = change["row"]
    return Table({
        "entity": np.full(len(row), entity, object), "entity_id": ids[row], "field": np.full(len(row), name, object),
        "value": _texts(change["value"]), "old_value": _texts(change["old_value"]), "changed_at": change["changed_at"],
    })


def _texts(values: np.ndarray) -> np.ndarray:
    """Values as a history keeps them: numbers as Python writes them, times in ISO format, UTC."""
    if values.dtype.kind == "f":
        return np.array([repr(float(v)) for v in values], dtype=object)
    return values.astype(str).astype(object) if values.dtype == TIME else values

"""Stage entries into the store: facts, of which the first stands."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from leadcast.store import tables
from leadcast.store.intake import Item, Outcome, Raced, Receipt, Taken
from leadcast.store.intake_entities import erased_in, refuse_erased
from leadcast.store.intake_limits import NOT_YOURS, not_allowed
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import Refused, check_moment, micro_of, recorded
from leadcast.store.keys import stage_key
from leadcast.store.upsert import keep_known
from leadcast.workspace.messages import did_you_mean, quoted


def put_stages(connection: Connection, terms: Terms, items: Sequence[Item], receipt: Receipt) -> Taken:
    """Stage entries of leads and deals. One that is known is unchanged, however often it comes; the order does not matter.

    The stage must be one of the workspace's pipelines. ``recorded_at`` is now unless it is given. A reason that comes later is
    added; another reason than the known one is rejected. An entry of a lead or deal that is not known is kept: it may come later.
    """
    links = [named(item) for item in items]
    gone, not_theirs = erased_in(connection, links), not_allowed(connection, links, receipt)
    rows: dict[int, dict[str, Any]] = {}
    taken = Taken([])
    for index, item in enumerate(items):
        try:
            refuse_named(gone, not_theirs, index, links[index])
            rows[index] = _row(terms, item, receipt, index)
        except Refused as refused:
            taken.outcomes.append(Outcome(index, item["entity_id"], "rejected", [(refused.path, refused.message)]))
    known, new = _known(connection, [row["stage_key"] for row in rows.values()]), {}
    for index, row in rows.items():
        before = known.get(row["stage_key"])
        outcome = Outcome(index, row["entity_id"], "created")
        if before is None:
            known[row["stage_key"]] = new[row["stage_key"]] = row
        elif row["reason"] is None or row["reason"] == before["reason"]:
            outcome.status = "unchanged"
        elif before["reason"] is None:
            outcome.status = "updated"
            known[row["stage_key"]] = {**before, "reason": row["reason"]}
            if row["stage_key"] in new:
                new[row["stage_key"]]["reason"] = row["reason"]
            else:
                _give_reason(connection, row)
        else:
            outcome.status = "rejected"
            outcome.errors.append(("reason", "differs from the known one, and a stage entry does not change"))
        if outcome.status in ("created", "updated"):
            taken.news[row["entity"]].add(row["entity_id"])
        taken.outcomes.append(outcome)
    taken.outcomes.sort(key=lambda outcome: outcome.index)
    _write(connection, list(new.values()))
    return taken


def named(item: Item) -> dict[str, str]:
    """Whom an item about a lead or deal names, by the key of its kind."""
    return {f"{item['entity']}_id": item["entity_id"]}


def refuse_named(gone: Mapping[str, Collection[str]], not_theirs: Collection[int], index: int, link: Item) -> None:
    """Refuse an item about somebody who was erased, or whom the sender may not write about.

    Raises
    ------
    Refused : it is
    """
    try:
        refuse_erased(gone, link)
    except Refused as refused:
        raise Refused("entity_id", refused.message) from None
    if index in not_theirs:
        raise Refused("entity_id", NOT_YOURS)


def _row(terms: Terms, item: Item, receipt: Receipt, place: int) -> dict[str, Any]:
    entity, stage, stages = item["entity"], item["stage"], terms.stages[item["entity"]]
    if stage not in stages:
        known = quoted(stages) or "none"
        raise Refused("stage", f"a stage of no {entity} pipeline{did_you_mean(stage, stages)} Known here: {known}")
    entered, given = micro_of(item["entered_at"]), item.get("recorded_at")
    check_moment(entered, receipt.now, "entered_at")
    return {"stage_key": stage_key(entity, item["entity_id"], stage, entered), "entity": entity, "entity_id": item["entity_id"],
            "stage": stage, "reason": item.get("reason"), "entered_at": entered, "received_at": receipt.now,
            "recorded_at": recorded(None if given is None else micro_of(given), entered, receipt.now, after="entered_at"),
            "place": receipt.now + place, "made_from": None}


def _known(connection: Connection, keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
    columns = tables.stages.c
    asked = select(columns.stage_key, columns.reason).where(columns.stage_key.in_(sorted(keys))).order_by(columns.stage_key)
    return {row.stage_key: {"reason": row.reason} for row in connection.execute(asked.with_for_update())} if keys else {}


def _give_reason(connection: Connection, row: Mapping[str, Any]) -> None:
    mine = tables.stages.c.stage_key == row["stage_key"]
    connection.execute(update(tables.stages).where(mine).values(reason=row["reason"]))


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        made = connection.execute(keep_known(connection, tables.stages), sorted(rows, key=lambda row: str(row["stage_key"])),
                                  execution_options={"preserve_rowcount": True})
        if made.rowcount != len(rows):
            raise Raced

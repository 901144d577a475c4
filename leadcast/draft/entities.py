"""The drafted sections for leads and deals: keys, columns and attributes."""

import re

from leadcast.draft.attributes import first_time, ids_of, write_attributes
from leadcast.draft.joins import link, link_deal, look_up
from leadcast.draft.plan import ENTITIES, Plan, TablePlan
from leadcast.draft.profile import TableProfile
from leadcast.draft.stage_today import stage_columns
from leadcast.draft.toml_text import Section
from leadcast.draft.words import says


def join_entities(plan: Plan) -> None:
    """Joins of leads, then of deals: a deal finds its lead through what the lead has."""
    for role in ("leads", "opportunities"):
        if profile := plan.facts.one(role):
            table = plan.of(profile)
            link(plan, table)
            if role == "opportunities":
                link_deal(plan, table)
            look_up(plan, table)


def write_leads(plan: Plan) -> None:
    """``[leads]`` from a table of leads."""
    profile = plan.facts.one("leads")
    if profile is None:
        return
    table = plan.of(profile)
    columns = {"lead_id": plan.facts.key(profile), "created_at": first_time(table), **ids_of(table, "contacts", "accounts")}
    section = plan.sheet.section(ENTITIES, "[leads]")
    if plan.facts.contacts_are_leads:
        section.ask("there is no table of leads; does each contact count as one?")
        columns["contact_id"] = columns["lead_id"]
    section.set("table", profile.name)
    if columns["created_at"] is None:
        columns = _ordered(section, profile, columns)
    _say_missing(section, profile, columns["created_at"])
    columns |= {"owner": profile.find("owner", but=tuple(columns.values())), "source": profile.find("source", "category")}
    section.set("columns", {k: v for k, v in columns.items() if v})
    write_attributes(plan, section, "leads", table, columns, (*ended_by(profile), *(plan.facts.kind_of_record or ())[:1]))


def _ordered(section: Section, profile: TableProfile, columns: dict[str, str | None]) -> dict[str, str | None]:
    """No date: order from a number that may rise with time, or from the file."""
    rising = [c.name for c in profile.columns if c.is_key and c.kind == "number" and says(r"number|no|nr|id|\w*id|seq", c.name)]
    if rising:
        section.ask(f"the table has no date of creation; does {rising[0]} rise with time?")
        return {**columns, "order": rising[0]}
    section.set("order", "file", ask="the table has no date of creation; do its rows stand in order of time?")
    return columns


def _say_missing(section: Section, profile: TableProfile, created: str | None, then: str = "are set aside") -> None:
    column = profile.column(created)
    if column and (lack := column.rows - column.filled) > 0.005 * column.rows:
        section.ask(f"{lack:,} of {column.rows:,} rows have no {created} and {then}; is there a better date of creation?")


def write_deals(plan: Plan, pipeline: str | None) -> None:
    """``[opportunities]`` from a table of deals; ``pipeline``: the column that tells several apart."""
    profile = plan.facts.one("opportunities")
    if profile is None:
        return
    table, key = plan.of(profile), plan.facts.key(profile)
    columns: dict[str, str | None] = {"opportunity_id": key, "created_at": first_time(table),
                                      **ids_of(table, "leads", "contacts", "accounts")}
    section = plan.sheet.section(ENTITIES, "[opportunities]")
    section.set("table", profile.name)
    if plan.facts.kind_of_record:
        section.set("where", {plan.facts.kind_of_record[0]: plan.facts.kind_of_record[1]},
                    ask="one table holds leads and deals; does a lead become a deal under its own id?")
        columns["lead_id"] = key
    if columns["created_at"] is None and profile.of_kind("time"):
        section.ask("no date of creation was found; the close date stands in for it.")
        columns["created_at"] = profile.find("close_date", "time") or next((c.name for c in profile.of_kind("time")), None)
    elif columns["created_at"] is None:
        columns = _ordered(section, profile, columns)
    _say_missing(section, profile, columns["created_at"], "get a score, but teach nothing")
    columns |= _money(plan, section, table)
    columns |= closing_columns(section, profile, columns["created_at"])
    columns |= {"owner": profile.find("owner", but=tuple(columns.values())), "category": profile.find("category", "category"),
                "pipeline": pipeline}
    section.set("columns", {k: v for k, v in columns.items() if v})
    write_attributes(plan, section, "opportunities", table, columns, (*ended_by(profile), *(plan.facts.kind_of_record or ())[:1]))


def closing_columns(section: Section, profile: TableProfile, created: str | None) -> dict[str, str | None]:
    """The expected close, or one column that is the expectation first and the outcome's date later."""
    expected, close = profile.find("expected_close", "time"), profile.find("close_date", "time", but=(created,))
    if expected:
        return {"expected_close": expected}
    if close:
        section.ask(f"is {close} the expected date while a deal is open and the day of the outcome once it is closed? If it is "
                    "only ever expected, name it expected_close here.")
    return {"close_date": close}


def _money(plan: Plan, section: Section, table: TablePlan) -> dict[str, str | None]:
    """Amount, margin and currency; a list price where the amount is only known of closed deals."""
    profile = table.profile
    amount = profile.find("amount", "number")
    price = next((name for name in table.joined if re.search(r"price", name, re.IGNORECASE)), None)
    closings = plan.closings.get("opportunities")
    if amount and closings is not None:
        is_open = ~profile.frame[plan.facts.key(profile)].isin(closings["id"])
        if is_open.sum() and profile.frame[amount][is_open].notna().mean() < 0.1:
            section.ask(f"{amount} is blank for open deals, so it cannot say what they are worth; "
                        + (f"{price} stands in for it." if price else "is there another column that can?"))
            amount = price or amount
    columns = {"amount": amount, "margin": profile.find("margin", "number", but=(amount,))}
    currency = profile.find("currency", "category") if amount else None
    if amount is None:
        section.say("No column looks like an amount; without one, forecasts count deals.")
    if currency and plan.facts.unrated:
        section.ask(f"the amounts are in several currencies and no rates came along for {', '.join(plan.facts.unrated)}, so they "
                    f'are left out. Add a table under [rates], then map amount = "{amount}", currency = "{currency}".')
        return {}
    return {**columns, "currency": currency}


def ended_by(profile: TableProfile) -> tuple[str | None, ...]:
    """The columns that say how it stands: the stages tell that."""
    return (*stage_columns(profile), profile.find("outcome", "category", "flag"))

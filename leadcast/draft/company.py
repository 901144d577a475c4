"""The drafted sections about the company: owners, quotas, exchange rates, and the currency of it all."""

import re

from leadcast.draft.plan import COMPANY, Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.relations import column_share
from leadcast.draft.toml_text import Section
from leadcast.draft.words import says, slug

CODES = "eur|usd|gbp|chf|sek|nok|dkk|pln|czk|inr|brl|jpy|sgd|aud|cad|nzd|zar|mxn"


def write_company(plan: Plan) -> None:
    """``[owners]``, ``[quotas]`` and ``[rates]``, each where its table has what it needs."""
    for role, columns, needed in (("owners", _owners, ("owner",)), ("quotas", _quotas, ("period", "amount")),
                                  ("rates", rate_columns, ("currency", "valid_from", "rate"))):
        for table in plan.facts.of(role)[:1]:
            found = {k: v for k, v in columns(plan, table).items() if v}
            someone = role != "quotas" or "owner" in found or "region" in found
            if someone and set(needed) <= set(found) and (role != "rates" or currencies(plan)):
                plan.of(table)
                section = plan.sheet.section(COMPANY, f"[{role}]")
                section.set("table", table.name)
                if says("dated_conversion_rates?", table.name):  # Salesforce has its rates the other way round
                    found["inverse_rate"] = found.pop("rate")
                section.set("columns", found)


def _owners(plan: Plan, table: TableProfile) -> dict[str, str | None]:
    """The owner is the column whose values leads and deals name; managers may stand in a column of the same kind."""
    owner = _known_owners(plan, table) or table.find("owner") or plan.facts.relations.keys.get(table.name)
    return {"owner": owner, "name": table.find("name", but=(owner,)), "manager": table.find("manager", but=(owner,)),
            "region": table.find("region", but=(owner,)), "valid_from": table.find("valid_from", "time")}


def _known_owners(plan: Plan, table: TableProfile) -> str | None:
    named: set[str] = set()
    for role in ("leads", "opportunities"):
        if (profile := plan.facts.one(role)) and (column := profile.find("owner")):
            named |= set(profile.frame[column].dropna())
    shares = {c.name: column_share(sorted(named), frozenset(table.frame[c.name].dropna())) for c in table.columns}
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best and shares[best] >= 0.5 else None


def _quotas(plan: Plan, table: TableProfile) -> dict[str, str | None]:
    period = table.find("period")
    owner, region = table.find("owner", but=(period,)), table.find("region", but=(period,))
    amount = table.find("target", "number", but=(period,)) or _last_number(table, period, owner)
    return {"owner": owner, "region": region, "period": period, "amount": amount, "currency": table.find("currency", "category")}


def rate_columns(plan: Plan, table: TableProfile) -> dict[str, str | None]:
    """Currency, day and rate; whatever the rate is called, it is the number that is left."""
    codes = (c.name for c in table.of_kind("category") if c.top and all(re.fullmatch("[A-Za-z]{3}", v) for v in c.top))
    since = table.find("valid_from", "time") or next((c.name for c in table.of_kind("time")), None)
    rate = table.find("rate", "number") or _last_number(table)
    return {"currency": next(codes, None), "valid_from": since, "rate": rate}


def _last_number(table: TableProfile, *but: str | None) -> str | None:
    return next((c.name for c in reversed(table.of_kind("number")) if c.name not in but), None)


def currencies(plan: Plan) -> dict[str, int]:
    """The currencies of deals, and how many amounts each has; frequent ones first."""
    counts: dict[str, int] = {}
    for table in plan.facts.of("opportunities"):
        column = table.find("currency", "category") if table.find("amount", "number") else None
        for code, n in table.frame[column].value_counts().items() if column else ():
            if re.fullmatch(r"[A-Za-z]{3}", str(code)):
                counts[str(code).upper()] = counts.get(str(code).upper(), 0) + int(n)
    return counts


def set_currency(plan: Plan, general: Section, amount: str | None) -> None:
    """The reporting currency: the one that needs no rate; asked for where only a guess is left.

    Parameters
    ----------
    amount : the column with what a deal is worth, if any
    """
    counts, rated = currencies(plan), _rated(plan)
    free = [code for code in counts if code not in rated]
    named = re.search(rf"(?<![a-z])({CODES})(?![a-z])", slug(amount or ""))
    if named and not counts:
        general.set("currency", named[1].upper())
    elif free:
        plan.facts.unrated = free[1:]
        general.set("currency", free[0], ask="which is the reporting currency?" if free[1:] else None)
    elif amount:
        general.set("currency", "EUR", ask=f"in which currency is {amount}?")


def _rated(plan: Plan) -> set[str]:
    table = plan.facts.one("rates")
    column = rate_columns(plan, table)["currency"] if table else None
    return {v.upper() for v in table.frame[column].dropna()} if table and column else set()

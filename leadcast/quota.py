"""What is to be won in a period: the rows of the quotas that speak of it, each counted once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from leadcast.forecast import NO_ONE
from leadcast.owners import of_owners
from leadcast.period import Period
from leadcast.quota_periods import Span, chosen, fill, spans_of
from leadcast.table import Table

BY = ("owner", "manager", "region")


@dataclass(frozen=True)
class Quota:
    """The quota of a period, in the reporting currency.

    Attributes
    ----------
    total : None where no row speaks of the period, or the rows leave a part of it out
    parts : by owner, manager or region, as asked; a region's own row has no owner, so that parts by owner or manager may be
        less than the total
    of_regions : what of the total regions have in common, with no owner's row below it
    note : what was left out and why, in whole sentences; empty where nothing was
    """

    total: float | None
    parts: dict[str, float] = field(default_factory=dict)
    of_regions: float = 0.0
    note: str = ""


def quota_of(
    quotas: Table, owners: Table, period: Period, as_of: np.datetime64, by: str | None = None,
    timezone: str | None = None, fiscal_start_month: int = 1,
) -> Quota:
    """The quota of a period in all and by owner, manager or region, nothing counted twice.

    A row that names an owner is that owner's; a row of a region alone counts only where no owner of the region has a row.
    The row of a manager whose people have rows counts only where it is less than theirs together: otherwise it is taken for
    the sum of theirs. Each takes the rows of the period itself, else those of shorter periods within it: a quarter from its
    months. Somebody who has none for a month simply had no quota then, as long as somebody else has.

    Parameters
    ----------
    quotas, owners : the canonical tables; amounts are in the reporting currency
    as_of : whose manager and region count
    by : owner, manager or region; anything else has no parts

    Raises
    ------
    PeriodError : the period of a row cannot be read

    Examples
    --------
    >>> from leadcast.period import read_period
    >>> from leadcast.schema import OWNERS
    >>> text = lambda *t: np.array(t, object)
    >>> rows = Table({"owner": text("ann", "bob", None), "region": text("North", "North", "North"),
    ...               "period": text(*["2026-Q1"] * 3), "amount": np.array([60.0, 40.0, 100.0])})
    >>> day = np.datetime64("2026-01-15")
    >>> quota = quota_of(rows, OWNERS.empty(), read_period("2026-Q1", day), day, "region")
    >>> quota.total, quota.parts
    (100.0, {'North': 100.0})
    """
    holders = _of_holders(quotas, period, timezone, fiscal_start_month)
    if not holders.amounts:
        return Quota(None, note=f"No quota is known for {period.name}." if quotas.rows else "")
    manager, region = of_owners(owners, "manager", as_of), of_owners(owners, "region", as_of)
    mine = {owner: amount for (owner, _), amount in holders.amounts.items() if owner is not None}
    counted, sums = _without_sums(mine, manager)
    where = {owner: region.get(owner) or holders.region_of.get(owner) for owner in counted}
    covered = {place for place in where.values() if place is not None}
    shared = {place: amount for (owner, place), amount in holders.amounts.items() if owner is None and place not in covered}
    notes = [*_said_of_sums(sums), *_said_of_gaps(holders.spans, period)]
    total = sum(counted.values()) + sum(shared.values()) if fill(holders.spans, period) else None
    return Quota(total, _parts(by, counted, shared, manager, where), sum(shared.values()), " ".join(notes))


@dataclass(frozen=True)
class _Holders:
    """Amounts by (owner, None) or (None, region), the region that an owner's rows name, and the spans they speak of."""

    amounts: dict[tuple[str | None, str | None], float]
    region_of: dict[str, str | None]
    spans: frozenset[Span]


def _of_holders(quotas: Table, period: Period, timezone: str | None, fiscal_start_month: int) -> _Holders:
    spans = spans_of(quotas["period"], timezone, fiscal_start_month)
    rows: dict[tuple[str | None, str | None], list[tuple[Span, float]]] = defaultdict(list)
    region_of: dict[str, str | None] = {}
    for owner, region, text, amount in zip(*(quotas[n] for n in ("owner", "region", "period", "amount")), strict=True):
        if spans[text].lies_in(period):
            rows[(owner, None) if owner is not None else (None, region)].append((spans[text], float(amount)))
            if owner is not None:
                region_of[owner] = region_of.get(owner) or region
    amounts: dict[tuple[str | None, str | None], float] = {}
    used: set[Span] = set()
    for holder, theirs in rows.items():
        count = chosen((span for span, _ in theirs), period)
        amounts[holder] = sum(amount for span, amount in theirs if span in count)
        used |= count
    return _Holders(amounts, region_of, frozenset(used))


def _without_sums(amounts: Mapping[str, float], manager: Mapping[str, str | None]) -> tuple[dict[str, float], list[str]]:
    """The owners' amounts without those of managers that only add up their people's, and who those managers are."""
    below: dict[str, float] = defaultdict(float)
    for owner, amount in amounts.items():
        above = manager.get(owner)
        if above is not None and above != owner:
            below[above] += amount
    sums = sorted(owner for owner, amount in amounts.items() if owner in below and amount >= below[owner] * (1 - 1e-9))
    return {owner: amount for owner, amount in amounts.items() if owner not in sums}, sums


def _said_of_sums(sums: list[str]) -> list[str]:
    return [f"Quotas of {', '.join(sums)} are taken for the sum of their people's and not counted again."] if sums else []


def _said_of_gaps(spans: frozenset[Span], period: Period) -> list[str]:
    if fill(spans, period):
        return []
    return [f"The quotas known speak of a part of {period.name} only, so that there is none for the whole."]


def _parts(
    by: str | None, counted: Mapping[str, float], shared: Mapping[str | None, float], manager: Mapping[str, str | None],
    region: Mapping[str, str | None],
) -> dict[str, float]:
    """The amounts by owner, manager or region."""
    leads = {above for owner, above in manager.items() if above != owner}
    parts: dict[str, float] = defaultdict(float)
    for owner, amount in counted.items():
        # The row of a manager none of whose people has one is the team's: it stands under the manager, as the team's deals do.
        alone = owner in leads and not any(manager.get(other) == owner for other in counted if other != owner)
        group = {"owner": owner, "manager": owner if alone else manager.get(owner), "region": region[owner]}.get(by or "")
        if by in BY:
            parts[group or NO_ONE] += amount
    for place, amount in shared.items():
        if by == "region":
            parts[place or NO_ONE] += amount
    return dict(parts)

"""Salesforce's objects about the company itself: users, quotas, products, exchange rates."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.dialects.salesforce_words import flag, id_of
from leadcast.simulate.dialects.world import each, renamed
from leadcast.simulate.writing import Columns, day, number


def salesforce_lookups(leads: int) -> dict[str, Columns]:
    """Objects that do not grow with the leads."""
    return {"User": _users(), "ForecastingQuota": _quotas(leads), "DatedConversionRate": _rates(), "Product2": _products()}


def _users() -> Columns:
    """Everybody with the manager of today: who it was before, Salesforce does not say."""
    owners = company.owners()
    today = owners.take(np.arange(len(company.OWNERS)))
    managers = dict(zip(owners["owner"], owners["manager"], strict=True))
    user, boss = id_of("005"), renamed(today["owner"], managers)
    return {"Id": each(today["owner"], user), "Name": today["name"], "IsActive": flag(np.ones(today.rows, bool)),
            "ManagerId": each(boss, lambda manager: user(f"m9{manager[1:]}")), "UserRole.Name": today["region"]}


def _quotas(leads: int) -> Columns:
    quotas = company.quotas(leads)
    starts = [f"{period[:4]}-{3 * int(period[-1]) - 2:02d}-01" for period in quotas["period"]]
    return {"QuotaOwnerId": each(quotas["owner"], id_of("005")), "StartDate": np.array(starts, dtype=object),
            "QuotaAmount": number(quotas["amount"]), "CurrencyIsoCode": quotas["currency"]}


def _products() -> Columns:
    names, lines, _, _ = zip(*company.PRODUCTS, strict=True)
    return {"Id": each(product_ids(np.array(names, dtype=object)), id_of("01t")), "Name": np.array(names, dtype=object),
            "Family": np.array(lines, dtype=object)}


def product_ids(names: np.ndarray) -> np.ndarray:
    """Each product's number, as our ids are written; object, shape (n,)."""
    return renamed(names, {row[0]: f"P{k}" for k, row in enumerate(company.PRODUCTS, start=1)})


def _rates() -> Columns:
    """How many units of each currency one unit of the corporate currency is worth: the other way round than most."""
    rates = company.rates()
    starts = day(rates["valid_from"])
    return {"IsoCode": rates["currency"], "StartDate": starts, "NextStartDate": np.append(starts[1:], ["9999-12-31"]),
            "ConversionRate": number(1.0 / rates["rate"])}

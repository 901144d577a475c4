"""Fit: who they are. Attributes, how complete they are, when they came, and how others like them fared."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from features.context import CORE, Context, inputs
from features.levels import Levels
from features.rates import lift
from features.signal import About, Signal, category, one, several
from features.slugs import slugs, spoken
from features.view import View
from leadcast.vocabulary import Attribute, Entity

LEAD = "lead."
HOUR_US = 3_600_000_000
SAID = {
    "owner": "Who looks after it", "source": "Where it came from", "currency": "Currency of the amount",
    "category": "Forecast category given by the owner", "pipeline": "Which pipeline it is in",
}
NONE = Levels(())
TAKEN = ("stage", "amount", "overdue")


def fit_signals(context: Context) -> Iterator[Signal]:
    """Every signal of the entity's own columns, and for a deal those of its lead."""
    yield from _core(context, context.entity, "")
    yield from _attributes(context, context.entity, "")
    if context.entity == "opportunity":
        yield from _core(context, "lead", LEAD)
        yield from _attributes(context, "lead", LEAD)
    if not context.undated:
        yield from _created()
    yield from _lifts(context)
    yield from _account(context)


def _created() -> Iterator[Signal]:
    yield one("created_weekday", "weekday", "fit", "Day of the week of its creation, 0 for Monday (UTC)", _created_weekday)
    yield one("created_hour", "hour", "fit", "Hour of the day of its creation (UTC)", _created_hour)


def _core(context: Context, entity: Entity, prefix: str) -> Iterator[Signal]:
    """Columns every CRM has, where they tell anything: filled, and for currency and pipeline not all alike.

    The forecast category is today's word about yesterday, unless its changes are on record: without them it is left out.
    """
    for name in CORE[entity]:
        levels = context.levels.get(prefix + name, NONE)
        if len(levels.names) > (name in ("currency", "pipeline")) and (name != "category" or name in context.recorded):
            yield _category(context, prefix + name, name, "fit", SAID[name])


def _attributes(context: Context, entity: Entity, prefix: str) -> Iterator[Signal]:
    attributes = inputs(context.vocabulary, entity)
    named = slugs((a.name for a in attributes), taken=(*CORE[entity], *TAKEN))
    for attribute in attributes:
        if attribute.type == "category" and prefix + attribute.name not in context.levels:
            continue
        if attribute.type == "time" and context.undated:  # days since when? nobody knows when this row came
            continue
        yield _attribute(context, attribute, prefix, named[attribute.name])
    if attributes:
        yield one(_name(prefix, "filled_share"), "share", "fit", _of_lead("Share of the attributes that are filled in", prefix),
                  partial(_filled_share, [prefix + a.name for a in attributes]))


def _attribute(context: Context, attribute: Attribute, prefix: str, slug: str) -> Signal:
    column, doc = prefix + attribute.name, _of_lead(spoken(attribute.name), prefix)
    if attribute.type == "category":
        return _category(context, column, slug, attribute.about, spoken(attribute.name))
    if attribute.type == "time":
        return one(_name(prefix, f"{slug}_days"), "days", attribute.about, f"Days since: {doc}",
                   lambda view: view.days_since(view.read(column)))
    unit = "yes/no" if attribute.type == "flag" else "number"
    return one(_name(prefix, slug), unit, attribute.about, doc, lambda view: view.read(column))


def _category(context: Context, column: str, slug: str, about: About, doc: str) -> Signal:
    prefix = LEAD if column.startswith(LEAD) else ""
    return category(_name(prefix, slug), about, _of_lead(doc, prefix), context.levels[column], lambda view: view.read(column))


def _name(prefix: str, slug: str) -> str:
    return prefix.replace(".", "_") + slug


def _of_lead(doc: str, prefix: str) -> str:
    return f"{doc} (of the lead)" if prefix else doc


def _filled_share(columns: list[str], view: View) -> np.ndarray:
    share = np.mean([_filled(view.read(column)) for column in columns], axis=0)
    return np.where(view.has_lead, share, np.nan) if columns[0].startswith(LEAD) else share


def _filled(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        return np.fromiter((v is not None for v in values), bool, len(values))
    return ~np.isnat(values) if values.dtype.kind == "M" else ~np.isnan(values)


def _created_weekday(view: View) -> np.ndarray:
    days = view.created.astype("datetime64[D]").astype(np.int64)
    return np.where(np.isnat(view.created), np.nan, (days + 3) % 7)  # 1 January 1970 was a Thursday


def _created_hour(view: View) -> np.ndarray:
    return np.where(np.isnat(view.created), np.nan, view.created.astype(np.int64) // HOUR_US % 24)


def _lifts(context: Context) -> Iterator[Signal]:
    """How often entities of the same owner, source, account or attribute value reached each target, against all."""
    named = slugs(sorted(context.rates))
    targets = slugs(t.name for t in context.targets)
    features = [(f"{slug.removesuffix('_id')}_{targets[t.name]}_lift", f"{_rate(t.name)} of this {_said(column)} (average = 1)")
                for column, slug in named.items() for t in context.targets]
    if features:
        yield several(features, "x", "fit", partial(_lift_columns, tuple(named)))


def _said(column: str) -> str:
    return column.replace(LEAD, "lead's ").removesuffix("_id").replace("_", " ")


def _rate(target: str) -> str:
    """``MQL rate``, ``Win rate``: the names that sales people use."""
    return f"{target.upper() if target in ('mql', 'sql') else spoken(target)} rate"


def _lift_columns(columns: tuple[str, ...], view: View) -> np.ndarray:
    """All columns and targets at once, shape (n, columns * targets): one by one, a single row took a third of its time here."""
    rates, targets = view.context.rates, [t.name for t in view.context.targets]
    codes = [rates[column].codes(view.read(column)) for column in columns]
    tallies = [rates[column].tallies(targets, code, view.as_of) for column, code in zip(columns, codes, strict=True)]
    resolved, reached = np.stack(tallies, axis=1)
    found = np.where(np.stack(codes)[:, None] == -2, np.nan, lift(resolved, reached, view.base_rates))
    return found.reshape(-1, view.n).T


def _account(context: Context) -> Iterator[Signal]:
    """The account's earlier deals, from the context: a deal alone does not know its account's others."""
    if context.entity != "opportunity" or "account_id" not in context.rates:
        return
    targets = slugs(t.name for t in context.targets)
    features = [pair for name, slug in targets.items() for pair in (
        (f"account_{slug}_known_count", f"Earlier deals of this account whose outcome is known ({name} or not)"),
        (f"account_{slug}_count", f"Earlier deals of this account that ended in {name}"))]
    yield several(features, "deals", "fit", _account_columns)


def _account_columns(view: View) -> np.ndarray:
    rates = view.context.rates["account_id"]
    codes = rates.codes(view.read("account_id"))
    tallies = rates.tallies([t.name for t in view.context.targets], codes, view.as_of)
    found = tallies.transpose(1, 0, 2).reshape(-1, view.n)
    return np.where(codes == -2, np.nan, found).T

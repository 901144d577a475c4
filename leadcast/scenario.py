"""What if: the rows of a forecast with something changed, and what was changed in plain words."""

import difflib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from leadcast.forecast.rows import names
from leadcast.moment import as_utc
from leadcast.overrides import LARGEST, Deal, Hire, Overrides, Rate, ScenarioError
from leadcast.period import Period
from leadcast.show import money, percent
from leadcast.snapshot_rows import checked_rows

HIRED = "(hired)"
_DAY = np.timedelta64(1, "D")
_NEAR = 3


def apply(
    rows: pd.DataFrame, overrides: Overrides, period: Period, as_of: np.datetime64, timezone: str | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a forecast under a scenario, and what it changed, a sentence each.

    First the segments' win rates (probability × factor, at most 1, of open deals and of new business), then the deals' own
    changes, so that a probability that was given stands; then deals are left out; then people are hired.

    A deal that closes on another day is expected with P(won in the end) if the day lies in the period, and not at all if it
    does not. Those hired bring new business as the present owners do, growing evenly until they are up to speed, of the same
    amounts, under the owner ``(hired)``; that it takes a while from a first contact to a win is in their pace only as far as
    the ramp says so.

    Parameters
    ----------
    rows : as :func:`leadcast.snapshot_rows.checked_rows` wants them; not changed. Closing days need ``ever``
    as_of : the moment of the forecast
    timezone : where the days of the overrides begin; default UTC

    Raises
    ------
    ScenarioError : a deal, column or value is not in the rows, or the change does not fit it

    Examples
    --------
    >>> from leadcast.overrides import overrides_from_texts
    >>> from leadcast.period import named_period
    >>> rows = pd.DataFrame({"entity_id": ["a"], "kind": ["open"], "expected": [0.5], "amount": [100.0], "region": ["North"]})
    >>> changed, said = apply(rows, overrides_from_texts(["rate:region=North*1.1"]), named_period("2026-Q1"),
    ...                       np.datetime64("2026-02-01"))
    >>> changed["expected"].tolist(), said
    ([0.55], ['Win rate of region North × 1.1: 1 open deals and 0 sources of new business.'])
    """
    changed, said = checked_rows(rows), []
    for rate in overrides.rates:
        said.append(_change_rate(changed, rate))
    for deal, wanted in overrides.deals.items():
        said.append(_change_deal(changed, deal, wanted, period, as_of, timezone))
    for deal in overrides.drop:
        place = _largest(changed) if deal == LARGEST else _place(changed, deal)
        said.append(f"{changed['entity_id'][place]} is left out ({_worth(changed, place)}).")
        changed = changed.drop(index=place).reset_index(drop=True)
    if overrides.hire is not None:
        hired, sentence = _hired(changed, overrides.hire, period, as_of, timezone)
        changed = pd.concat([changed, hired], ignore_index=True)
        said.append(sentence)
    return changed, said


# ---- segments -------------------------------------------------------------------------------------------------


def _change_rate(rows: pd.DataFrame, rate: Rate) -> str:
    columns = [str(n) for n in rows.columns if rows[n].dtype == object and n not in ("entity_id", "kind")]
    if rate.column not in columns:
        raise ScenarioError(f"The forecast has no column {rate.column!r} of texts{_near(rate.column, columns)}")
    values = names(rows[rate.column])
    if rate.value not in set(values):
        raise ScenarioError(f"No deal has {rate.value!r} as its {rate.column}{_near(rate.value, sorted(set(values)))}")
    mine = (values == rate.value).to_numpy()
    deals, new = (mine & (rows["kind"] == kind).to_numpy() for kind in ("open", "new"))
    for name in {"expected", "ever"} & set(rows.columns):
        rows.loc[deals, name] = np.minimum(rows.loc[deals, name] * rate.factor, 1.0)
    rows.loc[new, "expected"] *= rate.factor
    _keep_slips_possible(rows, deals)
    return (f"Win rate of {rate.column} {rate.value} × {rate.factor:g}: {deals.sum():,} open deals and {new.sum():,} sources of "
            "new business.")


# ---- deals ----------------------------------------------------------------------------------------------------


def _change_deal(
    rows: pd.DataFrame, deal: str, wanted: Deal, period: Period, as_of: np.datetime64, timezone: str | None
) -> str:
    place, said = _place(rows, deal), []
    if rows["kind"][place] == "won" and (wanted.close is not None or wanted.probability is not None):
        raise ScenarioError(f"{deal} is won already: only its amount can be changed, or it can be left out.")
    if wanted.amount is not None:
        said.append(f"amount {money(wanted.amount)} instead of {money(rows['amount'][place])}")
        rows.loc[place, "amount"] = wanted.amount
    before = rows["expected"][place]
    if wanted.probability is not None:
        rows.loc[place, "expected"] = wanted.probability
        if "ever" in rows:
            rows.loc[place, "ever"] = wanted.probability if wanted.close else np.fmax(rows["ever"][place], wanted.probability)
    if wanted.close is not None:
        said.append(_move(rows, place, wanted, period, as_of, timezone))
    if rows["expected"][place] != before:
        said.append(f"probability {_chance(rows['expected'][place])} instead of {_chance(before)}")
    _keep_slips_possible(rows, (rows.index == place))
    return f"{deal}: {', '.join(said) or 'nothing changed'}."


def _move(
    rows: pd.DataFrame, place: int, wanted: Deal, period: Period, as_of: np.datetime64, timezone: str | None
) -> str:
    """The win comes on a day, if it comes."""
    deal = rows["entity_id"][place]
    moment = _midnight(wanted.close, timezone)  # type: ignore[arg-type]  # asked before
    if moment + _DAY <= as_of:
        raise ScenarioError(f"{deal} cannot close on {wanted.close}: that lies before the forecast, which is of {as_of}Z.")
    ever = wanted.probability if wanted.probability is not None else rows["ever"][place] if "ever" in rows else np.nan
    if np.isnan(ever):
        raise ScenarioError(f"{deal} cannot be moved to {wanted.close}: the forecast does not say how likely it is won in the "
                            "end (ever). Give its probability, too.")
    inside = period.start <= moment < period.end
    rows.loc[place, "expected"] = ever if inside else 0.0
    if "expected_close" in rows:
        rows.loc[place, "expected_close"] = pd.Timestamp(moment)
    if "slips" in rows:
        rows.loc[place, "slips"] = 0.0
    return f"closes on {wanted.close}, {'within' if inside else 'outside of'} {period.name}"


def _keep_slips_possible(rows: pd.DataFrame, mine: np.ndarray) -> None:
    """What is won in the period does not slip out of it."""
    if "slips" in rows:
        rows.loc[mine, "slips"] = np.minimum(rows.loc[mine, "slips"], 1 - rows.loc[mine, "expected"])


def _place(rows: pd.DataFrame, deal: str) -> int:
    found = np.flatnonzero((rows["entity_id"] == deal).to_numpy() & (rows["kind"] != "new").to_numpy())
    if not len(found):
        raise ScenarioError(f"No deal {deal!r} is in the forecast{_near(deal, rows['entity_id'][rows['kind'] != 'new'])}")
    return int(found[0])


def _largest(rows: pd.DataFrame) -> int:
    amounts = rows["amount"].where(rows["kind"] == "open")
    if not amounts.notna().any():
        raise ScenarioError("There is no open deal with an amount to leave out as the largest.")
    return int(amounts.argmax())


def _chance(share: float) -> str:
    """A probability in words; one that a scenario has set may be exactly 0 or 1."""
    return f"{share:.0%}".replace("%", " %") if share in (0, 1) else percent(share)


def _worth(rows: pd.DataFrame, place: int) -> str:
    chance = "won" if rows["kind"][place] == "won" else f"probability {_chance(rows['expected'][place])}"
    return f"amount {money(rows['amount'][place])}, {chance}"


# ---- people ---------------------------------------------------------------------------------------------------


def _hired(
    rows: pd.DataFrame, hire: Hire, period: Period, as_of: np.datetime64, timezone: str | None
) -> tuple[pd.DataFrame, str]:
    """New business like that expected anyway, as much as those hired bring."""
    new = rows[(rows["kind"] == "new") & (rows["expected"] > 0)]
    new = new[new["owner"] != HIRED] if "owner" in new else new
    if new.empty or period.end <= as_of:
        raise ScenarioError("The forecast expects no deals that are not yet created, so that nothing says what new people bring.")
    since = max(period.start, as_of)
    days = float((period.end - since) / _DAY)
    full = _full_days(float((since - _midnight(hire.start, timezone)) / _DAY), days, hire.ramp_days)
    wins = hire.reps * full * _pace(rows, new, hire, days)
    taken = rows["entity_id"][rows["kind"] == "new"].str.removeprefix("new:")
    first = 1 + max((int(number) for number in taken if number.isdecimal()), default=-1)
    more = new.assign(entity_id=pd.Series([f"new:{first + k}" for k in range(len(new))], new.index, object),
                      expected=new["expected"] * (wins / new["expected"].sum()))
    if "owner" in more:
        more["owner"] = pd.Series(HIRED, new.index, dtype=object)
    amount = (more["expected"] * more["amount"].fillna(0.0)).sum()
    return more, (f"{hire.reps} more reps from {hire.start}, up to speed after {hire.ramp_days:g} days: {wins:,.1f} more wins "
                  f"from new business{f', {money(amount)}' if amount else ''}.")


def _pace(rows: pd.DataFrame, new: pd.DataFrame, hire: Hire, days: float) -> float:
    """Wins from new deals per rep and day."""
    if hire.per_rep_per_day is not None:
        return hire.per_rep_per_day
    owners = set(rows["owner"].dropna()) - {HIRED} if "owner" in rows else set()
    if not owners:
        raise ScenarioError("The forecast names no owners, so that nothing says what one of them brings: give per_rep_per_day "
                            "under hire.")
    return float(new["expected"].sum()) / len(owners) / days


def _full_days(worked: float, days: float, ramp: float) -> float:
    """How many days of somebody up to speed lie in so many days, for one who has worked ``worked`` days before (below 0:
    begins later), growing evenly for ``ramp`` days.

    Examples
    --------
    >>> _full_days(0.0, 100.0, 0.0), _full_days(0.0, 100.0, 100.0), _full_days(-20.0, 100.0, 40.0), _full_days(-100.0, 100.0, 9.0)
    (100.0, 50.0, 60.0, 0.0)
    """
    def until(day: float) -> float:
        ramped = min(max(day, 0.0), ramp)
        return (ramped * ramped / (2 * ramp) if ramp else 0.0) + max(day - ramp, 0.0)

    return until(worked + days) - until(worked)


def _midnight(day: date, timezone: str | None) -> np.datetime64:
    return as_utc(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone) if timezone else UTC))


def _near(found: str, known: Iterable[str]) -> str:
    """The end of a sentence: what may have been meant."""
    words = sorted(map(str, known))
    near = difflib.get_close_matches(found, words, _NEAR, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; it has {', '.join(words[:_NEAR])}{', ...' if len(words) > _NEAR else ''}." if words else "; it has none."

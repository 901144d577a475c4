"""What each stage costs: the days beyond the norm, and the money that waits there, comes later or is lost there."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadcast.funnel.alarms import Alarm, Thresholds, alarms_of
from leadcast.funnel.counts import share_of, stay_of, velocity_of
from leadcast.funnel.milestones import step_json
from leadcast.funnel.paths import Paths, Step
from leadcast.funnel.wanted import Chosen, Wanted, chosen
from leadcast.funnel.words import duration_said, money_said
from leadcast.history import History
from leadcast.moment import days_between

PER_DAYS = 30.0
LEAST_STAYS = 10
"""Of how many stays a stage can be told to be the slowest."""


@dataclass(frozen=True)
class Bottleneck:
    """What one stage costs.

    Attributes
    ----------
    stays : of how many it is known how long they stayed, those still in it included
    median_days, won_median_days : in the stage (Kaplan and Meier); of those who were won in the end, which is the norm
    median_above_days : where half have not left yet, the longest time by which fewer than half had: the median is more
    waiting : how many stand in it now, open; half of them for ``waiting_median_days``, with ``money_waiting`` together
    extra_days : days beyond the norm, never below 0: the mean over those who passed or wait there, and ``extra_days_in_all``
    delay_cost : what 30 days would bring more if won deals had not stayed beyond the norm. Velocity is what is won a day, which
        in a steady state is deals under way x win rate x average deal / cycle (Little 1961); with a cycle that is shorter by e
        days it is larger by e / (cycle - e)
    drop_cost : per 30 days: lost there x their mean amount x P(win | came to the next stage), won / (won + lost); in the last
        stage that is 1
    cost : the two together; None where neither is known. Those of several stages overlap: they are no sum
    """

    step: Step
    rank: int
    reached: int
    median_days: float | None
    won_median_days: float | None
    waiting: int
    waiting_median_days: float | None
    money_waiting: float | None
    extra_days: float | None
    extra_days_in_all: float | None
    lost: int
    delay_cost: float | None
    drop_cost: float | None
    stays: int = 0
    median_above_days: float | None = None
    slowest: bool = False

    @property
    def cost(self) -> float | None:
        known = [part for part in (self.delay_cost, self.drop_cost) if part is not None]
        return sum(known) if known else None

    def to_json(self, currency: str) -> dict[str, Any]:
        """Plain data."""
        told = {key: value for key, value in vars(self).items() if key != "step"}
        return {**step_json(self.step), **told, "cost": self.cost, "sentence": sentence(self, currency)}


@dataclass(frozen=True)
class Bottlenecks:
    """The stages on the way, the dearest first; of a group only its dearest."""

    pipelines: tuple[str, ...]
    currency: str
    entered: int
    window_days: float | None
    won_per_30_days: float | None
    stages: tuple[Bottleneck, ...]
    alarms: tuple[Alarm, ...]
    by: str | None
    groups: tuple[tuple[str, int, Bottleneck | None], ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        slowest = next((step_json(stage.step) for stage in self.stages if stage.slowest), None)
        groups = [{"name": name, "entered": entered, "bottleneck": None if worst is None else worst.to_json(self.currency)}
                  for name, entered, worst in self.groups]
        return {"pipelines": list(self.pipelines), "entered": self.entered, "window_days": self.window_days,
                "won_per_30_days": self.won_per_30_days, "stages": [stage.to_json(self.currency) for stage in self.stages],
                "slowest": slowest, "alarms": [alarm.to_json() for alarm in self.alarms], "by": self.by, "groups": groups,
                "notes": list(self.notes)}


def bottlenecks_of(history: History, wanted: Wanted, as_of: np.datetime64, thresholds: Thresholds | None = None) -> Bottlenecks:
    """What each stage costs of those who entered, as known at ``as_of``, and where it has become worse.

    Parameters
    ----------
    history : needs no events
    thresholds : from when on a change is an alarm; None: the defaults

    Raises
    ------
    FunnelError : there is no such path, pipeline or column
    """
    those = chosen(history, wanted, as_of)
    window = window_days(those)
    stages = _ranked(those.paths, window)
    groups = []
    for name, mask in those.groups():
        ranked = _ranked(those.paths.take(mask), window)
        groups.append((name, int(mask.sum()), ranked[0] if ranked and any(_worth(ranked[0])) else None))
    per_day = _won_per_day(those.paths, window)
    won, currency = None if per_day is None else PER_DAYS * per_day, history.vocabulary.currency
    return Bottlenecks(those.pipelines, currency, len(those.paths), window, won, stages,
                       alarms_of(those, thresholds or Thresholds()), wanted.by, tuple(groups),
                       (*those.notes, *_notes(stages, won, currency)))


def window_days(those: Chosen) -> float | None:
    """Over how many days they were created; None where nobody knows. What is asked for, as far as it lies in the data."""
    created = those.created[~np.isnat(those.created)]
    if not len(created):
        return None
    start, end = those.wanted.start, those.wanted.end
    first = created.min() if start is None else max(start, created.min())
    last = those.as_of if end is None else min(end, those.as_of)
    return max(float(days_between(first, last)), 1.0)


def _ranked(paths: Paths, window: float | None) -> tuple[Bottleneck, ...]:
    """The dearest first, by days where nothing is known of the money; without stages that nobody stayed in."""
    found = [_bottleneck(paths, place, window) for place in range(len(paths.steps) - 1)]
    found = [stage for stage in found if stage.median_days is not None or stage.waiting or stage.lost]
    slow = slowest_of(found)
    order = sorted(range(len(found)), key=lambda n: _worth(found[n]), reverse=True)
    return tuple(replace(found[n], rank=rank, slowest=n == slow) for rank, n in enumerate(order, start=1))


def slowest_of(stages: list[Bottleneck]) -> int | None:
    """The stage with the longest median, of those with at least ten stays; where half have not left yet, by what it exceeds."""
    known = [n for n, stage in enumerate(stages) if stage.stays >= LEAST_STAYS]
    return max(known, key=lambda n: _median_at_least(stages[n])) if known else None


def _worth(stage: Bottleneck) -> tuple[float, float, float]:
    """What a stage is ranked by: money, else days beyond the norm, else days."""
    return stage.cost or 0.0, stage.extra_days_in_all or 0.0, _median_at_least(stage)


def _median_at_least(stage: Bottleneck) -> float:
    return (stage.median_above_days if stage.median_days is None else stage.median_days) or 0.0


def _bottleneck(paths: Paths, place: int, window: float | None) -> Bottleneck:
    days, left = paths.days[:, place], paths.left[:, place]
    stay = stay_of(days, left, paths.won)
    there, gone = (paths.current == place) & ~paths.won, paths.lost & (paths.furthest == place)
    norm = None if stay is None else stay.won_median
    extra = None if norm is None else np.where(np.isnan(days), 0.0, np.maximum(days - norm, 0.0))
    held = ~np.isnan(days) & ~gone
    since, amounts = days[there & ~np.isnan(days)], paths.amount[there & ~np.isnan(paths.amount)]
    money = not np.isnan(paths.amount).all()
    above = float(np.nanmax(days)) if stay is not None and stay.median is None else None
    return Bottleneck(
        paths.steps[place], 0, int((paths.furthest >= place).sum()), None if stay is None else stay.median, norm,
        int(there.sum()), float(np.median(since)) if len(since) else None, float(amounts.sum()) if money else None,
        None if extra is None or not held.any() else float(extra[held].mean()),
        None if extra is None else float(extra[held].sum()), int(gone.sum()), _delay_cost(paths, extra, window),
        _drop_cost(paths, place, gone, window), 0 if stay is None else stay.known, above)


def _won_per_day(paths: Paths, window: float | None) -> float | None:
    amounts = paths.amount[paths.won & ~np.isnan(paths.amount)]
    return float(amounts.sum()) / window if window and len(amounts) else None


def _delay_cost(paths: Paths, extra: np.ndarray | None, window: float | None) -> float | None:
    velocity, cycle = _won_per_day(paths, window), velocity_of(paths, int(paths.won.sum()), int(paths.lost.sum())).cycle_days
    if velocity is None or extra is None or cycle is None:
        return None
    late = float(extra[paths.won].mean())
    return PER_DAYS * velocity * late / (cycle - late) if cycle > late else None


def _drop_cost(paths: Paths, place: int, gone: np.ndarray, window: float | None) -> float | None:
    further = paths.furthest > place
    chance = share_of(int((paths.won & further).sum()), int(((paths.won | paths.lost) & further).sum()))
    if chance is None or window is None:
        return None
    amounts = paths.amount[gone & ~np.isnan(paths.amount)]
    if not len(amounts):  # leads that never became a deal have no amount: what a won deal brings
        amounts = paths.amount[paths.won & ~np.isnan(paths.amount)]
    return PER_DAYS * int(gone.sum()) / window * float(amounts.mean()) * chance if len(amounts) else None


# ---- in words -------------------------------------------------------------------------------------------------


def sentence(stage: Bottleneck, currency: str) -> str:
    """What a stage costs, for a person to read.

    Examples
    --------
    >>> sentence(Bottleneck(Step("opportunity", "offer"), 1, 40, 12.0, 8.0, 9, 20.0, 9e4, 3.0, 90.0, 10, 500.0, 1500.0), "EUR")
    'offer: half leave within 12 days, won ones within 8.0 days. 9 wait there with 90,000 EUR. It costs about 2,000 EUR in 30 \
days: 500 by delay, 1,500 by those lost there (10).'
    """
    told = [f"{stage.step.stage}:"]
    if stage.median_days is not None:
        norm = "" if stage.won_median_days is None else f", won ones within {duration_said(stage.won_median_days)}"
        told.append(f"half leave within {duration_said(stage.median_days)}{norm}.")
    elif stage.median_above_days is not None:
        told.append(f"half have not left yet: it takes them more than {duration_said(stage.median_above_days)}.")
    if stage.waiting:
        amount = f" with {money_said(stage.money_waiting, currency)}" if stage.money_waiting else ""
        told.append(f"{stage.waiting:,} wait{'s' if stage.waiting == 1 else ''} there{amount}.")
    if stage.cost:
        parts = [f"{money_said(part)} {how}" for part, how in ((stage.delay_cost, "by delay"), (
            stage.drop_cost, f"by those lost there ({stage.lost:,})")) if part]
        told.append(f"It costs about {money_said(stage.cost, currency)} in {PER_DAYS:.0f} days: {', '.join(parts)}.")
    elif stage.lost:
        told.append(f"{stage.lost:,} {'was' if stage.lost == 1 else 'were'} lost there.")
    return " ".join(told) if len(told) > 1 else f"{stage.step.stage}: nobody is known to have stayed there."


def _notes(stages: tuple[Bottleneck, ...], won: float | None, currency: str) -> list[str]:
    notes = []
    if won is not None and sum(bool(stage.cost) for stage in stages) > 1:
        notes.append(f"The costs of stages overlap and are no sum. For comparison: {money_said(won, currency)} are won in "
                     f"{PER_DAYS:.0f} days.")
    if stages and all(stage.cost is None for stage in stages):
        notes.append("Money is not told: no won deal has an amount, so that stages stand by the days they take.")
    if not stages or not any(stage.stays for stage in stages):
        notes.append("Days are not told: the record has no dates of stages.")
    return notes

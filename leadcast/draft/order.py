"""In which order stages stand: as leads and deals went through them, else as such stages usually do."""

import numpy as np
import pandas as pd

from leadcast.draft.words import stage_meaning, usual_place


def by_precedence(ids: pd.Series, stages: pd.Series, at: pd.Series) -> list[str]:
    """Stages by who comes before whom: each first entry of a lead or deal is compared with its other ones.

    Parameters
    ----------
    ids, stages, at : one row per entry, of equal length; ``at`` rises with time

    Examples
    --------
    >>> by_precedence(pd.Series([1, 1, 2, 2, 2]), pd.Series(["b", "won", "a", "b", "won"]), pd.Series([1, 2, 1, 2, 3]))
    ['a', 'b', 'won']
    """
    first = pd.DataFrame({"id": ids, "stage": stages, "at": at}).groupby(["id", "stage"])["at"].min()
    table = first.unstack()
    names, times = list(table.columns), table.to_numpy()
    earlier = np.array([[np.sum(times[:, a] < times[:, b]) for b in range(len(names))] for a in range(len(names))])
    before = (earlier > earlier.T).sum(axis=1) - (earlier < earlier.T).sum(axis=1)
    place = dict(zip(names, before, strict=True))
    ends = {name: max(usual_place(name) - 99, 0) for name in names}
    return sorted(names, key=lambda s: (ends[s], -place[s], usual_place(s)))


def by_habit(stages: list[str]) -> list[str]:
    """Numbered stages by number, others by where their names usually stand."""
    leading = [s.strip().split(" ")[0].rstrip(".)-:") for s in stages]
    if all(n.isdigit() for n in leading):
        return [s for _, s in sorted(zip(map(int, leading), stages, strict=True))]
    return sorted(stages, key=usual_place)


def meaning_of(stages: list[str], *meanings: str) -> list[str]:
    """The stages whose names mean one of these."""
    return [s for s in stages if stage_meaning(s) in meanings]

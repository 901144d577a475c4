"""The rows to learn from, with what the workspace expects of them before anything is learned."""

from dataclasses import replace

import numpy as np

from features import Context, feature_table
from leadcast.errors import TooLittleData
from leadcast.history import History
from leadcast.moment import minute
from leadcast.observations import Observations
from leadcast.vocabulary import Target
from training.blend import Rows
from training.rules import expect

MOST_WAITING = 2000


def rows_of(
    history: History, target: Target, index: Observations, outcome: np.ndarray, context: Context
) -> tuple[Observations, Rows]:
    """The observations whose outcome is known, and their rows; there may be none.

    The rules are brought to the level of the expected rate on these rows, or, where no outcome is known, on those that wait.

    Parameters
    ----------
    outcome : 1, 0 or NaN for each of ``index``, shape (n,)

    Raises
    ------
    TooLittleData : nothing was ever open, so there is nothing to look at
    """
    if not len(index):
        since = history.vocabulary.records_from
        check = "[stages]" if since is None else f"[stages], and records_from = {since} under [forecast],"
        raise TooLittleData(f"{target.name}: no {target.entity} was ever open by {minute(history.end)}: there is nothing to look "
                            f"at. Check {check} in leadcast.toml (leadcast check shows the counts).")
    matured, known = index.take(~np.isnan(outcome)), outcome[~np.isnan(outcome)]
    table = feature_table(history, matured, context)
    expected = history.vocabulary.rules.on(table.contract, target.name)
    seen = table.values if len(matured) else feature_table(history, index.take(_some(len(index))), context).values
    expected = replace(expected, rules=expect(table.contract, seen, expected))
    return matured, Rows(table.contract, table.values, known, matured.weight, matured.entity_id, expected)


def _some(count: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(count, MOST_WAITING)).round().astype(int)

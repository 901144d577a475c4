"""The oracle against what happens in the simulated world: are 30 % leads won 30 % of the time?"""

import numpy as np
import pandas as pd
import pytest

from leadcast.errors import SchemaError, SourceError
from leadcast.simulate import true_history
from leadcast.simulate.truth import Truth, outcome, probability, read_truth, true_lives
from leadcast.vocabulary import Entity

LEADS, SEED = 20_000, 5
TARGETS: list[tuple[Entity, str, float]] = [("lead", "mql", 30.0), ("lead", "sql", 60.0), ("opportunity", "won", 90.0)]
DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def truth() -> Truth:
    return true_lives(LEADS, SEED)


def begun(truth: Truth, entity: Entity) -> np.ndarray:
    return np.fmin.reduce(truth.lives[entity].entered, axis=1)


def looks(truth: Truth, entity: Entity) -> dict[str, np.ndarray]:
    """Moments at which all entities are looked at: after days since creation, and on each stage entry."""
    start = begun(truth, entity)
    later = {f"{days} d": start + days * DAY for days in (0, 1, 3, 7, 14, 30, 60)}
    return later | {f"stage {k}": truth.lives[entity].entered[:, k] for k in (1, 2)}


def said_and_came(
    truth: Truth, entity: Entity, stage: str, days: float | None, as_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability and outcome of those of whom there was something to ask."""
    dated = ~np.isnat(as_of)
    ids, as_of = truth.ids[entity][dated], as_of[dated]
    said, came = (ask(truth, entity, ids, as_of, [stage], days) for ask in (probability, outcome))
    assert np.array_equal(np.isnan(said), np.isnan(came))
    return said[~np.isnan(said)], came[~np.isnan(said)]


@pytest.mark.parametrize(("entity", "stage", "days"), [*TARGETS, ("opportunity", "won", None), ("lead", "converted", 45.0)])
def test_thirty_percent_happens_thirty_percent_of_the_time(truth, entity, stage, days):
    for name, as_of in looks(truth, entity).items():
        said, came = said_and_came(truth, entity, stage, days, as_of)
        if len(said) < 200:
            continue
        for part in np.array_split(np.argsort(said), 10):
            surprise = (came[part].sum() - said[part].sum()) / np.sqrt((said[part] * (1 - said[part])).sum())
            assert abs(surprise) < 4, (name, said[part].mean(), came[part].mean())


@pytest.mark.parametrize(("entity", "stage", "days", "better"), [(*TARGETS[0], 0.09), (*TARGETS[1], 0.07), (*TARGETS[2], 0.03)])
def test_the_truth_clearly_beats_the_base_rate_at_creation(truth, entity, stage, days, better):
    said, came = said_and_came(truth, entity, stage, days, begun(truth, entity))
    assert log_loss(np.full(len(came), came.mean()), came) - log_loss(said, came) > better


def log_loss(said: np.ndarray, came: np.ndarray) -> float:
    return float(-np.mean(came * np.log(said) + (1 - came) * np.log(1 - said)))


def test_base_rates_and_pace_are_those_of_a_small_company(truth):
    leads, deals = (truth.lives[entity].entered for entity in ("lead", "opportunity"))
    mql, sql, won = (np.mean(~np.isnat(column)) for column in (leads[:, 1], leads[:, 2], deals[:, 3]))
    assert 0.30 < mql < 0.40 and 0.15 < sql < 0.27 and 0.25 < won < 0.36
    to_win = (deals[:, 3] - deals[:, 0])[~np.isnat(deals[:, 3])]
    assert 40 * DAY < np.median(to_win) < 65 * DAY


def test_events_know_no_more_than_the_oracle(truth):
    """Given the oracle's probability, neither many nor few events so far go with a surprise."""
    history = true_history(LEADS, SEED)
    for entity, stage, days in TARGETS:
        for after in (0, 3, 14):
            as_of = begun(truth, entity) + after * DAY
            ids = truth.ids[entity]
            seen = pd.Index(ids).isin(history.ids(entity))
            ids, as_of = ids[seen], as_of[seen]
            said, came = (ask(truth, entity, ids, as_of, [stage], days) for ask in (probability, outcome))
            asked = ~np.isnan(said) & (as_of <= history.end)
            so_far = np.log1p(history.linked_events(entity).count_known(history.rows(entity, ids[asked]), as_of[asked]))
            surprise, spread = came[asked] - said[asked], said[asked] * (1 - said[asked])
            lean = (so_far - so_far.mean()) @ surprise / np.sqrt(((so_far - so_far.mean()) ** 2 * spread).sum())
            assert abs(lean) < 4, (entity, stage, after)


def test_nothing_to_ask_is_nan(truth):
    lead = truth.ids["lead"][:1]
    start = begun(truth, "lead")[0]
    end = np.datetime64("2100-01-01", "us")
    assert np.isnan(probability(truth, "lead", lead, start - DAY, ["mql"], 30.0))[0]
    assert 0 < probability(truth, "lead", lead, start, ["mql"], 30.0)[0] < 1
    assert np.isnan(probability(truth, "lead", lead, end, ["mql"], 30.0))[0]


def test_an_outbound_lead_is_never_asked_whether_it_becomes_an_mql(truth):
    found = np.isnat(truth.lives["lead"].entered[:, 0])
    assert 0.02 < found.mean() < 0.06
    as_of = begun(truth, "lead")[found]
    assert np.isnan(probability(truth, "lead", truth.ids["lead"][found], as_of, ["mql"], 30.0)).all()
    assert not np.isnan(probability(truth, "lead", truth.ids["lead"][found], as_of, ["converted"], 30.0)).any()


def test_unknown_ids_and_stages_are_named(truth):
    with pytest.raises(SchemaError, match="1 ids are not in the simulated truth; it holds 20000 of entity lead"):
        probability(truth, "lead", ["X1"], np.datetime64("2025-01-01"), ["mql"])
    with pytest.raises(SchemaError, match="opened is not among the simulated stages of entity lead, which are new, mql"):
        probability(truth, "lead", truth.ids["lead"][:1], np.datetime64("2025-01-01"), ["opened"])


def test_a_folder_without_truth_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"lead_lives\.parquet is missing\. A simulated folder keeps its truth there"):
        read_truth(tmp_path)

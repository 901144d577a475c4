"""Leads without a date: known from the end of the data on, unless none has a date."""

import numpy as np

from leadcast.hints import hints
from leadcast.observations import open_at, present_at
from leadcast.vocabulary import Pipeline, Target, Vocabulary

VOCABULARY = Vocabulary(pipelines=(Pipeline("lead", "default", ("new", "mql")),))
MQL = Target("mql", "lead", ("mql",), 7)
MIXED = """
lead_id created_at
dated   2026-01-05
undated -
"""


def test_an_undated_lead_among_dated_ones_is_open_at_the_end_only(written):
    history = written(VOCABULARY, end="2026-02-01", leads=MIXED)
    before, end = np.datetime64("2026-01-10", "us"), np.datetime64("2026-02-01", "us")
    assert open_at(history, MQL, before).entity_id.tolist() == ["dated"]
    assert present_at(history, "lead", before).entity_id.tolist() == ["dated"]
    assert open_at(history, MQL, end).entity_id.tolist() == ["dated", "undated"]
    assert history.known_at(before).leads["lead_id"].tolist() == ["dated"]


def test_where_no_lead_has_a_date_all_stay(written):
    history = written(VOCABULARY, end="2026-02-01", leads="lead_id created_at\nundated -")
    before = np.datetime64("2026-01-10", "us")
    assert open_at(history, MQL, before).entity_id.tolist() == ["undated"]
    assert history.known_at(before).leads["lead_id"].tolist() == ["undated"]


def test_the_check_says_how_many_have_no_date(written):
    found = [f for f in hints(written(VOCABULARY, end="2026-02-01", leads=MIXED)) if "have no date" in f.problem]
    assert [(f.table, f.rows, f.example) for f in found] == [("leads", 1, "undated")]

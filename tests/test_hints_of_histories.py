"""Histories that tell only changes: what is not told before a change would give the change away."""

import numpy as np

from leadcast.hints import hints
from leadcast.vocabulary import Pipeline, Vocabulary

STAGES = ("discovery", "proposal", "negotiation")
VOCABULARY = Vocabulary(pipelines=(Pipeline("opportunity", "default", STAGES, ("won",), ("lost",)),))
DEALS = """
opportunity_id created_at amount
moved          2026-01-01 20
still          2026-01-01 10
"""


def problems(history, word):
    return [(f.table, f.rows, f.example) for f in hints(history) if word in f.problem]


def test_a_beginning_that_only_a_later_change_tells_is_pointed_out(written):
    stages = """
    entity      entity_id stage       entered_at
    opportunity moved     proposal    2026-01-01
    opportunity moved     negotiation 2026-01-09
    """
    found = problems(written(VOCABULARY, opportunities=DEALS, stages=stages), "began in another stage")
    assert found == [("opportunities", 1, "moved")]
    every = stages + "opportunity still discovery 2026-01-01"
    assert not problems(written(VOCABULARY, opportunities=DEALS, stages=every), "began in another stage")


def test_a_field_without_the_value_before_its_first_change_is_pointed_out(written):
    fields = """
    entity      entity_id field  value old_value changed_at
    opportunity moved     amount 20    {}        2026-01-09
    """
    without, having = (written(VOCABULARY, opportunities=DEALS, fields=fields.format(old)) for old in ("-", "15"))
    assert problems(without, "map old_value") == [("opportunities", 1, "moved")]
    assert not problems(having, "map old_value")
    assert np.isnan(without.value_at("opportunity", "amount", np.array([0]), np.array(["2026-01-05"], "datetime64[us]")))[0]

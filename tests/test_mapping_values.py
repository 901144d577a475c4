"""How single values are read: times, numbers, flags, texts, conditions, joins."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leadcast.errors import SourceError
from leadcast.mapping.clean import compose, rename
from leadcast.mapping.joins import joined
from leadcast.mapping.numbers import parse_flags, parse_numbers
from leadcast.mapping.raw import RawTable, as_text, from_frame, text_of
from leadcast.mapping.tables import first_of
from leadcast.mapping.times import parse_times
from leadcast.mapping.where import matching
from leadcast.workspace.model import Condition, FirstOf, Join


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def raw(**columns: list[str | None]) -> RawTable:
    return from_frame("t", pd.DataFrame({name: texts(*values) for name, values in columns.items()}), "t.csv")


def utc(*values: str | None, style: str = "iso", zone: str | None = "Europe/Berlin") -> list[str]:
    return [str(t).removesuffix(".000000") for t in parse_times(texts(*values), style, zone, "leads.columns.created_at").utc]


# ---- times ----------------------------------------------------------------------------------------------------


def test_offsets_mixed_with_local_times() -> None:
    times = ["2024-07-01T12:00:00+02:00", "2024-07-01 12:00", "2024-07-01T12:00:00Z", "2024-07-01", "2024-01-01 00:00:00.250"]
    assert utc(*times) == [
        "2024-07-01T10:00:00", "2024-07-01T10:00:00", "2024-07-01T12:00:00", "2024-06-30T22:00:00", "2023-12-31T23:00:00.250000"]


@pytest.mark.parametrize("offset", ["Z", "z", "+00", "+0000", "+00:00", "-00:00"])
def test_every_way_to_write_an_offset(offset: str) -> None:
    assert utc(f"2024-02-29T23:59:59{offset}", zone="Asia/Tokyo") == ["2024-02-29T23:59:59"]


def test_what_is_no_time_is_marked() -> None:
    parsed = parse_times(texts("2024-02-30", "soon", None, "0000-00-00", "9999-12-31", "2024-01-01"), "iso", "UTC", "k")
    assert parsed.bad.tolist() == [True, True, False, True, True, False]
    assert np.isnat(parsed.utc).tolist() == [True, True, True, True, True, False]


def test_the_hour_that_exists_twice_is_the_first_and_the_one_that_does_not_exist_moves_on() -> None:
    parsed = parse_times(texts("2024-10-27 02:30", "2024-03-31 02:30", "2024-03-31 03:30"), "iso", "Europe/Berlin", "k")
    assert [str(t)[:16] for t in parsed.utc] == ["2024-10-27T00:30", "2024-03-31T01:00", "2024-03-31T01:30"]
    assert parsed.ambiguous.tolist() == [True, False, False]
    assert parsed.skipped.tolist() == [False, True, False]


def test_epochs_are_utc_and_exact() -> None:
    assert utc("1709305200000", "1709305200123", "x", None, "9e99", style="epoch_ms", zone=None) == [
        "2024-03-01T15:00:00", "2024-03-01T15:00:00.123000", "NaT", "NaT", "NaT"]
    assert utc("1709305200", "1709305200.5", "-1", style="epoch_s", zone=None) == [
        "2024-03-01T15:00:00", "2024-03-01T15:00:00.500000", "1969-12-31T23:59:59"]


def test_formats_with_and_without_offset() -> None:
    assert utc("31.12.2024 18:05", "12/31/2024", style="%d.%m.%Y %H:%M") == ["2024-12-31T17:05:00", "NaT"]
    assert utc("31.12.2024 18:05 -0500", style="%d.%m.%Y %H:%M %z") == ["2024-12-31T23:05:00"]


def test_a_local_time_needs_a_timezone() -> None:
    with pytest.raises(SourceError, match=r'leads.columns.created_at: "2024-01-01 10:00" does not say how far it is from UTC. '
                                          r'Say where the clock hangs: timezone = "Europe/Berlin"'):
        utc("2024-01-01T10:00Z", "2024-01-01 10:00", zone=None)


# ---- numbers, flags, texts ------------------------------------------------------------------------------------


def test_numbers() -> None:
    good, others = ("1", "-2.5", "1e3", "1,234.50", "€ 1,000", "$5", "1 000"), ("a few", "inf", "nan", "1_0", "1,2", None)
    values, bad = parse_numbers(texts(*good, *others))
    assert values[:7].tolist() == [1.0, -2.5, 1000.0, 1234.5, 1000.0, 5.0, 1000.0]
    assert np.isnan(values[7:]).all()
    assert bad.tolist() == [False] * 7 + [True] * 5 + [False]


def test_numbers_with_a_decimal_comma() -> None:
    assert parse_numbers(texts("1.234,50", "0,5", "12", "-1.000.000"), comma=True)[0].tolist() == [1234.5, 0.5, 12.0, -1e6]
    assert parse_numbers(texts("12345.67", "1.5", "1234.567"), comma=True)[1].all()


def test_fractions_of_an_epoch_may_stand_after_a_comma() -> None:
    """So a table with decimal = "," writes the number 1700000000.5; a comma that sets off thousands makes no epoch."""
    assert utc(text_of(1700000000.5, comma=True), "1,700", style="epoch_s") == ["2023-11-14T22:13:20.500000", "NaT"]


def test_a_column_of_epochs_may_hold_iso_times() -> None:
    assert utc("1709305200000", "2024-03-01T15:00:00Z", "2024-03-01 16:00", "soon", "1e400", style="epoch_ms") == [
        "2024-03-01T15:00:00", "2024-03-01T15:00:00", "2024-03-01T15:00:00", "NaT", "NaT"]


def test_the_same_digits_give_the_same_number_to_the_last_bit() -> None:
    values, _ = parse_numbers(texts("0.1", "0.10", "1e-1", ".1"))
    assert set(values) == {0.1}


def test_flags() -> None:
    values, bad = parse_flags(texts("Yes", "TRUE", "1", "t", "no", "False", "0", "F", "maybe", None))
    assert values[:8].tolist() == [1, 1, 1, 1, 0, 0, 0, 0] and np.isnan(values[8:]).all()
    assert bad.tolist() == [False] * 8 + [True, False]


def test_any_value_as_the_text_a_csv_would_hold() -> None:
    day, moment = pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-01-01T10:00", tz="UTC")
    mixed = pd.Series(["001", 7, 7.0, 7.5, 1e20, True, None, float("nan"), day, moment, " ", {"a": 1}], dtype=object)
    assert as_text(mixed).tolist() == [
        "001", "7", "7", "7.5", "1e+20", "true", None, None, "2024-01-01", "2024-01-01T10:00:00+00:00", None, '{"a": 1}']
    assert as_text(pd.Series([1, None])).tolist() == ["1", None]
    assert as_text(pd.Series([True, False])).tolist() == ["true", "false"]
    assert as_text(pd.Series([2**60])).tolist() == [str(2**60)]


def test_renaming_to_nothing_means_missing() -> None:
    assert rename(raw(a=["a", "b", None, "c"]).columns["a"], {"a": "A", "b": ""}).tolist() == ["A", None, None, "c"]


def test_composing() -> None:
    table = raw(a=["x", "x", None, None], b=["1", None, "1", None])
    assert compose(table, "{a}_{b}", "k").tolist() == ["x_1", "x", "1", None]
    assert compose(table, "got {a}", "k").tolist() == ["got x", "got x", None, None]
    assert compose(table, "constant", "k").tolist() == ["constant"] * 4
    with pytest.raises(SourceError, match=r'events.type: table "t" \(t.csv\) has no column "c". It has: a, b.'):
        compose(table, "{a}_{c}", "events.type")


# ---- conditions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("condition", "kept"), [
    ("5", "a"), (5, "ab"), (True, "c"), (["5", "yes"], "ac"), ([5, True], "abc"),
    (Condition(not_in=["5"]), "bcde"), (Condition(present=True), "abcd"), (Condition(present=False), "e"),
    (Condition(at_least=5), "ab"), (Condition(at_most=4), ""), (Condition(starts_with="x"), "d"), (Condition(contains="e"), "cd"),
    (Condition.model_validate({"in": ["xe", 5], "not_in": ["5"]}), "bd"),
])
def test_conditions(condition: object, kept: str) -> None:
    table = raw(row=["a", "b", "c", "d", "e"], value=["5", "05", "yes", "xe", None])
    found = table.take(matching(table, {"value": condition}, "leads"))  # type: ignore[dict-item]
    assert "".join(found.frame["row"]) == kept


def test_all_conditions_must_hold_and_their_columns_be_there() -> None:
    table = raw(a=["1", "1", "2"], b=["x", "y", "x"])
    assert matching(table, {"a": 1, "b": "x"}, "leads").tolist() == [True, False, False]
    with pytest.raises(SourceError, match=r'leads.where: table "t" \(t.csv\) has no column "A"; did you mean "a"\? It has: a'):
        matching(table, {"A": 1}, "leads")


# ---- joins and first rows -------------------------------------------------------------------------------------


def test_a_join_takes_the_first_match_or_the_preferred_one() -> None:
    deals = raw(deal=["1", "2", "3", "4"], key=["a", "b", "zz", None])
    people = raw(id=["a", "a", "b", None], name=["Ann", "Amy", "Bob", "None"], main=["", "yes", "no", "yes"])
    first = joined(deals, people, Join(table="people", on={"key": "id"}, columns=["name"]), "k")
    assert first[0].frame["name"].fillna("-").tolist() == ["Ann", "Bob", "-", "-"]
    assert first[1].tolist() == [False, False, True, False]
    preferred = joined(deals, people, Join(table="people", on={"key": "id"}, columns={"who": "name"}, prefer="main"), "k")
    assert preferred[0].frame["who"].fillna("-").tolist() == ["Amy", "Bob", "-", "-"]


def test_a_join_on_two_columns() -> None:
    deals = raw(a=["1", "1", "2", "2"], b=["x", "y", "x", None])
    other = raw(p=["1", "2", "1"], q=["y", "x", "y"], v=["1y", "2x", "again"])
    found, lost = joined(deals, other, Join(table="o", on={"a": "p", "b": "q"}, columns=["v"]), "k")
    assert found.frame["v"].fillna("-").tolist() == ["-", "1y", "2x", "-"]
    assert lost.tolist() == [True, False, False, False]


def test_a_joined_column_keeps_the_way_its_times_are_written() -> None:
    other = replace(raw(id=["1"], at=["1709305200000"]), times={"at": "epoch_ms"})
    found, _ = joined(raw(key=["1"]), other, Join(table="o", on={"key": "id"}, columns={"seen": "at"}), "k")
    assert dict(found.times) == {"seen": "epoch_ms"}


def test_a_join_does_not_overwrite() -> None:
    with pytest.raises(SourceError, match=r'k.columns: table "t" already has a column "v"; take it under another name: '
                                          r'columns = { t_v = "v" }.'):
        joined(raw(a=["1"], v=["own"]), raw(p=["1"], v=["other"]), Join(table="o", on={"a": "p"}, columns=["v"]), "k")


def test_the_first_row_of_each_case_by_time_then_number() -> None:
    log = raw(case=["1", "1", "2", "1", None], no=["10", "9", "2", "11", "1"], row=["a", "b", "c", "d", "e"],
              at=["2024-01-02T00:00Z", "2024-01-01T23:30-02:00", "2024-01-01T00:00Z", "2024-01-01T23:30Z", "x"])
    assert "".join(first_of(log.take(np.arange(4)), FirstOf(by="case", order=["at", "no"]), None).frame["row"]) == "cd"
    assert "".join(first_of(log, FirstOf(by="case", order=["no"]), None).frame["row"]) == "bc"
    assert "".join(first_of(log, FirstOf(by="case"), None).frame["row"]) == "ac"

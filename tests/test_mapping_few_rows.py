"""Few rows are read by Python itself and many by pandas, with the same result."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadcast.mapping.stack import duplicated
from leadcast.mapping.times import parse_times

CLOCK = st.sampled_from(["", " 10:00", "T10:00:59", " 23:59:60", " 24:00", "T02:30", "T02:30:00.5", "T01:00:00.1234567", "T9:00",
                         "T10"])
OFFSET = st.sampled_from(["", "Z", "z", "+02:00", "-0530", "+14", "+25:00", " Z"])
DATE = st.one_of(st.dates().map(str), st.sampled_from([
    "2024-10-27", "2024-03-31", "2024-02-30", "1883-11-18", "1916-04-30", "2024", "20240301", "2024-3-1", "١٩٩٩-01-01"]))
WRITTEN = st.one_of(st.none(), st.builds("{}{}{}".format, DATE, CLOCK, OFFSET), st.integers(-10**13, 10**16).map(str),
                    st.sampled_from(["soon", "1e9", "1709305200.5", "+5", "-0", "0", "²"]))


@settings(deadline=None, max_examples=300)
@given(st.lists(WRITTEN, min_size=1, max_size=5), st.sampled_from(["iso", "epoch_ms", "epoch_s"]),
       st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
@example(["2024-10-27 02:30", "2024-03-31 02:30"], "iso", "Europe/Berlin")
def test_few_times_are_read_as_many_are(texts: list[str | None], style: str, zone: str) -> None:
    """Few by Python itself, many by pandas."""
    few, many = (parse_times(np.array(rows, object), style, zone, "key") for rows in (texts, texts * 60))
    for name in ("utc", "bad", "ambiguous", "skipped"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:len(texts)], err_msg=name)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.5, np.nan]), st.sampled_from(["a", None]),
                          st.sampled_from(["2024-01-01", "2024-01-02", "NaT"])), max_size=50))
def test_few_rows_repeat_each_other_as_many_do(cells: list[tuple[float, str | None, str]]) -> None:
    padded = [*cells, *((9.0, "more", f"{year}-01-01") for year in range(2000, 2060))]
    numbers, texts, days = zip(*padded, strict=True)
    columns = [np.array(numbers), np.array(texts, object), np.array(days, "datetime64[us]")]
    few, many = duplicated([column[:len(cells)] for column in columns]), duplicated(columns)
    assert few.tolist() == many[:len(cells)].tolist()

"""The first sheet: key figures, how the period fills up, and both as native charts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from serving.report.book import DARK, GOOD, PALE, Book
from serving.report.content import Content
from serving.report.forecast_drawn import week_points
from serving.report.forecast_part import is_empty
from serving.report.forecast_said import lead
from serving.report.measure import Measure
from serving.report.tables import Column, Kind, Table, plain_text

NAME = "Summary"
Figure = tuple[str, Any, Kind, str]
"""Label, value, kind, note."""
CHART_SIZE = {"width": 620, "height": 330}
LEFT = 9
"""Where the second chart and its numbers stand."""


def summary_sheet(book: Book, content: Content) -> None:
    """Key figures with their sums, the weeks, and the charts of both."""
    measure = Measure(content.outlook, content.words)
    sentences = [] if is_empty(measure) else [plain_text(said.text) for said in lead(measure)]
    sheet = book.sheet(NAME, sentences[0] if sentences else f"No {measure.what} in this period.", frozen=0)
    if len(sentences) > 1:
        book.text(sheet, 3, 0, sentences[1])
    figures = _figures(measure)
    _key_figures(book, sheet, 5, figures)
    top = 5 + len(figures) + 3
    _fan(book, sheet, max(top, 24), measure)
    _standing(book, sheet, 5, figures)
    for column, width in enumerate((30, 16, 16, 16, 14, 14, 14, 14)):
        sheet.set_column(column, column, width)


def _figures(measure: Measure) -> list[Figure]:
    total, figures, kind = measure.told["total"], measure.total, measure.kind
    gap: list[Figure] = [("Gap", None if total["gap"] is None else -total["gap"], "money", "expected less quota")]
    quota: list[Figure] = [] if total["quota"] is None else [
        ("Quota", total["quota"], "money", "what is to be won"),
        *(gap if measure.is_money else []),
        ("Chance of quota", total["reach"], "percent", "of 100 ways the period may go, in so many at least the quota is won"),
        ("Coverage", total["coverage"], "times", "open pipeline over what is still to win")]
    pipeline: list[Figure] = [("Pipeline", total["pipeline"], "money", "amount of the open ones, whatever their chance")]
    return [
        ("Closed won", figures["won"], kind, "since the period began"),
        (f"From open {measure.what}", figures["open"], kind, "expected of those that are open"),
        (f"From new {measure.what}", figures["new"], kind, "expected of those not created yet"),
        ("Expected", figures["total"], kind, "the three together"),
        ("P10", figures["p10"], kind, "in one case of ten it will be less"),
        ("P50", figures["p50"], kind, "in one case of two"), ("P90", figures["p90"], kind, "in nine cases of ten"),
        *quota, (f"Open {measure.what}", total["open_deals"], "count", "now"), *(pipeline if measure.is_money else []),
        (f"{measure.what.capitalize()} that may slip", total["slips"], "expected",
         "should close in the period, and will be open after it"),
    ]


def _key_figures(book: Book, sheet: Any, top: int, figures: Sequence[Figure]) -> None:
    cells = {label.lower(): f"B{top + 2 + place}" for place, (label, *_) in enumerate(figures)}
    sums = {"Expected": f"=SUM(B{top + 2}:B{top + 4})", "Gap": f"={cells['expected']}-{cells.get('quota')}"}
    for place, label in enumerate(("Key figure", "Value", "What it says")):
        book.text(sheet, top, place, label, "head right" if place == 1 else "head")
    for row, (label, value, kind, note) in enumerate(figures, top + 1):
        book.text(sheet, row, 0, label, "bold" if label in sums else "plain")
        if label in sums and value is not None:
            book.formula(sheet, row, 1, sums[label], value, kind, bold=True)
        else:
            book.value(sheet, row, 1, value, kind)
        book.text(sheet, row, 2, note, "quiet")


# ---- how the period fills up ------------------------------------------------------------------------------------


def _fan(book: Book, sheet: Any, top: int, measure: Measure) -> None:
    """The weeks as a table, and a chart of them: the band is P10 with the spread on top."""
    book.text(sheet, top - 1, 0, "How the period fills up, by the end of each day named", "heading")
    kind, quota = measure.kind, measure.quota
    rows = [{**row, "when": f"{row['day']}T12:00:00{_offset(book, row['day'])}", "quota": quota,
             "spread": None if row["p10"] is None else row["p90"] - row["p10"]} for row in week_points(measure)]
    goal = [Column("quota", "Quota", "money")] if quota is not None else []
    table = Table("weeks", "", [
        Column("when", "By the end of", "date"), Column("won", "Closed won", kind), Column("mean", "Expected", kind),
        Column("p10", "P10", kind), Column("p90", "P90", kind), Column("spread", "P90 less P10", kind), *goal,
        Column("today", "")], rows)
    placed = book.table(sheet, top, table, {"spread": lambda where, row: f"={where.cell('p90', row)}-{where.cell('p10', row)}"})
    band = book.file.add_chart({"type": "area", "subtype": "stacked"})
    at = {"categories": placed.absolute(NAME, "when")}
    band.add_series({**at, "name": "P10", "values": placed.absolute(NAME, "p10"), "fill": {"none": True}, "line": {"none": True}})
    band.add_series({**at, "name": "P10 to P90", "values": placed.absolute(NAME, "spread"), "fill": {"color": "#C9DAEE"},
                     "line": {"none": True}})
    lines = book.file.add_chart({"type": "line"})
    dashed = ("quota", "Quota", {"color": "#17212B", "width": 1.25, "dash_type": "dash"})
    for key, name, line in (("won", "Closed won", {"color": GOOD, "width": 2.5}),
                            ("mean", "Expected", {"color": DARK, "width": 2.5}), *([dashed] if goal else [])):
        lines.add_series({**at, "name": name, "values": placed.absolute(NAME, key), "line": line})
    band.combine(lines)
    _finished(band, f"{measure.told['period']['name']}: how it fills up", measure, book)
    band.set_x_axis({"date_axis": True, "num_format": "d mmm", "major_gridlines": {"visible": False}, "text_axis": False})
    band.set_legend({"position": "bottom", "delete_series": [0]})
    band.show_blanks_as("gap")
    sheet.insert_chart(top - 1, len(table.columns) + 1, band, {"object_position": 1})


def _offset(book: Book, day: str) -> str:
    """The workspace's offset at noon of a day, so that the day stays the day."""
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=12))
    told = noon.replace(tzinfo=ZoneInfo(book.words.timezone or "UTC")).strftime("%z")
    return f"{told[:3]}:{told[3:]}"


# ---- against the quota ------------------------------------------------------------------------------------------


def _standing(book: Book, sheet: Any, top: int, figures: Sequence[Figure]) -> None:
    """Won, open and new on each other, beside the quota; the chart reads a small table next to the key figures."""
    place = {label: top + 2 + number for number, (label, *_) in enumerate(figures)}
    has_quota, left = "Gap" in place, LEFT
    labels = [figures[0][0], figures[1][0], figures[2][0], *(["Quota"] if has_quota else [])]
    kind = figures[0][2]
    for column, label in enumerate(["", *labels]):
        book.text(sheet, top, left + column, label, "head")
    rows = ["Expected", *(["Quota"] if has_quota else [])]
    values = {label: value for label, value, *_ in figures}
    for number, name in enumerate(rows, 1):
        book.text(sheet, top + number, left, name)
        for column, label in enumerate(labels, 1):
            if (label == "Quota") == (name == "Quota"):
                book.formula(sheet, top + number, left + column, f"=B{place[label]}", values[label], kind)
    chart = book.file.add_chart({"type": "bar", "subtype": "stacked"})
    for column, (label, colour) in enumerate(zip(labels, (GOOD, DARK, "#A9C6E6", "#8A97A3"), strict=False), 1):
        chart.add_series({"name": label, "categories": [NAME, top + 1, left, top + len(rows), left],
                          "values": [NAME, top + 1, left + column, top + len(rows), left + column],
                          "fill": {"color": colour}, "gap": 60})
    chart.set_y_axis({"reverse": True, "line": {"none": True}, "major_tick_mark": "none"})
    chart.set_x_axis({"num_format": _short(book) if kind == "money" else "0",
                      "major_gridlines": {"visible": True, "line": {"color": PALE}}})
    chart.set_title({"name": "Against the quota" if has_quota else "What it is made of", "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 300})
    sheet.insert_chart(top + 4, left, chart, {"object_position": 1})


def _finished(chart: Any, title: str, measure: Measure, book: Book) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis({"num_format": _short(book) if measure.is_money else "0", "min": 0,
                      "major_gridlines": {"visible": True, "line": {"color": "#E2E7EC"}}, "line": {"none": True}})
    chart.set_size(CHART_SIZE)


def _short(book: Book) -> str:
    """Thousands and millions on an axis."""
    symbol = book.words.symbol
    return f'[>=1000000]"{symbol}"0.0,,"M";[>=1000]"{symbol}"0,"K";"{symbol}"0'

"""Who brings it, as a sheet: sums of sums that a reader can follow."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.report.book import FIRST_ROW, SAME, Book, Formula, Placed
from serving.report.content import Content
from serving.report.forecast_part import TEAM_MEANS
from serving.report.forecast_tables import teams
from serving.report.measure import Measure
from serving.report.tables import Row, Table

NAME = "Forecast by team"
ADDED = ("won", "open", "new", "open_deals", "pipeline")


def team_sheet(book: Book, content: Content) -> None:
    """Each parent is the subtotal of those below it, the last row that of all; subtotals leave other subtotals out."""
    measure = Measure(content.outlook, content.words)
    trees = teams(measure)
    sheet, at = book.sheet(NAME, TEAM_MEANS), FIRST_ROW
    sheet.outline_settings(True, False, False, False)
    for tree in trees:
        placed = book.table(sheet, at, tree, _formulas(tree.rows), _foot(tree))
        for number, row in enumerate(tree.rows):
            if row["indent"]:
                sheet.set_row(placed.top + 1 + number, None, None, {"level": row["indent"]})
        at = placed.end + 1
    book.widths(sheet, *trees)


def _formulas(rows: Sequence[Row]) -> Mapping[str, Formula]:
    below = [_below(rows, place) for place in range(len(rows))]

    def subtotal(key: str) -> Formula:
        def made(placed: Placed, row: int) -> str | None:
            return f"=SUBTOTAL(9,{placed.span(key, row + 1, row + below[row])})" if below[row] and _agrees(
                rows, key, row, below[row]) else None

        return made

    return {**{key: subtotal(key) for key in ADDED}, "total": _expected, "gap": _gap}


def _below(rows: Sequence[Row], place: int) -> int:
    """How many of the following rows are part of one."""
    depth, count = rows[place]["indent"], 0
    for row in rows[place + 1:]:
        if row["indent"] <= depth:
            break
        count += 1
    return count


def _agrees(rows: Sequence[Row], key: str, place: int, below: int) -> bool:
    """Do the parts make up what is told of their parent?"""
    parts = [row for number, row in enumerate(rows[place + 1:place + 1 + below], place + 1) if not _below(rows, number)]
    return _is_sum(rows[place][key], [row[key] for row in parts])


def _is_sum(whole: float, parts: Sequence[float]) -> bool:
    return abs(sum(parts) - whole) <= SAME * max(1.0, abs(whole))


def _expected(placed: Placed, row: int) -> str:
    won, opened, new = (placed.cell(key, row) for key in ("won", "open", "new"))
    return f"={won}+{opened}+{new}"


def _gap(placed: Placed, row: int) -> str:
    return f"={placed.cell('total', row)}-{placed.cell('quota', row)}"


def _foot(tree: Table) -> Mapping[str, Formula]:
    told: Mapping[str, Any] = tree.foot or {}
    leaves = [row for place, row in enumerate(tree.rows) if not _below(tree.rows, place)]

    def whole(key: str) -> Formula:
        def made(placed: Placed, row: int) -> str | None:
            known = told.get(key)
            return f"=SUBTOTAL(9,{placed.span(key)})" if known is None or _is_sum(known, [one[key] for one in leaves]) else None

        return made

    gap: dict[str, Formula] = {"gap": _gap} if told.get("gap") is not None else {}
    return {**{key: whole(key) for key in ADDED}, "total": _expected, **gap}

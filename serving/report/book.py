"""An Excel workbook as it grows: formats, and tables written with their formulas."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from serving.report.html_pieces import LONG, shown
from serving.report.tables import Column, Kind, Row, Table, known_columns
from serving.report.words import Words

MOST_CHARACTERS = 32_000
NARROW, WIDE, LONGEST = 8, 34, 60
SAME = 1e-6
LEFT_OUT: tuple[Kind, ...] = ("text", "date", "yes")
"""Columns of these kinds are left out where nothing is known of them; formulas may need the others."""
DARK, PALE, GOOD, BAD, AMBER = "#1F5FA6", "#DFEAF6", "#14734A", "#B3361F", "#FDF0D2"
FIRST_ROW = 4
"""Of the first table of a sheet: title, what it is of and a sentence stand above."""
Formula = Callable[["Placed", int], str | None]
"""(where the table lies, row from 0) -> a formula for the cell; None: the plain value."""


@dataclass(frozen=True)
class Placed:
    """Where a table lies; rows and columns from 0.

    Attributes
    ----------
    top : the row of its headings
    rows : how many rows of data follow
    keys : of its columns, from left to right
    """

    top: int
    rows: int
    keys: tuple[str, ...]

    def cell(self, key: str, row: int, fixed: bool = False) -> str:
        """A cell's address; rows from 0, below the headings."""
        return str(xl_rowcol_to_cell(self.top + 1 + row, self.keys.index(key), row_abs=fixed, col_abs=fixed))

    def span(self, key: str, first: int = 0, last: int | None = None) -> str:
        """A column's cells as a range."""
        return f"{self.cell(key, first)}:{self.cell(key, self.rows - 1 if last is None else last)}"

    def absolute(self, sheet: str, key: str) -> list[Any]:
        """A column's cells for a chart."""
        column = self.keys.index(key)
        return [sheet, self.top + 1, column, self.top + self.rows, column]

    @property
    def end(self) -> int:
        """The first row below, one left free."""
        return self.top + self.rows + 2


@dataclass
class Book:
    """A workbook; what columns mean is collected on the way."""

    words: Words
    title: str
    subtitle: str
    as_of: datetime
    meanings: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = BytesIO()
        self.file = xlsxwriter.Workbook(self.memory, {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        self.file.set_properties({"title": self.title, "created": self.as_of.replace(tzinfo=None)})
        self.file.set_calc_mode("auto")

    def content(self) -> bytes:
        """The finished file."""
        self.file.close()
        return self.memory.getvalue()

    # ---- sheets -----------------------------------------------------------------------------------------------

    def sheet(self, name: str, sentence: str = "", frozen: int = FIRST_ROW) -> Any:
        """A new sheet with its head, ready to be printed; rows down to ``frozen`` stay in sight."""
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.6, 0.6)
        sheet.set_footer(f"&L{self.title.replace('&', '&&')}&C&A&RPage &P of &N")
        self.text(sheet, 0, 0, f"{name}: {self.title}", "title")
        self.text(sheet, 1, 0, self.subtitle, "quiet")
        if sentence:
            self.text(sheet, 2, 0, sentence, "plain")
        if frozen:
            sheet.freeze_panes(frozen + 1, 1)
            sheet.repeat_rows(0, frozen)
        return sheet

    def text(self, sheet: Any, row: int, column: int, text: str, style: str = "plain") -> None:
        """A text as a text, whatever it begins with: data never become formulas."""
        clean = text.encode("utf-8", "replace").decode()[:MOST_CHARACTERS]
        sheet.write_string(row, column, clean, self.styles[style])

    def value(self, sheet: Any, row: int, column: int, value: Any, kind: Kind, **more: Any) -> None:
        """A value in the format of its kind; an empty cell where there is none."""
        style = self.format(kind, **more)
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            sheet.write_blank(row, column, None, style)
        elif kind == "date":
            sheet.write_datetime(row, column, self.words.moment(value).replace(tzinfo=None, hour=0, minute=0, second=0,
                                                                               microsecond=0), style)
        elif kind in ("text", "yes"):
            told = str(value) if kind == "text" else "yes" if value else "no"
            sheet.write_string(row, column, told.encode("utf-8", "replace").decode()[:MOST_CHARACTERS], style)
        else:
            sheet.write_number(row, column, value, style)

    def formula(self, sheet: Any, row: int, column: int, formula: str, value: float | None, kind: Kind, **more: Any) -> None:
        """A formula with the value that it gives, for who shows a file without reckoning."""
        sheet.write_formula(row, column, formula, self.format(kind, **more), 0 if value is None else value)

    # ---- tables -----------------------------------------------------------------------------------------------

    def table(self, sheet: Any, top: int, table: Table, formulas: Mapping[str, Formula] | None = None,
              foot: Mapping[str, Formula] | None = None) -> Placed:
        """A table with its headings; below it a row of totals where its columns add up.

        Parameters
        ----------
        formulas, foot : formulas by column, of the rows and of the totals
        """
        columns = known_columns(table, LEFT_OUT)
        placed = Placed(top, len(table.rows), tuple(column.key for column in columns))
        self.meanings += [(sheet.get_name(), column.label, column.meaning) for column in columns if column.meaning]
        for place, column in enumerate(columns):
            self.text(sheet, top, place, column.label, "head" if column.kind == "text" else "head right")
        if not table.rows:
            self.text(sheet, top + 1, 0, table.none, "quiet")
            return Placed(top, 1, placed.keys)
        for number, row in enumerate(table.rows):
            self._row(sheet, placed, number, row, columns, formulas or {})
        for column in (column for column in columns if column.bar):
            sheet.conditional_format(placed.span(column.key), {
                "type": "data_bar", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
                "bar_color": "#A9C6E6", "bar_solid": True})
        return placed if not self._foot(sheet, placed, table, columns, foot or {}) else Placed(top, placed.rows + 1, placed.keys)

    def _row(self, sheet: Any, placed: Placed, number: int, row: Row, columns: Sequence[Column],
             formulas: Mapping[str, Formula]) -> None:
        indent, strong = row.get("indent") or 0, bool(row.get("strong"))
        for place, column in enumerate(columns):
            value, where = row.get(column.key), (placed.top + 1 + number, place)
            made = formulas[column.key](placed, number) if column.key in formulas and value is not None else None
            more: dict[str, Any] = {"bold": strong, "signed": column.signed, **({"indent": indent} if not place else {}),
                                    **({"text_wrap": True} if column.key in LONG else {})}
            if made is None:
                self.value(sheet, *where, value, column.kind, **more)
            else:
                self.formula(sheet, *where, made, value, column.kind, **more)

    def _foot(self, sheet: Any, placed: Placed, table: Table, columns: Sequence[Column], foot: Mapping[str, Formula]) -> bool:
        """The row of totals: sums where they are sums, else what is told of all together; False where there is none."""
        if table.foot is None and not any(column.adds_up for column in table.columns):
            return False
        at, told = placed.top + 1 + placed.rows, table.foot or {}
        self.value(sheet, at, 0, told.get(columns[0].key) or "Total", "text", bold=True, top=1)
        for place, column in list(enumerate(columns))[1:]:
            total = sum(float(row.get(column.key) or 0) for row in table.rows) if column.adds_up else math.nan
            known = told.get(column.key, None if table.foot else total)
            made = foot[column.key](placed, placed.rows) if column.key in foot else None
            if made is not None:
                self.formula(sheet, at, place, made, known, column.kind, bold=True, top=1)
            elif column.adds_up and known is not None and abs(total - known) <= SAME * max(1.0, abs(total)):
                self.formula(sheet, at, place, f"=SUM({placed.span(column.key)})", total, column.kind, bold=True, top=1)
            else:
                self.value(sheet, at, place, known, column.kind, bold=True, top=1)
        return True

    def widths(self, sheet: Any, *tables: Table) -> None:
        """Columns as wide as what stands in them."""
        most: dict[int, int] = {}
        for table in tables:
            for place, column in enumerate(known_columns(table, LEFT_OUT)):
                limit = LONGEST if column.key in LONG else WIDE
                lines = [*(word for word in column.label.split()), *(self._told(row, column) for row in table.rows),
                         *([self._told(table.foot, column)] if table.foot else [])]
                most[place] = max(most.get(place, NARROW), min(limit, 2 + max(map(len, lines), default=0)))
        for place, width in most.items():
            sheet.set_column(place, place, width)

    def _told(self, row: Row, column: Column) -> str:
        value = row.get(column.key)
        if column.kind == "money":
            return self.words.money(value)
        indent = "  " * (row.get("indent") or 0) if column.key == "shown" else ""
        return f"{indent}{shown(value, column.kind, self.words)}"

    # ---- formats ----------------------------------------------------------------------------------------------

    @cached_property
    def styles(self) -> Mapping[str, Any]:
        """The formats of texts that are no data."""
        head = {"bold": True, "bg_color": PALE, "bottom": 1, "text_wrap": True, "valign": "top"}
        return {name: self.file.add_format(given) for name, given in {
            "title": {"bold": True, "font_size": 15}, "quiet": {"font_color": "#5A6875"}, "plain": {},
            "heading": {"bold": True, "font_size": 12, "font_color": DARK}, "head": head,
            "head right": {**head, "align": "right"}, "bold": {"bold": True},
        }.items()}

    def format(self, kind: Kind, **more: Any) -> Any:
        """The format of a kind of value."""
        signed = more.pop("signed", False)
        asked = {name: value for name, value in sorted(more.items()) if value}
        key = (kind, signed, *asked.items())
        if key not in self._formats:
            number = self._numbers.get(kind, "")
            given = {"num_format": _with_sign(number) if signed else number} if number else {}
            self._formats[key] = self.file.add_format({**given, "valign": "top", **asked})
        return self._formats[key]

    @cached_property
    def _formats(self) -> dict[Any, Any]:
        return {}

    @cached_property
    def _numbers(self) -> Mapping[Kind, str]:
        money = f'"{self.words.symbol}"#,##0'
        return {"money": f"{money};[Red]-{money}", "count": "#,##0", "expected": "#,##0.0", "percent": "0.0%", "days": "#,##0.0",
                "date": "d mmm yyyy", "times": '0.0" ×"', "number": "0.000", "points": "+0.0;-0.0;0"}


def _with_sign(number: str) -> str:
    """A number format that writes a plus, too.

    Examples
    --------
    >>> _with_sign("0.0%"), _with_sign("#,##0;[Red]-#,##0")
    ('+0.0%;[Red]-0.0%;0.0%', '+#,##0;[Red]-#,##0;#,##0')
    """
    plain = number.partition(";")[0]
    return f"+{plain};[Red]-{plain};{plain}"

"""The workbook: its formulas give the numbers that are written with them, and the data never become formulas."""

import copy
import re
import warnings
from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from reported import bare_report, deals, outlook, report_of

from serving.report.people import Lists
from serving.report.workbook import workbook_report


class Opened:
    """A workbook's formulas and values; formulas are worked out from what stands in the cells."""

    def __init__(self, content: bytes) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # data bars are an extension that openpyxl cannot keep
            self.written = openpyxl.load_workbook(BytesIO(content))
            self.shown = openpyxl.load_workbook(BytesIO(content), data_only=True)

    def formulas(self) -> list[tuple[str, str, str]]:
        return [(sheet.title, cell.coordinate, cell.value) for sheet in self.written for row in sheet.iter_rows() for cell in row
                if cell.data_type == "f"]

    def rows(self, sheet: str) -> list[tuple]:
        return list(self.shown[sheet].iter_rows(values_only=True))

    def number(self, sheet: str, cell: str) -> float:
        """What a cell comes to."""
        value = self.written[sheet][cell].value
        return self.work_out(sheet, value) if isinstance(value, str) and value.startswith("=") else value or 0.0

    def work_out(self, sheet: str, formula: str) -> float:
        text = formula.removeprefix("=").replace("$", "")
        if summed := re.fullmatch(r"(SUM|SUBTOTAL)\((?:9,)?([A-Z]+\d+:[A-Z]+\d+)\)", text):
            left, top, right, bottom = range_boundaries(summed[2])
            cells = [self.written[sheet].cell(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
            kept = [cell for cell in cells if not (summed[1] == "SUBTOTAL" and str(cell.value).startswith("=SUBTOTAL"))]
            return sum(self.number(sheet, cell.coordinate) for cell in kept if not isinstance(cell.value, str)
                       or cell.value.startswith("="))
        parts = re.split(r"([+/-])", text)
        found = self.number(sheet, parts[0])
        for sign, cell in zip(parts[1::2], parts[2::2], strict=True):
            other = self.number(sheet, cell)
            found = found + other if sign == "+" else found - other if sign == "-" else found / other
        return found


def assert_formulas_hold(book: Opened) -> int:
    """Every formula gives what is written beside it; how many there are."""
    for sheet, cell, formula in book.formulas():
        assert book.work_out(sheet, formula) == pytest.approx(book.shown[sheet][cell].value, rel=1e-9, abs=1e-6), (sheet, cell)
    return len(book.formulas())


@pytest.fixture(scope="module")
def book() -> Opened:
    return Opened(workbook_report(report_of()))


def test_every_formula_gives_the_number_beside_it(book):
    assert assert_formulas_hold(book) > 40


def test_sheets_stand_in_order(book):
    assert book.written.sheetnames == [
        "Summary", "Forecast by team", "Changes", "Risks", "Categories", "Deals", "Leads", "Funnel", "Bottlenecks", "Sources",
        "Accuracy", "Model", "About"]


def test_key_figures_add_up_by_formula(book):
    told = {row[0]: row[1] for row in book.rows("Summary") if row[0]}
    assert (told["Closed won"], told["From open deals"], told["From new deals"], told["Expected"]) == (40, 40, 20, 100)
    assert (told["Quota"], told["Gap"], told["Chance of quota"]) == (120, -20, 0.25)
    assert book.written["Summary"]["B10"].value == "=SUM(B7:B9)"
    assert book.written["Summary"]["B15"].value == "=B10-B14"


def test_regions_are_subtotals_of_their_owners(book):
    rows = [row[:5] for row in book.rows("Forecast by team")[5:]]
    assert rows == [("North", 80, 40, 30, 10), ("Ann", 54, 30, 20, 4), ("bob", 26, 10, 10, 6), ("South", 20, 0, 10, 10),
                    ("cid", 20, 0, 10, 10), ("All", 100, 40, 40, 20)]
    sheet = book.written["Forecast by team"]
    assert [sheet[f"C{row}"].value for row in (6, 7, 9, 11)] == ["=SUBTOTAL(9,C7:C8)", 30, "=SUBTOTAL(9,C10:C10)",
                                                                "=SUBTOTAL(9,C6:C10)"]
    assert sheet["B6"].value == "=C6+D6+E6" and sheet.row_dimensions[7].outlineLevel == 1


def test_a_parent_that_its_parts_do_not_make_up_is_no_formula():
    told = copy.deepcopy(outlook())
    told["team"][0]["amount"]["won"] = 41.0
    sheet = Opened(workbook_report(report_of(outlook=told))).written["Forecast by team"]
    assert sheet["C6"].value == 41 and sheet["C9"].value == "=SUBTOTAL(9,C10:C10)"


def test_the_pieces_of_a_change_add_up_to_the_forecast_now(book):
    sheet = book.written["Changes"]
    assert [sheet[f"B{row}"].value for row in range(6, 11)] == [100, 15, -5, -10, "=SUM(B6:B9)"]


def test_conversion_is_a_formula(book):
    assert [(row[0], row[1], row[2], row[3]) for row in book.rows("Funnel")[5:8]] == [
        ("talk", 500, None, 1), ("offer", 300, 0.6, 0.6), ("won", 120, 0.4, 0.24)]
    assert book.written["Funnel"]["C7"].value == "=B7/B6" and book.written["Funnel"]["D8"].value == "=B8/$B$6"


def test_lists_have_filters_panes_formats_and_totals(book):
    sheet = book.written["Deals"]
    assert sheet.auto_filter.ref == "A5:S7" and sheet.freeze_panes == "B6" and sheet.print_title_rows == "$1:$5"
    assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage
    heads = [cell.value for cell in sheet[5]]
    at = {name: heads.index(name) for name in ("Amount", "Probability", "Rep's date", "Risks")}
    assert sheet[6][at["Amount"]].number_format == '"€"#,##0;[Red]-"€"#,##0'
    assert sheet[6][at["Probability"]].number_format == "0.0%"
    assert str(sheet[6][at["Rep's date"]].value)[:10] == "2026-03-21"  # 23:30 UTC is the next day in Berlin
    assert sheet[8][at["Amount"]].value == "=SUM(G6:G7)"
    assert sheet[7][at["Risks"]].value == "stalled"
    assert len(sheet.conditional_formatting) >= 1


def test_charts_are_native(book):
    assert [len(book.written[name]._charts) for name in ("Summary", "Funnel")] == [2, 1]


def test_columns_are_as_wide_as_their_content(book):
    sheet = book.written["Risks"]
    assert sheet.column_dimensions["A"].width < 10
    assert sheet.column_dimensions["I"].width >= len("commit, but 40 % likely")


def test_what_columns_mean_is_told_at_the_end(book):
    rows = [row[:3] for row in book.rows("About")]
    assert ("Categories", "Share", "expected as a share of what stands there") in rows
    assert ("Fingerprint of the data", "f" * 64, None) in rows and ("Note", "A note.", None) in rows


def test_texts_of_the_data_are_never_formulas():
    planted = "=cmd|' /C calc'!A0"
    told = copy.deepcopy(outlook())
    told["team"][1]["shown"] = told["risks"][0]["entity_id"] = told["notes"][0] = planted
    told["changes"]["deals"][0]["what"] = "+1+1"
    rows = [{**row, "entity_id": planted, "stage": "@SUM(A1)", "account_id": "=HYPERLINK(\"x\")"} for row in deals().rows]
    found = Opened(workbook_report(report_of(company="=1+1", outlook=told, lists=Lists(replace(deals(), rows=rows), None, []))))
    ours = re.compile(r"=(SUM|SUBTOTAL)\([\d,A-Z:]+\)|=[$A-Z\d+/-]+")
    assert not [formula for *_, formula in found.formulas() if not ours.fullmatch(formula)]
    assert found.written["Risks"]["A6"].value == planted and found.written["Risks"]["A6"].data_type == "s"
    assert not [cell for sheet in found.written for row in sheet.iter_rows() for cell in row if cell.hyperlink]


def test_a_bare_company_has_every_sheet_and_no_money():
    found = Opened(workbook_report(bare_report()))
    assert_formulas_hold(found)
    assert "€" not in str([cell.number_format for sheet in found.written for row in sheet.iter_rows() for cell in row])
    told = {row[0]: row[1] for row in found.rows("Summary") if row[0]}
    assert told["Expected"] == 10 and "Quota" not in told
    assert found.rows("Changes")[5][0] == "There was no forecast of this period before."
    assert found.rows("Funnel")[5][0].startswith("No pipeline is declared")


def test_stages_and_sources_side_by_side_are_two_lists():
    told = copy.deepcopy(outlook())
    of = {row["name"]: {name: value for name, value in row.items() if name not in ("level", "name", "shown", "parent")}
          for row in told["team"]}
    told["team"] = [{"level": level, "name": name, "shown": name, "parent": [], **of[whose]} for level, name, whose in (
        ("stage", "offer", "North"), ("stage", "talk", "South"), ("source", "fair", "North"), ("source", "web", "South"))]
    found = Opened(workbook_report(report_of(outlook=told)))
    assert_formulas_hold(found)
    rows = [row[:2] for row in found.rows("Forecast by team")[4:]]
    assert [row for row in rows if row[0]] == [("Stage", "Expected"), ("offer", 80), ("talk", 20), ("All", 100),
                                               ("Source", "Expected"), ("fair", 80), ("web", 20), ("All", 100)]


def test_the_same_report_is_the_same_file():
    assert workbook_report(report_of()) == workbook_report(report_of())

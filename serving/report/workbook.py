"""A report as an Excel workbook: the tables of the page with totals as formulas, and native charts."""

from serving.report import workbook_sheets as sheets
from serving.report.book import FIRST_ROW, Book
from serving.report.content import Content
from serving.report.html import about
from serving.report.workbook_summary import summary_sheet
from serving.report.workbook_team import team_sheet

SHEETS = (
    summary_sheet, team_sheet, sheets.changes_sheet, sheets.risks_sheet, sheets.categories_sheet, sheets.deals_sheet,
    sheets.leads_sheet, sheets.funnel_sheet, sheets.bottlenecks_sheet, sheets.cohorts_sheet, sheets.sources_sheet,
    sheets.accuracy_sheet, sheets.model_sheet,
)
"""In order; the last one, which tells what the columns of the others mean, follows them."""


def workbook_report(content: Content) -> bytes:
    """The whole file."""
    period, words = content.outlook["period"], content.words
    title = f"{content.company}, {period['name']}"
    subtitle = f"As of {words.date(content.outlook['as_of'])}, of {content.scope}. Amounts in {words.currency}."
    book = Book(words, title, subtitle, words.moment(content.outlook["as_of"]))
    for write in SHEETS:
        write(book, content)
    _about(book, content)
    return book.content()


def _about(book: Book, content: Content) -> None:
    """Where the numbers came from, what is to be known of them, and what the columns mean."""
    sheet = book.sheet("About", frozen=0)
    known = [*about(content), *(("Note", note) for note in dict.fromkeys(content.outlook["notes"]))]
    for row, (name, value) in enumerate(known, FIRST_ROW):
        book.text(sheet, row, 0, name, "bold")
        book.text(sheet, row, 1, value)
    top = FIRST_ROW + len(known) + 1
    for place, label in enumerate(("Sheet", "Column", "What it says")):
        book.text(sheet, top, place, label, "head")
    for row, told in enumerate(dict.fromkeys(book.meanings), top + 1):
        for place, text in enumerate(told):
            book.text(sheet, row, place, text)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 28)
    sheet.set_column(2, 2, 100)

"""The sheets of a workbook that are a table or two."""

from dataclasses import replace
from typing import Any

from serving.report import forecast_tables, funnel_said, funnel_tables
from serving.report.book import AMBER, BAD, DARK, FIRST_ROW, Book, Placed
from serving.report.content import Content
from serving.report.lists_part import deals_table, grid_table, leads_table
from serving.report.measure import Measure
from serving.report.model_part import compared, important, reliability
from serving.report.people import Listed
from serving.report.tables import Table, known_columns, plain_text

NO_FUNNEL = "No pipeline is declared in leadcast.toml, so that there are no stages to count."


def changes_sheet(book: Book, content: Content) -> None:
    """The pieces, which add up to the forecast now, and the deals behind them."""
    measure = Measure(content.outlook, content.words)
    found = measure.told["changes"]
    sheet = book.sheet("Changes", found["note"] if found else "")
    pieces = forecast_tables.changes(measure)

    def now(placed: Placed, row: int) -> str | None:
        return f"=SUM({placed.span('value', 0, row - 1)})" if row == placed.rows - 1 else None

    placed = book.table(sheet, FIRST_ROW, pieces, {"value": now})
    deals = forecast_tables.changed_deals(measure, None)
    book.text(sheet, placed.end, 0, "The deals with the largest effects", "heading")
    book.table(sheet, placed.end + 1, deals)
    book.widths(sheet, pieces, deals)


def risks_sheet(book: Book, content: Content) -> None:
    """Open deals that somebody counts on and that may not come."""
    table = forecast_tables.risks(Measure(content.outlook, content.words))
    _one(book, "Risks", table, "What is at stake, the most first.")


def categories_sheet(book: Book, content: Content) -> None:
    """The CRM's forecast categories beside the model, with shares as formulas, and what people called."""
    measure = Measure(content.outlook, content.words)
    table, sheet = forecast_tables.categories(measure), book.sheet("Categories")
    upper, lower = ("expected_amount", "amount") if measure.is_money else ("expected_count", "deals")

    def share(placed: Placed, row: int) -> str:
        return f"={placed.cell(upper, row)}/{placed.cell(lower, row)}"

    total = sum(row[lower] for row in table.rows)
    foot = {"category": "Total", **{c.key: sum(row[c.key] or 0 for row in table.rows) for c in table.columns if c.adds_up},
            "share": sum(row[upper] for row in table.rows) / total if total else None}
    formulas = {"share": share}
    placed = book.table(sheet, FIRST_ROW, replace(table, foot=foot if table.rows else None), formulas, formulas if total else {})
    called = forecast_tables.calls(measure)
    if called is not None:
        book.text(sheet, placed.end, 0, called.caption, "heading")
        book.table(sheet, placed.end + 1, called)
    book.widths(sheet, table, *([called] if called else []))


def deals_sheet(book: Book, content: Content) -> None:
    """Open deals with a filter, bars and marked risks."""
    found = content.lists.deals
    table = Table("deals", "", [], [], none="This workspace has no deals.") if found is None else deals_table(found)
    _list(book, "Deals", table, found)


def leads_sheet(book: Book, content: Content) -> None:
    """Whom to call, and fit beside engagement."""
    found = content.lists.leads
    table = Table("leads", "", [], [], none="This workspace has no leads.") if found is None else leads_table(found)
    sheet, below = _list(book, "Leads", table, found)
    if content.lists.grid:
        grid = grid_table(content.lists.grid)
        book.text(sheet, below, 0, f"{grid.caption}: how many, and their mean probability", "heading")
        book.table(sheet, below + 1, grid)


def _list(book: Book, name: str, table: Table, found: Listed | None) -> tuple[Any, int]:
    said = "" if found is None else f"{len(table.rows):,} of {found.in_all:,} that are open; {found.flagged:,} carry a risk."
    sheet, table = book.sheet(name, said), replace(table, columns=known_columns(table))
    placed = book.table(sheet, FIRST_ROW, table)
    if table.rows:
        sheet.autofilter(placed.top, 0, placed.top + len(table.rows), len(placed.keys) - 1)
        if "risks" in placed.keys:
            _marked(book, sheet, placed.span("risks", 0, len(table.rows) - 1))
        book.widths(sheet, table)
    return sheet, placed.end


def _marked(book: Book, sheet: Any, span: str) -> None:
    """Cells with a risk stand out, the heavier ones more."""
    red = book.file.add_format({"font_color": BAD, "bg_color": "#FBE6E1"})
    amber = book.file.add_format({"bg_color": AMBER})
    for word in ("stalled", "close date past"):
        sheet.conditional_format(span, {"type": "text", "criteria": "containing", "value": word, "format": red,
                                        "stop_if_true": True})
    sheet.conditional_format(span, {"type": "formula", "criteria": f"=LEN({span.split(':')[0]})>0", "format": amber})


# ---- the funnel -------------------------------------------------------------------------------------------------


def funnel_sheet(book: Book, content: Content) -> None:
    """Who reached which stage, with conversions as formulas, and a native chart."""
    view = (content.funnel or {}).get("stages")
    sheet = book.sheet("Funnel", "" if view is None else _created(content, view))
    if view is None or not view["whole"]["entered"]:
        book.text(sheet, FIRST_ROW + 1, 0, NO_FUNNEL if view is None else "Nobody entered in this time.", "quiet")
        return
    table = funnel_tables.stages(funnel_said.told_apart(view["whole"]["stages"]))

    def before(placed: Placed, row: int) -> str | None:
        return f"={placed.cell('reached', row)}/{placed.cell('reached', row - 1)}" if row else None

    def overall(placed: Placed, row: int) -> str:
        return f"={placed.cell('reached', row)}/{placed.cell('reached', 0, fixed=True)}"

    placed = book.table(sheet, FIRST_ROW, table, {"from_previous": before, "overall": overall})
    book.widths(sheet, table)
    chart = book.file.add_chart({"type": "bar"})
    chart.add_series({"name": "Reached", "categories": placed.absolute("Funnel", "stage"), "values": placed.absolute(
        "Funnel", "reached"), "fill": {"color": DARK}, "gap": 40, "data_labels": {"value": True, "num_format": "#,##0"}})
    chart.set_y_axis({"reverse": True, "line": {"none": True}, "major_tick_mark": "none"})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_title({"name": "How many came as far as each stage", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_size({"width": 640, "height": 110 + 40 * len(table.rows)})
    sheet.insert_chart(placed.end + 1, 0, chart, {"object_position": 1})


def _created(content: Content, view: dict[str, Any]) -> str:
    what = funnel_said.things(view["path"]).capitalize()
    return f"{what} created since {content.words.date(view['start'])}." if view["start"] else f"{what}."


def bottlenecks_sheet(book: Book, content: Content) -> None:
    """What each stage costs, and which became worse."""
    view = (content.funnel or {}).get("bottlenecks")
    if view is None:
        _one(book, "Bottlenecks", Table("bottlenecks", "", [], [], none=NO_FUNNEL))
        return
    costs, alarms = funnel_tables.bottlenecks(view), funnel_tables.alarms(view["alarms"])

    def cost(placed: Placed, row: int) -> str:
        return f"={placed.cell('drop_cost', row)}+{placed.cell('delay_cost', row)}"

    sheet = book.sheet("Bottlenecks", plain_text(funnel_said.leak(view, content.words)))
    placed = book.table(sheet, FIRST_ROW, costs, {"cost": cost} if costs.rows and "cost" in costs.rows[0] else {})
    book.text(sheet, placed.end, 0, plain_text(funnel_said.alarms(view["alarms"])), "heading")
    if alarms is not None:
        book.table(sheet, placed.end + 1, alarms)
    book.widths(sheet, costs, *([alarms] if alarms else []))


def cohorts_sheet(book: Book, content: Content) -> None:
    """Conversion by weeks since creation, darker where more had come."""
    view = (content.funnel or {}).get("cohorts")
    if view is None:
        return
    table = funnel_tables.cohorts(view)
    sheet = book.sheet("Cohorts", plain_text(funnel_said.cohorts(view)))
    placed = book.table(sheet, FIRST_ROW, table)
    weeks = [key for key in placed.keys if key.startswith("w") and key[1:].isdigit()]
    if table.rows and weeks:
        span = f"{placed.cell(weeks[0], 0)}:{placed.cell(weeks[-1], len(table.rows) - 1)}"
        sheet.conditional_format(span, {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#9CC0E4"})
    book.widths(sheet, table)


def sources_sheet(book: Book, content: Content) -> None:
    """What each source brought and cost, how soon it was served, and what came of first responses."""
    view, answered = ((content.funnel or {}).get(name) for name in ("sources", "response"))
    if view is None:
        _one(book, "Sources", Table("sources", "", [], [], none=NO_FUNNEL))
        return
    tables = [funnel_tables.sources(view), funnel_tables.served(view),
              funnel_tables.response(answered) if answered and answered["response"] else None]
    sheet, at = book.sheet("Sources", plain_text(funnel_said.sources(view, content.words))), FIRST_ROW
    for table in (table for table in tables if table is not None):
        if at > FIRST_ROW:
            book.text(sheet, at - 1, 0, table.caption, "heading")
        at = book.table(sheet, at, table).end + 1
    book.widths(sheet, *(table for table in tables if table is not None))


# ---- past forecasts and models ----------------------------------------------------------------------------------


def accuracy_sheet(book: Book, content: Content) -> None:
    """Past forecasts against what came."""
    measure, told = Measure(content.outlook, content.words), content.accuracy
    backtest = told["backtest"]
    tables = [] if backtest is None else [forecast_tables.errors(measure, stretch) for stretch in backtest["stretches"]]
    tables += [forecast_tables.points(measure, backtest)] if backtest else []
    tables += [forecast_tables.saved(measure, told["saved"])] if told["saved"] else []
    _several(book, "Accuracy", tables, " ".join(told["notes"]))


def model_sheet(book: Book, content: Content) -> None:
    """Each model in sentences, and its figures."""
    tables: list[Table] = []
    sheet, at = book.sheet("Model", frozen=0), FIRST_ROW
    for model in content.models:
        book.text(sheet, at, 0, f"{model['question']} {model['verdict']['text']}", "heading")
        said = [sentence for sentence in (*model["summary"], model["example"]) if sentence]
        for row, sentence in enumerate(said, at + 1):
            book.text(sheet, row, 0, sentence)
        at += len(said) + 2
        for table in (reliability(model), compared(model), important(model)):
            if table.rows:
                book.text(sheet, at, 0, table.caption, "heading")
                at, tables = book.table(sheet, at + 1, table).end + 1, [*tables, table]
    book.widths(sheet, *tables)


def _several(book: Book, name: str, tables: list[Table], sentence: str) -> None:
    sheet, at = book.sheet(name, sentence, frozen=0), FIRST_ROW
    for table in tables:
        book.text(sheet, at, 0, table.caption, "heading")
        at = book.table(sheet, at + 1, table).end + 1
    book.widths(sheet, *tables)


def _one(book: Book, name: str, table: Table, sentence: str = "") -> None:
    sheet = book.sheet(name, sentence)
    book.table(sheet, FIRST_ROW, table)
    book.widths(sheet, table)

"""The HTML file: its sentences and tables against a small company, and that nothing in it can run or be fetched."""

import copy
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reported import bare_report, deals, outlook, report_of

from serving.report.forecast_drawn import steps, week_points
from serving.report.forecast_said import lead, tiles
from serving.report.funnel_drawn import stages
from serving.report.funnel_said import leak
from serving.report.html import html_report, sections_of
from serving.report.measure import Measure
from serving.report.people import Lists
from serving.report.tables import Chart, Column, Table, known_columns, plain_text
from serving.report.words import Words

BERLIN = Words("EUR", "Europe/Berlin")
VOID = {"meta", "path", "rect", "line", "br"}


class Read(HTMLParser):
    """Every tag with its attributes, the texts, and tags that were not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return html_report(report_of())


def measure(**changed) -> Measure:
    return Measure({**outlook(), **changed}, BERLIN)


# ---- words -----------------------------------------------------------------------------------------------------


def test_the_answer_stands_in_the_first_sentences():
    assert [plain_text(said.text) for said in lead(measure())] == [
        "With €100 expected against a quota of €120, the chance to reach it in 2026-Q1 is 25 %.",
        "As much as on 8 Feb. The largest change: D1 won (+€15)."]


def test_without_a_quota_the_range_is_told():
    told = bare_report().outlook
    assert plain_text(lead(Measure(told, BERLIN))[0].text) == (
        "In 2026-Q1, 10 deals are expected to be won; in 8 of 10 cases between 0 and 20.")


def test_a_period_that_is_over_says_what_was_won():
    over = measure(as_of="2026-04-02T00:00:00Z")
    assert plain_text(lead(over)[0].text) == "2026-Q1 is over: €100 was won, €20 less than the quota of €120."
    assert [tile.label for tile in tiles(over).tiles] == ["Won in all", "Deals won", "Short of quota"]


def test_tiles_tell_value_and_note():
    told = {tile.label: (tile.value, tile.note) for tile in tiles(measure()).tiles}
    assert told["Chance of quota"] == ("25 %", "quota €120")
    assert told["Closed won"] == ("€40", "33 % of the quota")
    assert told["Short of quota"] == ("€20", "coverage 1.5 ×")
    assert told["From open deals"] == ("€40", "3 open, €80")


def test_the_period_fills_up_through_today():
    rows = week_points(measure())
    assert [(row["day"], row["won"], row["mean"], row["today"]) for row in rows] == [
        ("2026-01-01", 0.0, None, ""), ("2026-02-08", 40.0, None, ""), ("2026-02-15", 40.0, 40.0, "today"),
        ("2026-03-31", None, 100.0, "")]


def test_the_steps_of_a_change_lead_from_the_one_total_to_the_other():
    assert [(row["label"], row["kind"], row["from"], row["to"]) for row in steps(measure())] == [
        ("On 8 Feb", "total", 100.0, 100.0), ("Won", "up", 100.0, 115.0), ("Lost", "down", 115.0, 110.0),
        ("New expected", "down", 110.0, 100.0), ("Now", "total", 100.0, 100.0)]


def test_500_to_300_to_120_is_60_and_40_and_24_percent():
    whole = report_of().funnel["stages"]["whole"]
    chart = stages(whole["stages"], whole["entered"], "deals")
    assert chart.alt == "Of 500 deals, 300 reached offer (60 % of talk), 120 reached won (40 % of offer · 24 % of all)."
    offer = [(piece["piece"], piece["from"], piece["to"]) for piece in chart.data["pieces"] if piece["stage"] == "offer"]
    assert offer == [("moved on", 0, 120), ("still there", 120, 200), ("lost there", 200, 300)]


def test_the_leak_is_told_with_its_cost():
    assert plain_text(leak(report_of().funnel["bottlenecks"], BERLIN)) == (
        "offer leaks most: it costs about €52K in 30 days, most of it through the 7 deals lost there. It is the slowest stage, "
        "too: half leave within 5 days, won ones within 4 days.")


def test_columns_of_which_nothing_is_known_are_left_out():
    table = Table("t", "", [Column("a", "A"), Column("b", "B"), Column("c", "C", "money")], [{"a": None, "b": "", "c": None}])
    assert [column.key for column in known_columns(table)] == ["a"]
    assert [column.key for column in known_columns(table, ("text",))] == ["a", "c"]


# ---- the file --------------------------------------------------------------------------------------------------


def test_the_file_is_whole_and_small(page):
    read = Read(page)
    assert not read.open
    assert {"h1", "h2", "table", "svg", "figure"} <= {tag for tag, _ in read.tags}
    assert len(page) < 2_000_000


def test_nothing_in_it_runs_or_is_fetched(page):
    for tag, attributes in Read(page).tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "img", "image", "form", "base")
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action", "xlink:href")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "http:" not in page and "https:" not in page and "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_every_id_is_there_once_and_every_link_leads_somewhere(page):
    tags = Read(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"] for tag, attributes in tags if tag == "a"} <= {f"#{one}" for one in ids}
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(ids)


def test_every_chart_has_its_message_as_a_text(page):
    charts = [block for section in sections_of(report_of()) for block in section.blocks if isinstance(block, Chart)]
    figures = [attributes for tag, attributes in Read(page).tags if tag == "figure"]
    assert [attributes["aria-label"] for attributes in figures] == [chart.alt for chart in charts]
    assert len(figures) >= 6


def test_days_are_those_of_the_workspace(page):
    assert "21 Mar 2026" in page  # 23:30 UTC is the next day in Berlin
    assert "1 Jan 2026 to 31 Mar 2026" in page


def test_what_the_data_say_stays_text():
    planted = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    told = copy.deepcopy(outlook())
    told["team"][0]["shown"] = told["risks"][0]["entity_id"] = told["notes"][0] = planted
    told["categories"][1]["category"] = told["changes"]["deals"][0]["what"] = planted
    told["scope"]["region"] = planted
    funnel = copy.deepcopy(report_of().funnel)
    funnel["stages"]["whole"]["stages"][0]["stage"] = planted
    rows = [{**row, "stage": planted, "risks": planted} for row in deals().rows]
    lists = Lists(replace(deals(), rows=rows), None, [])
    text = html_report(report_of(company=planted, outlook=told, funnel=funnel, lists=lists))
    read = Read(text)
    assert not {tag for tag, _ in read.tags} & {"script", "img"}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert planted in read.texts


def test_a_bare_company_has_a_report_without_money():
    text = html_report(bare_report())
    assert not Read(text).open
    assert "€" not in text and "nan" not in text.lower() and "None" not in text
    assert "There was no forecast of this period before." in text


def test_an_empty_period_says_so():
    told = bare_report().outlook
    told["total"] |= {"open_deals": 0, "count": dict.fromkeys(told["total"]["count"], 0.0)}
    assert "No deals in 2026-Q1: nothing was won" in html_report(report_of(outlook=told, funnel=None))

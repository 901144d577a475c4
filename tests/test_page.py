"""The model report: valid, self-contained, accessible, honest, and written by every training; and ``leadcast evaluate``."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from fixtures_trained import TrainedWorkspace
from rich.console import Console

import training.page
from leadcast.cli import main
from leadcast.errors import OutputError
from leadcast.model_words import question, summary, verdict, worst_sentence
from training.details import print_details
from training.page import model_page

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """The tags of a page with their attributes; ``unbalanced`` where an end does not close the last beginning."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(trained: TrainedWorkspace) -> str:
    """What training left beside the workspace."""
    return (trained.folder / ".leadcast" / "reports" / "sql.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def changed(report: dict[str, Any], **figures: Any) -> dict[str, Any]:
    """A copy of a report with other figures of the model."""
    copy = json.loads(json.dumps(report))
    copy["metrics"]["model"] |= figures
    return copy


def test_every_target_has_its_page(trained: TrainedWorkspace) -> None:
    pages = {file.stem for file in (trained.folder / ".leadcast" / "reports").iterdir()}
    assert pages == set(trained.bundles)


def test_the_page_is_whole(page: Page, html: str) -> None:
    assert html.startswith("<!DOCTYPE html>\n<html lang=\"en\">") and not page.open and not page.unbalanced
    assert len(html.encode()) < 3_000_000
    assert [tag for tag, _ in page.tags].count("h1") == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_loads_nothing_from_outside(page: Page, html: str) -> None:
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    places = ("src", "href", "xlink:href")
    addresses = [value for _, attributes in page.tags for key, value in attributes.items() if key in places]
    assert addresses and all(value and value.startswith(("#", "data:image/png;base64,")) for value in addresses)
    assert "@import" not in html and "url(http" not in html


def test_figures_have_words_and_tables_have_headers(page: Page) -> None:
    figures = page.all("svg")
    assert len(figures) >= 10 and all(figure.get("role") == "img" and figure.get("aria-label") for figure in figures)
    assert len(page.all("figcaption")) == len(figures) and len(page.all("caption")) == len(page.all("table"))
    assert all(header.get("scope") in ("row", "col") for header in page.all("th"))


def test_the_page_says_first_what_it_is_worth_and_then_shows_it(page: Page) -> None:
    words = ("Will a lead enter sql within", "It says, for every open lead", "How good it is", "Do its percentages hold",
             "Reliability table", "What moves it", "Over time", "By segment and stage", "Which models speak, and why",
             "Columns that gave the answer away", "Model card", "Known limits")
    places = [page.text.find(word) for word in words]
    assert -1 not in places and places == sorted(places)
    assert "naive Bayes as in Odoo" in page.text


def test_what_users_wrote_is_escaped(trained: TrainedWorkspace) -> None:
    bundle = trained.bundles["sql"]
    report = json.loads(json.dumps(bundle.report))
    report["segments"] = [{"segment": "<b>source</b>", "values": [{**line, "value": "<script>alert(1)</script>"}
                                                                  for line in report["by_stage"]]}]
    leaks = [{"column": "<i>Tags</i>", "reason": "late"}]
    found = model_page('"><script>alert(2)</script>', replace(bundle, report=report), {}, leaks)
    assert "<script" not in found and "<i>" not in found and "<b>" not in found
    assert "&lt;script&gt;alert(1)" in found and "&lt;i&gt;Tags" in found and not Page(found).unbalanced


def test_a_model_that_is_no_better_than_chance_is_not_recommended(trained: TrainedWorkspace) -> None:
    report = trained.bundles["sql"].report
    assert verdict(changed(report, log_loss=0.99)).kind == "no"
    assert "Do not rank by it" in verdict(changed(report, log_loss=0.99)).text


def test_a_better_baseline_is_named(trained: TrainedWorkspace) -> None:
    report = changed(trained.bundles["sql"].report) | {"evidence": {"enough": True, "why": []}}
    report["reliability"] = [{"said": 0.3, "came": 0.31, "mass": 1.0}]
    for found in report["against"].values():
        found["log_loss"]["better"] = "model"
    assert verdict(report).text == "Use it: it is clearly better than every simpler way we tried."
    report["against"]["odoo_bayes"]["log_loss"]["better"] = "neither"
    assert verdict(report).text.endswith("naive Bayes as in Odoo did about as well.")
    report["against"]["logistic"]["log_loss"]["better"] = "baseline"
    assert verdict(report).kind == "care" and "logistic regression did better" in verdict(report).text
    report["against"]["base_rate"]["log_loss"]["better"] = "neither"
    assert "that may be luck" in verdict(report).text


def test_thin_evidence_and_percentages_that_are_off_call_for_care(trained: TrainedWorkspace) -> None:
    report = changed(trained.bundles["sql"].report) | {"evidence": {"enough": True, "why": []}}
    report["reliability"] = [{"said": 0.4, "came": 0.3, "mass": 1.0}]
    for found in report["against"].values():
        found["log_loss"]["better"] = "model"
    assert verdict(report).kind == "care" and "its percentages were too high lately" in verdict(report).text
    report["evidence"] = {"enough": False, "why": ["it rests on rules, not on what was learned"]}
    assert verdict(report).text == "Use it with care, the evidence is thin: it rests on rules, not on what was learned."


def test_too_few_outcomes_are_admitted(trained: TrainedWorkspace) -> None:
    rule = {"why": "asked for prices", "points": 0.8, "features": ["web_pricing_count_all"]}
    report = changed(trained.bundles["sql"].report) | {
        "not_yet": "It cannot be judged yet: 3 of 40 leads reached the target.", "rules": {"given": [rule]},
        "evidence": {"enough": False, "why": ["it rests on rules, not on what was learned"]}}
    assert verdict(report).kind == "care" and summary(report)[1] == report["not_yet"]
    page = model_page("acme", replace(trained.bundles["sql"], report=report), {})
    assert "It cannot be judged yet" in page and "How good it is" not in page and "Model card" in page
    assert "asked for prices" in page and "it rests on rules" in page


def test_the_sentences_state_the_figures() -> None:
    line = {"segment": "lead_source", "value": "fair", "said": 0.3, "came": 0.2, "low": 0.15, "high": 0.25, "outside": True,
            "of": 20, "outside_in_all": 2}
    assert worst_sentence({"worst_segment": line}) == (
        "Worst is lead source fair: it said 30 % on average and 20 % came, 95 % band 15 % to 25 %. 2 of 20 segments lie outside "
        "their band; one in twenty would by chance alone.")
    assert worst_sentence({"worst_segment": None}) == "No segment is large enough to be judged alone."
    assert question({"entity": "opportunity", "stages": ["won"], "horizon": {"days": None}}).endswith("be won in the end?")


def test_the_report_has_a_band_for_every_figure(trained: TrainedWorkspace) -> None:
    report = trained.bundles["sql"].report
    model = report["metrics"]["model"]
    names = list(report["metrics"]["base_rate"])
    assert {f"{name}_{end}" for name in names for end in ("low", "high")} <= set(model)
    for name in ("auc", "log_loss", "brier", "average_precision"):
        assert model[f"{name}_low"] <= model[name] <= model[f"{name}_high"], name
    assert model["brier"] == pytest.approx(
        model["brier_reliability"] - model["brier_resolution"] + model["brier_uncertainty"], abs=1e-12)
    assert set(report["against"]) == set(report["metrics"]) - {"model"}
    newest = report["split"]["test_rows"]
    for table in [report["by_stage"], report["drift"]["periods"], *(segment["values"] for segment in report["segments"])]:
        assert sum(line["rows"] for line in table) == newest
    shares = [point["share"] for point in report["learning_curve"]]
    assert shares == sorted(shares) and report["learning_curve"][-1]["log_loss"] == model["log_loss"]
    assert report["stability"]["after_one_event"]["pairs"] > 0


def test_evaluate_judges_without_registering(trained: TrainedWorkspace, tmp_path: Path) -> None:
    from serving.registry import load_champions

    before = {name: bundle.version for name, bundle in load_champions(trained.workspace).items()}
    page = tmp_path / "out" / "win.html"
    ran = CliRunner().invoke(main, ["evaluate", "-w", str(trained.folder), "--target", "win", "--json", "--report", str(page)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)["targets"]["win"]
    assert found["model"] is None and found["metrics"]["model"]["auc"] == trained.bundles["win"].report["metrics"]["model"]["auc"]
    assert not Page(page.read_text(encoding="utf-8")).unbalanced and "win.html" in ran.stderr
    assert {name: bundle.version for name, bundle in load_champions(trained.workspace).items()} == before


def test_a_report_that_cannot_be_written_is_said(
    trained: TrainedWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.page, "draw_figures", lambda *given: {})
    monkeypatch.setattr(training.page, "model_page", lambda *given: "")
    (tmp_path / "taken").write_text("a file")
    judged: Any = SimpleNamespace(target=trained.bundles["win"].target, evaluation=None, bundle=None)
    with pytest.raises(OutputError, match=r"cannot be written: (File exists|Not a directory)"):
        training.page.write_pages(trained.workspace, [judged], tmp_path / "taken" / "win.html")


def test_evaluate_prints_the_tables(trained: TrainedWorkspace) -> None:
    screen = Console(file=StringIO(), width=160)
    print_details(trained.bundles["sql"].report, screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    for words in ("average precision", "precision at capacity", "naive Bayes as in Odoo", "stage", "from one look to the next",
                  "by one more event", "Log loss by how many observations"):
        assert words in text, words
    assert text.startswith("\nsql: ")

"""The models as a section of the report: their quality in plain language."""

from collections.abc import Iterator, Mapping
from typing import Any

from serving.report.content import Content
from serving.report.tables import Block, Column, Heading, Said, Section, Table
from serving.report.words import Strong, Words, count

Model = Mapping[str, Any]
MOST_FEATURES = 10


def model_section(content: Content) -> Section:
    """How good each model is, and where to take care."""
    return Section("model", "Model", [block for model in content.models for block in _blocks(model, content.words)])


def _blocks(model: Model, words: Words) -> Iterator[Block]:
    yield Heading(model["question"])
    yield Said((Strong(model["verdict"]["text"]),))
    for sentence in (*model["summary"], model["example"]):
        if sentence:
            yield Said((sentence,))
    trained = f"learned from data to {words.date(model['trained_as_of'])}, " if model["trained_as_of"] else ""
    yield Said((f"{model['model']}: {trained}{count(model['rows'])} looks, {count(model['positives'])} of which came.",), "quiet")
    drift = model["drift"]
    if drift is not None:
        yield Said((f"Drift, looked at {words.date(drift['as_of'])}: {drift['verdict']}",), "quiet")
    yield from (table for table in (reliability(model), compared(model), important(model)) if table.rows)
    for limit in model["limits"]:
        yield Said((limit,), "quiet")


def reliability(model: Model) -> Table:
    """What was said and what came, with bands."""
    return Table(f"reliability-{model['target']}", "Said and came: looks by the probability they were given", [
        Column("said", "Said", "percent", "mean probability"), Column("came", "Came", "percent"),
        Column("low", "At least", "percent", "of the 95 % band of what came"), Column("high", "At most", "percent"),
        Column("rows", "Looks", "count"), Column("entities", "Different ones", "count")], model["reliability"])


def compared(model: Model) -> Table:
    """The model and simpler ways on the same newest outcomes."""
    return Table(f"compared-{model['target']}", "Beside simpler ways, on the newest outcomes", [
        Column("label", "Way"), Column("auc", "AUC", "number", "0.5 is chance, 1 is perfect order"),
        Column("log_loss", "Log loss", "number", "less is better"), Column("brier", "Brier", "number", "less is better"),
        Column("gain_at_10", "In the best tenth", "percent", "share of all that came"),
        Column("lift_at_10", "Lift there", "times", "times as many as picking blindly")], model["compared"])


def important(model: Model) -> Table:
    """What moves it most."""
    rows = model["important"][:MOST_FEATURES]
    return Table(f"important-{model['target']}", "What moves it most", [
        Column("doc", "Feature"),
        Column("part", "Part", "percent", "of what it says; all together 100 %", bar=True)], rows)

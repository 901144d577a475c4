"""What a person sees in the terminal: calm tables, readable when piped too."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadcast.moment import within
from leadcast.strongest import strongest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from leadcast.bundle import Bundle
    from leadcast.contract import Contract
    from leadcast.replay import Told
    from leadcast.vocabulary import Entity

WIDTH_WHEN_PIPED = 120
Step = Callable[[str, int, int], None]


def console() -> Console:
    """Standard output; a fixed width where nobody watches, so that a file reads like the screen."""
    watched = Console()
    return watched if watched.is_terminal else Console(width=WIDTH_WHEN_PIPED, highlight=False)


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]], note: str = "") -> Table:
    """A plain table; a column is its heading and "left" or "right"."""
    shown = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
                  caption=note or None, caption_justify="left")
    for heading, side in columns:
        shown.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return shown


@contextmanager
def progress(title: str) -> Iterator[Step]:
    """A bar on standard error while something long runs; ``step(what, done, in all)`` moves it. Nothing where nobody watches."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    error = Console(stderr=True)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=error, transient=True,
                   disable=not error.is_terminal)
    with bar:
        task = bar.add_task(title, total=1.0)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield step


def money(amount: float, currency: str = "") -> str:
    """An amount without decimals.

    Examples
    --------
    >>> money(1234567.8, "EUR"), money(float("nan"))
    ('1,234,568 EUR', '-')
    """
    return "-" if amount != amount else f"{amount:,.0f} {currency}".strip()


def percent(share: float) -> str:
    """A probability for people: two digits that mean something.

    Examples
    --------
    >>> percent(0.4321), percent(0.0123), percent(0.0004)
    ('43 %', '1.2 %', '<0.1 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %" if share >= 0.001 else "<0.1 %"


def best_reasons(reasons: Sequence[dict[str, Any]], most: int = 3) -> Text:
    """The strongest named reasons, one a line, + where it speaks for and - where it speaks against."""
    lines = [f"{'+' if r['contribution'] > 0 else '-'} {r['text']}" for r in strongest(reasons, most)]
    return Text("\n".join(lines))


def score_table_shown(scores: "pd.DataFrame", title: str, amounts: "pd.Series | None" = None, currency: str = "") -> Table:
    """Scored rows of one target with their reasons."""
    rows = []
    for place, row in zip(scores.index, scores.to_dict("records"), strict=True):
        trend = "" if row["trend"] != row["trend"] else f"{row['trend']:+.0f}"
        cells = [row["entity_id"], row["grade"], f"{row['score']:.0f}", trend, percent(row["probability"])]
        if amounts is not None:
            cells.append(money(float(amounts.loc[place]), currency))
        rows.append([*cells, best_reasons(row["reasons"])])
    extra = [("amount", "right")] if amounts is not None else []
    return table(title, [("id", "left"), ("grade", "left"), ("score", "right"), ("trend", "right"), ("chance", "right"), *extra,
                         ("why", "left")], rows)


def score_lists(scores: "pd.DataFrame", top: int) -> None:
    """The best of each target."""
    screen = console()
    for target, mine in scores.groupby("target", sort=False):
        horizon = mine["won_by"].iloc[0]
        until = f" by {horizon:%Y-%m-%d}" if horizon == horizon else ""
        screen.print(score_table_shown(mine.head(top), f"{target}{until}: the best {min(top, len(mine))} of {len(mine):,}"))
    if scores.empty:
        screen.print("Nothing is open: there is nothing to score at this time.")


def answers_shown(answers: "pd.DataFrame", moment: str, top: int) -> None:
    """The first rows of a scored file, in the file's order, and how many have no score and why."""
    screen = console()
    for target, mine in answers.groupby("target", sort=False):
        rows = [[row["row"], row["entity_id"] or "-", *_answered(row)] for row in mine.head(top).to_dict("records")]
        columns = [("row", "right"), ("id", "left"), ("grade", "left"), ("score", "right"), ("chance", "right"), ("why", "left")]
        unscored = mine["note"][mine["note"].notna()].value_counts()
        note = "; ".join(f"{count:,} without a score: {reason}" for reason, count in unscored.items())
        screen.print(table(f"{target}: the first {len(rows)} of {len(mine):,} rows, {moment}", columns, rows, note))


def _answered(row: "Mapping[Any, Any]") -> list[Any]:
    if row["probability"] != row["probability"]:
        return ["", "", "", row["note"]]
    return [row["grade"], f"{row['score']:.0f}", percent(row["probability"]), best_reasons(row["reasons"])]


def heading(screen: Console, text: str) -> None:
    """A step of the demo begins."""
    screen.print()
    screen.print(Text(text, style="bold"))


def model_lines(screen: Console, bundles: "Sequence[Bundle]", left_out: "Mapping[str, str]") -> None:
    """Each model beside its baselines, and what could not be trained."""
    baselines = ("base_rate", "stage_rate", "logistic")
    rows = []
    for bundle in bundles:
        report, metrics = bundle.report, bundle.report["metrics"]
        target = f"{bundle.target.name} {within(bundle.facts.horizon_days)}"
        newest = f"{report['split']['test_rows']:,} / {report['split']['test_positives']:,}"
        rows.append([target, f"{bundle.facts.rows:,} / {bundle.facts.entities:,}", newest, _figure(metrics["model"]["auc"]),
                     *(_figure(metrics[name]["log_loss"]) for name in ("model", *baselines)), _figure(metrics["model"]["ece"])])
    headings = ("rows / entities", "newest / reached", "AUC", "log loss", "base rate's", "stage rate's", "logistic's", "ECE")
    screen.print(table("", [("target", "left"), *((text, "right") for text in headings)], rows))
    for target, reason in left_out.items():
        screen.print(f"{target} is left out: {reason}", highlight=False)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def truth_shown(screen: Console, said: "pd.DataFrame") -> None:
    """Said and true probabilities of everyone open, per target; only a simulation knows the truth."""
    rows = []
    for target, mine in said.groupby("target", sort=False):
        model, true = mine["probability"].to_numpy(float), mine["truth"].to_numpy(float)
        losses = (f"{_expected_loss(true, spoken):.3f}" for spoken in (model, true, true.mean()))
        rows.append([target, f"{len(mine):,}", percent(model.mean()), percent(true.mean()), *losses])
    headings = ("open", "said on average", "true on average", "expected log loss", "the truth's own", "the base rate's")
    screen.print(table("Beside the truth, which only a simulation knows (it sees intent that no CRM records)",
                       [("target", "left"), *((text, "right") for text in headings)], rows))


def _expected_loss(true: "np.ndarray", said: "np.ndarray | float") -> float:
    """The log loss to expect of saying this where that is true."""
    import numpy as np

    said, true = np.clip(said, 1e-9, 1 - 1e-9), np.clip(true, 0.0, 1.0)
    return float(-(true * np.log(said) + (1 - true) * np.log1p(-said)).mean())


def replay_shown(screen: Console, told: "Told", currency: str, what: str) -> None:
    """A past forecast beside what came: of the deals (or leads: ``what``) open then, of those that came later, and in all."""
    rows = [[name, f"{said.count:,.1f}", f"{came.count:,.0f}", money(said.amount), money(came.amount)] for name, said, came in (
        (f"from {what} open then", told.open, told.came_open), (f"from {what} not there yet", told.new, told.came_new),
        ("in all", told.said, told.total))]
    low, high = (told.count.quantile(level) for level in (0.1, 0.9))
    rows.append(["P10 to P90", f"{low:,.0f} to {high:,.0f}", "", f"{money(told.amount.p10)} to {money(told.amount.p90)}", ""])
    headings = ("wins said", "came", f"{currency} said", "came")
    screen.print(table("", [("", "left"), *((heading, "right") for heading in headings)], rows))


def feature_list(contracts: "Mapping[Entity, Contract]") -> None:
    """Every feature with its unit, what it is about and what it means."""
    screen = console()
    columns = [(heading, "left") for heading in ("feature", "unit", "about", "meaning")]
    for entity, contract in contracts.items():
        rows = [[f.name, f.unit, f.about, f.doc] for f in contract.features]
        screen.print(table(f"{entity}: {len(rows)} features", columns, rows))

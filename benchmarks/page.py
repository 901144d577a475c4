"""The comparison in words: what the command prints, and docs/quality.md."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.data_sets import DataSet
from benchmarks.measures import MEASURES, Bands, mean_ranks
from benchmarks.product import NAME
from benchmarks.rivals import Answer

COMMAND = "python -m benchmarks.quality --data DIR --write"
HEAD = f"""# How good the probabilities are, measured against peers

Each set's rows in the order of time: the newest 30 % are the test, every model learns from the rest, with its defaults.
Columns known only during or after the outcome are left out for all. **Leadcast** runs as its user runs it: `leadcast train`,
then `leadcast score --input`, on a workspace that maps the columns and nothing else; the leakage gate is told to let them pass,
so that all models get the same ones. Of the date a row came in, the peers get month, weekday and hour.

- *AUC*: the share of pairs in which the won row got the higher probability. *Log loss*: what the probabilities cost, in nats.
  *ECE*: mean distance of probability and outcome over ten bins of equally many rows. In brackets 95 % bootstrap intervals.
- *Against Leadcast*: 95 % interval of the model's log loss minus Leadcast's on the same drawn rows; where it is wholly
  above 0, Leadcast is better.
- *Seconds*: to train and score, wall time on two cores, start of the program included for Leadcast.
- *One row*: an answer for one row from its raw columns, median. Leadcast's holds the reasons too; in brackets its model alone.
- *Odoo's Bayes*: predictive lead scoring as Odoo does it: won and lost counted per value, 0.1 added, one field after the
  other; numbers cut into tenths, since Odoo scores categories only.

Made by `make bench DATA=DIR PEERS_PYTHON=... ARGS=--write`, or `{COMMAND}` (DIR: the folder of
the data, each set in the folder its publisher's copy has; `--peers-python` names an interpreter that has CatBoost and AutoGluon,
which Leadcast itself never needs; peers it lacks are left out). `--sets FOLDER` compares on any other folder of sets.

"""


@dataclass(frozen=True)
class SetResult:
    """One set's answers, their measures, and the intervals of these."""

    data: DataSet
    answers: dict[str, Answer]
    measured: dict[str, dict[str, float]]
    intervals: Bands


def write_page(results: list[SetResult], path: Path) -> None:
    path.write_text(HEAD + in_words(results) + "\n", encoding="utf-8")


def in_words(results: list[SetResult]) -> str:
    """All tables, as Markdown."""
    return "\n\n".join([*(set_table(one) for one in results), overall(results)])


def set_table(one: SetResult) -> str:
    outcome = one.data.test_outcome
    lines = [f"## {one.data.name}", "",
             f"{one.data.source}: {len(one.data.rows):,} rows, {len(outcome):,} of them the test. "
             f"Base rate {one.data.outcome[:one.data.first_test_row].mean():.3f} before, {outcome.mean():.3f} in the test.", "",
             "| model | AUC | log loss | ECE | against Leadcast | seconds | one row, ms |", "| --- |" + " --- |" * 6]
    for model, measured in one.measured.items():
        cells = [_figure(measured[name], one.intervals[model][name]["interval"]) for name in MEASURES]
        difference, answer = one.intervals[model]["log_loss"]["difference"], one.answers[model]
        row = "" if answer.row_milliseconds is None else _milliseconds(answer.row_milliseconds)
        row += "" if answer.model_milliseconds is None else f" (model {_milliseconds(answer.model_milliseconds)})"
        lines.append("| " + " | ".join([f"**{model}**" if model == NAME else model, *cells,
                                        "" if difference is None else f"{difference[0]:+.4f} to {difference[1]:+.4f}",
                                        f"{answer.seconds:.1f}", row]) + " |")
    return "\n".join(lines)


def overall(results: list[SetResult]) -> str:
    """Means over sets, of the models that answered on all of them."""
    models = [m for m in results[0].measured if all(m in one.measured for one in results)] if results else []
    if not models:
        return "No model answered on every set."
    ranks = mean_ranks([one.measured for one in results], models)
    best = [min(one.measured[m]["log_loss"] for m in models) for one in results]
    lines = [f"## Over {len(results)} sets", "",
             "| model | mean rank: AUC | log loss | ECE | mean AUC | log loss ÷ best | mean ECE | mean seconds |",
             "| --- |" + " --- |" * 7]
    for model in models:
        mean = {name: float(np.mean([one.measured[model][name] for one in results])) for name in MEASURES}
        ratio = float(np.mean([one.measured[model]["log_loss"] / b for one, b in zip(results, best, strict=True)]))
        seconds = float(np.mean([one.answers[model].seconds for one in results]))
        lines.append(f"| {f'**{model}**' if model == NAME else model} | " + " | ".join(f"{ranks[model][n]:.2f}" for n in MEASURES)
                     + f" | {mean['auc']:.3f} | {ratio:.3f} | {mean['ece']:.3f} | {seconds:.1f} |")
    return "\n".join(lines)


def _figure(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _milliseconds(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"

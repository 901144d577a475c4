"""Compare Leadcast with its peers on later, unseen rows: python -m benchmarks.quality --sets FOLDER (or --data FOLDER).

--sets takes any folder of sets (see benchmarks/data_sets.py); --data the folder with the four published data sets that
docs/quality.md is about, and --write rewrites that page. Answers are kept in --keep, so a rerun runs only what is
missing; --again runs Leadcast anew. Peers run in --peers-python, with whatever libraries it has.
"""

import subprocess
import sys
from pathlib import Path

import click
import numpy as np

from benchmarks.data_sets import DataSet, read_sets
from benchmarks.measures import intervals, measure
from benchmarks.page import SetResult, in_words, write_page
from benchmarks.product import NAME, LeadcastFailedError, product_answer
from benchmarks.published import published_sets
from benchmarks.rivals import Answer, available, peer_answer

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quality.md"


@click.command(help=__doc__)
@click.option("--sets", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder of sets.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder of the published sets.")
@click.option("--only", multiple=True, help="Only this set; may be repeated.")
@click.option("--model", "models", multiple=True, help="Only this model; may be repeated.")
@click.option("--without", multiple=True, help="Leave this model out; may be repeated.")
@click.option("--peers-python", default=sys.executable, help="Interpreter the peers run in.  [default: this one]")
@click.option("--keep", default=Path(".bench"), type=click.Path(path_type=Path), show_default=True, help="Where answers lie.")
@click.option("--again", is_flag=True, help="Run Leadcast again where its answer is kept.")
@click.option("--write", is_flag=True, help="Rewrite docs/quality.md (with --data).")
def main(folder: Path | None, data: Path | None, only: tuple[str, ...], models: tuple[str, ...], without: tuple[str, ...],
         peers_python: str, keep: Path, again: bool, write: bool) -> None:
    if (folder is None) == (data is None):
        raise click.UsageError("Say either --sets FOLDER or --data FOLDER.")
    if write and data is None:
        raise click.UsageError("docs/quality.md is about the four published sets: --write needs --data.")
    sets = published_sets(data) if data else read_sets(folder)  # type: ignore[arg-type]
    names = [name for name in (NAME, *available(peers_python)) if name not in without and (not models or name in models)]
    results = [one_set(s, names, peers_python, keep.resolve(), again) for s in sets if not only or s.name in only]
    click.echo(in_words(results))
    if write:
        write_page(results, PAGE)


def one_set(data: DataSet, models: list[str], python: str, keep: Path, again: bool) -> SetResult:
    """Every model's measures on one set; a model that fails is reported and left out."""
    answers: dict[str, Answer] = {}
    for model in models:
        click.echo(f"{data.name}: {model} ...", err=True)
        try:
            answers[model] = product_answer(data, keep, again) if model == NAME else peer_answer(data, model, python, keep)
        except (LeadcastFailedError, subprocess.CalledProcessError) as failed:
            click.echo(f"{data.name}: {model} gave no answer: {failed}", err=True)
    outcome = data.test_outcome
    probability = {model: np.asarray(a.probability) for model, a in answers.items()}
    measured = {model: measure(outcome, p) for model, p in probability.items()}
    return SetResult(data, answers, measured, intervals(outcome, probability, NAME))


if __name__ == "__main__":
    main()

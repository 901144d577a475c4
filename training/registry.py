"""The only place that writes to MLflow: a run per model, the bundle as a new version, and who is champion."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcast.bundle import Bundle
from leadcast.bundle_files import LIBRARIES, dump, write_bundle
from leadcast.moment import is_shown
from leadcast.places import ALIAS, CHALLENGER, model_name
from leadcast.workspace.model import Workspace
from training.tracking import experiment_of, opened
from training.versions import BUNDLE, CHAMPION_NOTE, COMPARISON, DATA_END, JUDGED, RUNG, VERDICT, champion_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOADER = "serving.pyfunc"
PLOTS = "plots"


@dataclass(frozen=True)
class Registered:
    """Where a model went; ``champion``: it is the first of its name and answers at once."""

    name: str
    version: int
    run_id: str
    champion: bool = False


def register(
    workspace: Workspace, bundle: Bundle, figures: Mapping[str, str], judged: Bundle | None = None, page: str = ""
) -> Registered:
    """Log parameters, figures, card and bundle as one run; the bundle becomes the newest version and the challenger.

    The very first version of a name becomes the champion too; later ones have to win (:mod:`training.promote`).

    Parameters
    ----------
    figures : SVG by file name
    judged : the model whose figures are reported, fitted on the older rows only; kept beside the run
    page : the model report as HTML, kept beside the run

    Raises
    ------
    RegistryError : the tracking server or database does not answer
    """
    with opened(workspace) as (mlflow, client):
        experiment = experiment_of(client, workspace, workspace.workspace.name)
        name = model_name(workspace.workspace.name, bundle.target.name)
        with mlflow.start_run(experiment_id=experiment, run_name=name) as run, tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "bundle"
            checksum = write_bundle(bundle, folder)
            mlflow.log_params(_parameters(bundle))
            mlflow.set_tags({BUNDLE: checksum, "leadcast.data": bundle.facts.data_fingerprint})
            mlflow.log_artifacts(str(_beside(Path(scratch) / "beside", bundle, figures, judged, page)))
            model = mlflow.pyfunc.log_model(
                name="bundle", loader_module=LOADER, data_path=str(folder), signature=_signature(bundle),
                pip_requirements=_requirements(), registered_model_name=name,
            )
            # Before the model is there, MLflow would copy metrics to it one by one.
            mlflow.log_metrics(_metrics(bundle), model_id=model.model_id)
        number = str(model.registered_model_version)
        about = {BUNDLE: checksum, DATA_END: data_end(bundle), RUNG: bundle.rung}
        for key, text in about.items():
            client.set_model_version_tag(name, number, key, text)
        client.set_registered_model_alias(name, CHALLENGER, number)
        first = champion_of(client, name) is None
        if first:
            _crown(client, name, int(number), {"why": "the first version", "data_end": about[DATA_END]})
        return Registered(name, int(number), run.info.run_id, first)


def _beside(folder: Path, bundle: Bundle, figures: Mapping[str, str], judged: Bundle | None, page: str) -> Path:
    """A folder of what lies beside the model in its run."""
    (folder / PLOTS).mkdir(parents=True)
    texts = {"card.md": bundle.card, "report.json": dump(bundle.report), **({"report.html": page} if page else {})}
    for file, text in (texts | {f"{PLOTS}/{name}": svg for name, svg in figures.items()}).items():
        (folder / file).write_text(text, encoding="utf-8")
    if judged is not None:
        write_bundle(judged, folder / JUDGED)
    return folder


def data_end(bundle: Bundle) -> str:
    """When the data end that a model has seen, as tags say it; nothing where they have no dates."""
    moment = bundle.facts.trained_as_of
    return str(moment) if is_shown(moment) else ""


def make_champion(workspace: Workspace, name: str, number: int, note: Mapping[str, Any]) -> None:
    """Move the champion's alias and keep a note of it: when, from which version, why.

    Raises
    ------
    RegistryError : the registry does not answer, or has no such version
    """
    with opened(workspace) as (_, client):
        _crown(client, name, number, note)


def note_verdict(workspace: Workspace, name: str, number: int, verdict: str, comparison: Mapping[str, Any]) -> None:
    """Keep with a version how it fared against the champion, whether or not it was promoted."""
    with opened(workspace) as (_, client):
        client.set_model_version_tag(name, str(number), VERDICT, verdict)
        client.set_model_version_tag(name, str(number), COMPARISON, json.dumps(comparison))
        client.update_model_version(name, str(number), description=verdict)


def _crown(client: "MlflowClient", name: str, number: int, note: Mapping[str, Any]) -> None:
    before = champion_of(client, name)
    notes = [key for key in client.get_registered_model(name).tags if key.startswith(CHAMPION_NOTE)]
    client.set_registered_model_alias(name, ALIAS, str(number))
    said = {"version": number, "before": before, **note}
    client.set_registered_model_tag(name, f"{CHAMPION_NOTE}{len(notes) + 1:05d}", json.dumps(said))


def _parameters(bundle: Bundle) -> dict[str, Any]:
    facts, report = bundle.facts, bundle.report
    return {
        "target": facts.target.name, "stages": ",".join(facts.target.stages), "horizon_days": facts.horizon_days,
        "horizon_reason": report["horizon"]["reason"], "trained_as_of": data_end(bundle) or "(no date)", "seed": facts.seed,
        "data_fingerprint": facts.data_fingerprint, "rows": facts.rows, "entities": facts.entities, "positives": facts.positives,
        "features": len(bundle.contract.features), "contract_fingerprint": bundle.contract.fingerprint,
        "members": ", ".join(f"{m['kind']} {m['weight']:g}" for m in report["members"]), "folds": report["split"]["folds"],
        **{name: report["recipe"][name] for name in ("strength", "rounds")},
    }


def _metrics(bundle: Bundle) -> dict[str, float]:
    """Every figure on the newest slice; the model's own without a prefix, baselines under their names."""
    found: dict[str, float] = {}
    for who, figures in bundle.report["metrics"].items():
        prefix = "" if who == "model" else f"{who}."
        found |= {f"{prefix}{name}": value for name, value in figures.items() if value is not None}
    return found


def _signature(bundle: Bundle) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    columns: list[Any] = [ColSpec(DataType.double, name) for name in bundle.contract.names]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double, "probability")]))


def _requirements() -> list[str]:
    """What scoring needs from outside; Leadcast itself is installed where its models are served."""
    return [f"{name}=={version(name)}" for name in (*LIBRARIES, "pandas")]

"""What a running service holds, and how it answers: records in, scores out, in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leadcast.errors import RequestError
from leadcast.moment import as_utc
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from serving.messages import ModelCard, Refused, Score, ScoreAnswer, Scored
from serving.problems import FieldError, path_text
from serving.records import Row, read_record
from serving.registry import load_champions
from serving.scores import Scorer
from serving.write import plain_rows


@dataclass(frozen=True)
class Desk:
    """A workspace and the scorers of its champions, by target."""

    workspace: Workspace
    scorers: dict[str, Scorer]

    def models(self) -> list[ModelCard]:
        return [_card(scorer) for scorer in self.scorers.values()]

    def answer(self, entity: Entity, records: Sequence[Row], as_of: datetime, explain: bool) -> ScoreAnswer:
        """One result per record; a record that cannot be used is refused by its index, the others are scored.

        Raises
        ------
        RequestError : no model scores this kind of entity
        RefusedAll : not one record can be used
        """
        scorers = [s for s in self.scorers.values() if s.bundle.entity == entity]
        if not scorers:
            raise RequestError(f"no model of this workspace scores a {entity}; there are {', '.join(self.scorers)}", ("records",))
        results = [self._result(scorers, entity, record, index, as_of, explain) for index, record in enumerate(records)]
        refused = [error for result in results if isinstance(result, Refused) for error in result.errors]
        if all(isinstance(result, Refused) for result in results):
            raise RefusedAll(refused)
        return ScoreAnswer(as_of=as_of, results=results)

    def _result(
        self, scorers: list[Scorer], entity: Entity, record: Row, index: int, as_of: datetime, explain: bool
    ) -> Scored | Refused:
        try:
            history = read_record(self.workspace, record, ("records", index))
            if not len(history.ids(entity)):
                raise RequestError(f"holds no {entity} to score", ("records", index))
        except RequestError as mistake:
            return Refused(index=index, errors=[FieldError(path=path_text(mistake.path), message=str(mistake))])
        rows, notes = [], []
        for scorer in scorers:
            table, unseen = scorer.table(history, as_utc(as_of), explain=explain)
            rows += plain_rows(table)
            notes += [f"{name}: {count} values never seen in training" for name, count in unseen.items() if count]
        return Scored(index=index, scores=[Score(**row) for row in rows], notes=sorted(set(notes)))


class RefusedAll(RequestError):
    """Not one record of a request can be used."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("no record can be used", ("records",))
        self.errors = errors


def open_desk(workspace: str | Path, data: str | Path | None = None) -> Desk:
    """Read the workspace and load its champions, everything unpacked.

    Raises
    ------
    LeadcastError : the workspace is wrong, or nothing is trained yet
    """
    from leadcast.workspace import read_workspace

    opened = read_workspace(Path(workspace), Path(data) if data else None)
    scorers = {target: Scorer(bundle) for target, bundle in load_champions(opened).items()}
    for scorer in scorers.values():
        scorer.check()
    return Desk(opened, scorers)


def _card(scorer: Scorer) -> ModelCard:
    bundle = scorer.bundle
    name, _, version = scorer.model.partition("/")
    return ModelCard(
        target=bundle.target.name, entity=bundle.entity, name=name, version=version, horizon_days=bundle.facts.horizon_days,
        trained_as_of=f"{bundle.facts.trained_as_of}Z", features=len(bundle.contract.features),
        fingerprint=bundle.contract.fingerprint, metrics=_metrics(bundle.report),
    )


def _metrics(report: dict[str, Any]) -> dict[str, Any]:
    """The numbers of the report, without its tables."""
    return {name: value for name, value in report.items() if isinstance(value, int | float | str | dict)}

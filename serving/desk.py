"""What a running service holds, and how it answers: records in, scores out, in the same order."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leadcast.errors import RequestError
from leadcast.moment import as_utc, iso
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from serving.messages import ModelCard, Refused, Score, ScoreAnswer, Scored, ScoreRequest
from serving.problems import FieldError, path_text
from serving.records import read_record
from serving.registry import load_champions
from serving.scores import Scorer
from serving.write import plain_rows

if TYPE_CHECKING:
    from leadcast.mapping import ReferenceTables


@dataclass(frozen=True)
class Desk:
    """A workspace and the scorers of its champions, by target."""

    workspace: Workspace
    scorers: dict[str, Scorer]
    references: "ReferenceTables"

    def models(self) -> list[ModelCard]:
        return [_card(scorer) for scorer in self.scorers.values()]

    def answer(self, entity: Entity, request: ScoreRequest, as_of: datetime) -> ScoreAnswer:
        """One result per record; a record that cannot be used is refused by its index, the others are scored.

        Raises
        ------
        RequestError : no model scores this kind of entity
        RefusedAll : not one record can be used
        """
        scorers = [s for s in self.scorers.values() if s.bundle.entity == entity]
        if not scorers:
            raise RequestError(f"no model of this workspace scores a {entity}; there are {', '.join(self.scorers)}", ("records",))
        results = [self._result(scorers, entity, request, index, as_utc(as_of)) for index in range(len(request.records))]
        refused = [error for result in results if isinstance(result, Refused) for error in result.errors]
        if all(isinstance(result, Refused) for result in results):
            raise RefusedAll(refused)
        return ScoreAnswer(as_of=as_of, results=results)

    def _result(
        self, scorers: list[Scorer], entity: Entity, request: ScoreRequest, index: int, as_of: np.datetime64
    ) -> Scored | Refused:
        record, path = request.records[index], ("records", index)
        try:
            history, notes = read_record(self.workspace, record, as_of, self.references, path, request.skip_bad_rows)
            if not len(history.ids(entity)):
                raise RequestError(f"holds no {entity} to score that was created by then", path)
        except RequestError as mistake:
            return Refused(index=index, errors=[FieldError(path=path_text(mistake.path), message=str(mistake))])
        rows = []
        for scorer in scorers:
            table, unseen = scorer.table(history, as_of, explain=request.explain)
            rows += plain_rows(table)
            notes += [f"{name}: {count} values never seen in training" for name, count in unseen.items()]
        if not rows:
            notes.append(f"no score: the {entity} is closed, or has reached every target")
        return Scored(index=index, scores=[Score(**row) for row in rows], notes=list(dict.fromkeys(notes)))


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
    from leadcast.mapping import ReferenceTables, vocabulary_of
    from leadcast.workspace import read_workspace

    opened = read_workspace(Path(workspace), Path(data) if data else None)
    scorers = {target: Scorer(bundle) for target, bundle in load_champions(opened).items()}
    for scorer in scorers.values():
        scorer.check(vocabulary_of(opened))
    references = ReferenceTables(opened)
    for name in references.names:
        references[name]
    return Desk(opened, scorers, references)


def _card(scorer: Scorer) -> ModelCard:
    bundle = scorer.bundle
    name, _, version = scorer.model.partition("/")
    return ModelCard(
        target=bundle.target.name, entity=bundle.entity, name=name, version=version, horizon_days=bundle.facts.horizon_days,
        trained_as_of=iso(bundle.facts.trained_as_of),
        rows=bundle.facts.rows, positives=bundle.facts.positives,
        features=len(bundle.contract.features), fingerprint=bundle.contract.fingerprint,
        metrics=bundle.report.get("metrics", {}), reliability=bundle.report.get("reliability", []),
    )

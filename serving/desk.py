"""What a running service answers with: a workspace and the scorers of its champions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from leadcast.bundle import Bundle
from leadcast.moment import iso
from leadcast.vocabulary import Vocabulary
from leadcast.workspace.model import Workspace
from serving.messages import ModelCard
from serving.outlook import warnings_of
from serving.registry import load_champions
from serving.scores import Scorer

if TYPE_CHECKING:
    from leadcast.mapping import ReferenceTables


@dataclass(frozen=True)
class Desk:
    """A workspace and the scorers of its champions, by target; a new model makes a new desk."""

    workspace: Workspace
    scorers: dict[str, Scorer]
    references: "ReferenceTables"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The workspace's own words, as they are now."""
        from leadcast.mapping import vocabulary_of

        return vocabulary_of(self.workspace)

    @cached_property
    def bundles(self) -> dict[str, Bundle]:
        """The champions, by target."""
        return {target: scorer.bundle for target, scorer in self.scorers.items()}

    def models(self) -> list[ModelCard]:
        return [_card(scorer) for scorer in self.scorers.values()]


def open_desk(
    workspace: str | Path, data: str | Path | None = None, load: Callable[[Workspace], dict[str, Bundle]] = load_champions
) -> Desk:
    """Read the workspace and load its champions, everything unpacked.

    Parameters
    ----------
    load : where the champions' bundles come from

    Raises
    ------
    LeadcastError : the workspace is wrong, or nothing is trained yet
    """
    from leadcast.mapping import ReferenceTables
    from leadcast.workspace import read_workspace

    opened = read_workspace(Path(workspace), Path(data) if data else None)
    references = ReferenceTables(opened)
    desk = Desk(opened, {target: Scorer(bundle) for target, bundle in load(opened).items()}, references)
    for scorer in desk.scorers.values():
        scorer.check(desk.vocabulary)
    for name in references.names:
        references[name]
    return desk


def _card(scorer: Scorer) -> ModelCard:
    bundle = scorer.bundle
    name, _, version = scorer.model.partition("/")
    return ModelCard(
        target=bundle.target.name, entity=bundle.entity, name=name, version=version, horizon_days=bundle.facts.horizon_days,
        trained_as_of=iso(bundle.facts.trained_as_of),
        rows=bundle.facts.rows, positives=bundle.facts.positives,
        features=len(bundle.contract.features), fingerprint=bundle.contract.fingerprint,
        metrics=bundle.report.get("metrics", {}), reliability=bundle.report.get("reliability", []),
        notes=warnings_of(bundle), card=bundle.card,
    )

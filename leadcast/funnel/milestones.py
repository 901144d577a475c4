"""The stages of a path that people ask for by name: MQL, SQL, the first of a deal, the win."""

from typing import Literal

from leadcast.funnel.paths import FunnelError, Paths, Step
from leadcast.vocabulary import Vocabulary

Milestone = Literal["mql", "sql"]


def milestone(steps: tuple[Step, ...], vocabulary: Vocabulary, name: Milestone) -> int | None:
    """The step that counts as MQL or SQL: the stage of that name, else the stage that the target of that name means.

    Examples
    --------
    >>> steps = (Step("lead", "new"), Step("lead", "MQL"), Step("lead", "won"))
    >>> milestone(steps, Vocabulary(), "mql"), milestone(steps, Vocabulary(), "sql")
    (1, None)
    """
    for place, step in enumerate(steps):
        if step.entity == "lead" and step.stage.casefold() == name:
            return place
    targets = [target for target in vocabulary.targets if target.name == name and target.entity == "lead"]
    wanted = {stage for target in targets for stage in target.stages}
    return next((place for place, step in enumerate(steps) if step.entity == "lead" and step.stage in wanted), None)


def first_of_deals(steps: tuple[Step, ...]) -> int | None:
    """The step at which a deal begins, None where the path has none."""
    return next((place for place, step in enumerate(steps) if step.entity == "opportunity"), None)


def step_named(paths: Paths, stage: str | None) -> int:
    """The step of a stage; of several with one name, the last. None: the last of all.

    Raises
    ------
    FunnelError : the path has no such stage
    """
    if stage is None:
        return len(paths.steps) - 1
    names = [step.stage for step in paths.steps]
    if stage not in names:
        raise FunnelError("stage", f"there is {', '.join(dict.fromkeys(names))}.", stage)
    return len(names) - 1 - names[::-1].index(stage)


def horizon_of(vocabulary: Vocabulary, step: Step) -> float | None:
    """Within how many days the target for this stage is to come true, None where no target says so."""
    return next((target.horizon_days for target in vocabulary.targets
                 if target.entity == step.entity and step.stage in target.stages and target.horizon_days is not None), None)


def step_json(step: Step) -> dict[str, str]:
    """Plain data."""
    return {"entity": step.entity, "stage": step.stage}

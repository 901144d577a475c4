"""The user's own words: attributes, pipelines and targets, as plain data that travels with a history and a bundle."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leadcast.rule_book import RuleBook

Entity = Literal["lead", "opportunity"]
ENTITIES: tuple[Entity, Entity] = ("lead", "opportunity")


@dataclass(frozen=True)
class Attribute:
    """A column of a lead or deal that a model may look at."""

    name: str
    entity: Entity
    type: Literal["category", "number", "flag", "time"] = "category"
    about: Literal["fit", "engagement"] = "fit"
    known: str = "creation"

    @property
    def known_stage(self) -> str | None:
        """The stage from which on it is known, if there is one."""
        return self.known.removeprefix("stage:") if self.known.startswith("stage:") else None


@dataclass(frozen=True)
class Pipeline:
    """Stages in order, and which of them end the matter."""

    entity: Entity
    name: str
    stages: tuple[str, ...]
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def closed(self) -> tuple[str, ...]:
        return self.won + self.lost


@dataclass(frozen=True)
class Target:
    """What a model is to say: is one of ``stages`` entered within ``horizon_days``?"""

    name: str
    entity: Entity
    stages: tuple[str, ...]
    horizon_days: float | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Everything about a workspace that features and models need besides the tables."""

    name: str = "workspace"
    currency: str = "EUR"
    attributes: tuple[Attribute, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    targets: tuple[Target, ...] = ()
    lead_links: tuple[str, ...] = ("lead", "contact")
    opportunity_links: tuple[str, ...] = ("opportunity", "lead", "contact")
    shared: Literal["all", "nearest_open", "primary"] = "all"
    never_inputs: frozenset[str] = field(default_factory=frozenset)
    refused: frozenset[str] = field(default_factory=frozenset)
    """Columns that the leakage gate keeps from every feature, each as :func:`refusal` writes it; found, not declared."""
    rules: RuleBook = field(default_factory=RuleBook)
    records_from: str | None = None
    """From when on outcomes are on record, where the workspace says so; see :mod:`leadcast.records`."""
    step_days: float | None = None
    """How long a step of the curve over time is, where the workspace says so."""

    def refuses(self, entity: Entity, name: str) -> bool:
        """Does the leakage gate keep this column of leads or deals from every feature?"""
        return refusal(entity, name) in self.refused

    def attributes_of(self, entity: Entity) -> tuple[Attribute, ...]:
        return tuple(a for a in self.attributes if a.entity == entity)

    def pipelines_of(self, entity: Entity) -> tuple[Pipeline, ...]:
        return tuple(p for p in self.pipelines if p.entity == entity)

    def won(self, entity: Entity) -> frozenset[str]:
        return frozenset(stage for p in self.pipelines_of(entity) for stage in p.won)

    def is_win(self, target: Target) -> bool:
        """Is the target to be won: does nothing but a win reach it?"""
        return set(target.stages) <= self.won(target.entity)

    def closed(self, entity: Entity) -> frozenset[str]:
        return frozenset(stage for p in self.pipelines_of(entity) for stage in p.closed)

    def links(self, entity: Entity) -> tuple[str, ...]:
        return self.lead_links if entity == "lead" else self.opportunity_links

    def differences(self, now: "Vocabulary") -> list[str]:
        """What ``now`` says otherwise of the columns, links and inputs that a model's rows are made of, in words.

        New attributes, stages and targets do not matter to a model that was made without them, nor do columns that the
        leakage gate refused when it was made.
        """
        found = {(a.entity, a.name): a for a in now.attributes}
        said = []
        for old in self.attributes:
            new = found.get((old.entity, old.name))
            if new is None:
                said.append(f"the {old.entity} attribute {old.name} is gone")
            elif new != old:
                said += [f"{name} of the {old.entity} attribute {old.name} was {getattr(old, name)} and is {getattr(new, name)}"
                         for name in ("type", "about", "known") if getattr(new, name) != getattr(old, name)]
        for name in ("currency", "lead_links", "opportunity_links", "shared", "never_inputs"):
            if getattr(self, name) != getattr(now, name):
                said.append(f"{name} was {_listed(getattr(self, name))} and is {_listed(getattr(now, name))}")
        return said

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "never_inputs": sorted(self.never_inputs), "refused": sorted(self.refused),
                "rules": self.rules.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Vocabulary":
        return cls(
            name=data["name"], currency=data["currency"], shared=data["shared"],
            attributes=tuple(Attribute(**a) for a in data["attributes"]),
            pipelines=tuple(Pipeline(p["entity"], p["name"], tuple(p["stages"]), tuple(p["won"]), tuple(p["lost"]))
                            for p in data["pipelines"]),
            targets=tuple(Target(t["name"], t["entity"], tuple(t["stages"]), t["horizon_days"]) for t in data["targets"]),
            lead_links=tuple(data["lead_links"]), opportunity_links=tuple(data["opportunity_links"]),
            never_inputs=frozenset(data["never_inputs"]), refused=frozenset(data.get("refused", ())),
            rules=RuleBook.from_json(data["rules"]) if "rules" in data else RuleBook(),
            records_from=data.get("records_from"), step_days=data.get("step_days"),
        )


def refusal(entity: Entity, name: str) -> str:
    """How a refused column of leads or deals is written down."""
    return f"{entity}.{name}"


def _listed(value: str | tuple[str, ...] | frozenset[str]) -> str:
    return value if isinstance(value, str) else ", ".join(sorted(value)) or "nothing"

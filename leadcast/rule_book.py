"""The rules of a workspace as its user reads and writes them, and how they find the features of a model."""

import re
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from leadcast.contract import Contract, Feature
from leadcast.rule_defaults import DEFAULT_RULES
from leadcast.rules import Rules, Term


@dataclass(frozen=True)
class Rule:
    """When one of these features is so, this many points of log-odds; see ``[rules]`` in docs/workspace.md."""

    features: tuple[str, ...]
    points: float
    why: str
    words: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    among: tuple[str, ...] = ()
    missing: bool = False
    unless: str | None = None
    targets: tuple[str, ...] = ()

    def columns(self, contract: Contract, target: str) -> tuple[int, ...]:
        """The places of the features it speaks of; none where it is about another target or gives way."""
        if self.targets and target not in self.targets:
            return ()
        if self.unless is not None and any(fnmatchcase(name, self.unless) for name in contract.names):
            return ()
        return tuple(place for place, feature in enumerate(contract.features) if self._speaks_of(feature))

    def _speaks_of(self, feature: Feature) -> bool:
        return (any(fnmatchcase(feature.name, pattern) for pattern in self.features)
                and (not self.words or any(_says(word, feature) for word in self.words))
                and (self.missing or feature.is_category == bool(self.among)))

    def term(self, contract: Contract, target: str) -> Term | None:
        """The rule on these features; None where there are none."""
        columns = self.columns(contract, target)
        if not columns:
            return None
        if self.among:
            return self._of_categories(contract, columns)
        return Term(columns, self.points, self.why, self.at_least, self.at_most, None, self.missing)

    def _of_categories(self, contract: Contract, columns: tuple[int, ...]) -> Term | None:
        """Only where one feature is meant: each has levels of its own."""
        wanted = {value.casefold() for value in self.among}
        for column in columns:
            levels = contract.features[column].levels or ()
            codes = tuple(code for code, level in enumerate(levels) if level.casefold() in wanted)
            if codes:
                return Term((column,), self.points, self.why, codes=codes)
        return None


@dataclass(frozen=True)
class Expectation:
    """What is expected of leads or deals before anything is learned, tied to the features of a model.

    Attributes
    ----------
    rules : from the base of log-odds 0
    rate : the share expected to reach the target
    counts_as : the number of leads or deals that this weighs as much as
    """

    rules: Rules = field(default_factory=lambda: Rules(0.0, ()))
    rate: float = 0.1
    counts_as: float = 5.0


@dataclass(frozen=True)
class RuleBook:
    """All rules of a workspace and what is expected while nothing is known.

    Attributes
    ----------
    rules : None = the built-in ones
    expected_rate : the share expected to reach a target; by target where they differ
    counts_as : the number of leads or deals that this expectation weighs as much as
    """

    rules: tuple[Rule, ...] | None = None
    expected_rate: float = 0.1
    expected_rates: tuple[tuple[str, float], ...] = ()
    counts_as: float = 5.0

    @property
    def are_defaults(self) -> bool:
        return self.rules is None

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        return default_rules() if self.rules is None else self.rules

    def rate(self, target: str) -> float:
        """The share of leads or deals that is expected to reach the target."""
        return dict(self.expected_rates).get(target, self.expected_rate)

    def on(self, contract: Contract, target: str) -> Expectation:
        """What is expected of the target on these features."""
        terms = (rule.term(contract, target) for rule in self.all_rules)
        rules = Rules(0.0, tuple(term for term in terms if term is not None))
        return Expectation(rules, self.rate(target), self.counts_as)

    def without_feature(self, contract: Contract, target: str) -> list[Rule]:
        """The user's own rules about this target that find no feature (the built-in ones may, without a word)."""
        mine = () if self.rules is None else self.rules
        return [rule for rule in mine if (not rule.targets or target in rule.targets) and not rule.unless
                and rule.term(contract, target) is None]

    def to_json(self) -> dict[str, Any]:
        rules = None if self.rules is None else [_plain(rule) for rule in self.rules]
        return {"rules": rules, "expected_rate": self.expected_rate, "expected_rates": [list(r) for r in self.expected_rates],
                "counts_as": self.counts_as}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "RuleBook":
        rules = None if data["rules"] is None else tuple(read_rule(rule) for rule in data["rules"])
        rates = tuple((name, rate) for name, rate in data["expected_rates"])
        return cls(rules, data["expected_rate"], rates, data["counts_as"])


def read_rule(data: dict[str, Any]) -> Rule:
    """A rule from parsed TOML or JSON; ``is`` is called ``among`` here."""
    features = data["features"]
    return Rule(
        (features,) if isinstance(features, str) else tuple(features), float(data["points"]), data["why"],
        tuple(data.get("words", ())), data.get("at_least"), data.get("at_most"), tuple(data.get("is", ())),
        bool(data.get("missing", False)), data.get("unless"), tuple(data.get("targets", ())),
    )


@lru_cache(maxsize=1)
def default_rules() -> tuple[Rule, ...]:
    """The built-in rules, from the very text that ``leadcast init`` writes."""
    return tuple(read_rule(rule) for rule in tomllib.loads(DEFAULT_RULES)["rules"]["when"])


def _plain(rule: Rule) -> dict[str, Any]:
    optional = {"words": list(rule.words), "at_least": rule.at_least, "at_most": rule.at_most, "is": list(rule.among),
                "missing": rule.missing, "unless": rule.unless, "targets": list(rule.targets)}
    filled = {name: value for name, value in optional.items() if value not in (None, [], False)}
    return {"features": list(rule.features), "points": rule.points, "why": rule.why, **filled}


def _says(word: str, feature: Feature) -> bool:
    """Does a word of the feature's name or description begin so? In scripts without spaces: does it stand there at all?"""
    text, sought = f"{feature.name.replace('_', ' ')} {feature.doc}".casefold(), word.casefold()
    return re.search(rf"(?<![^\W_]){re.escape(sought)}", text) is not None if sought.isascii() else sought in text

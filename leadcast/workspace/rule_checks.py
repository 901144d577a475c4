"""Mistakes in [rules] that no single key shows."""

from collections.abc import Iterator

from leadcast.workspace.messages import did_you_mean, quoted
from leadcast.workspace.model import Workspace
from leadcast.workspace.rules import RuleWhen

USUAL_TARGETS = ("mql", "sql", "win")


def rule_mistakes(workspace: Workspace) -> Iterator[str]:
    """One line per mistake."""
    rates, targets = workspace.rules.expected_rate, tuple(workspace.targets) or USUAL_TARGETS
    for key, rate in rates.items() if isinstance(rates, dict) else [("", rates)]:
        place = f"rules.expected_rate.{key}" if key else "rules.expected_rate"
        if not 0 < rate < 1:
            yield f"{place}: found {rate:g}; right would be a share above 0 and below 1, such as 0.1 for one in ten."
        if key and key not in targets:
            yield _no_target(place, key, targets)
    for number, rule in enumerate(workspace.rules.when or (), start=1):
        yield from _one(f"rules.when[{number}]", rule, targets)


def _one(key: str, rule: RuleWhen, targets: tuple[str, ...]) -> Iterator[str]:
    bounds = rule.at_least is not None or rule.at_most is not None
    if bounds + bool(rule.is_) + rule.missing != 1:
        yield (f'{key}: say when it counts, in one way: a number with at_least or at_most (or both), a value with '
               f'is = ["..."], or missing = true.')
    if rule.at_least is not None and rule.at_most is not None and rule.at_least > rule.at_most:
        yield f"{key}.at_least: {rule.at_least:g} is above at_most, {rule.at_most:g}; nothing can fit."
    yield from (_no_target(f"{key}.targets", name, targets) for name in rule.targets if name not in targets)


def _no_target(key: str, name: str, targets: tuple[str, ...]) -> str:
    return f'{key}: there is no target "{name}"{did_you_mean(name, targets)} There is: {quoted(targets)}.'

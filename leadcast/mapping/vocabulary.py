"""The user's own words, from the file alone."""

from leadcast import vocabulary as words
from leadcast.rule_book import RuleBook, read_rule
from leadcast.workspace.model import Rules, Workspace


def vocabulary_of(workspace: Workspace) -> words.Vocabulary:
    """Attributes, pipelines, targets, links and never-inputs of a workspace.

    Without ``[targets]``: ``mql`` and ``sql`` where the lead pipelines have stages of that name, and ``win`` for deals
    (for leads where no deals are mapped).
    """
    pipelines = tuple(words.Pipeline(p.entity, p.name, *map(tuple, (p.stages, p.won, p.lost))) for p in workspace.pipelines)
    return words.Vocabulary(
        name=workspace.workspace.name, currency=workspace.workspace.currency, attributes=_attributes(workspace),
        pipelines=pipelines, targets=_targets(workspace, pipelines),
        lead_links=tuple(workspace.links.lead), opportunity_links=tuple(workspace.links.opportunity),
        shared=workspace.links.shared,
        never_inputs=frozenset(name for source in workspace.events for name in source.never_inputs),
        rules=_rules(workspace.rules), records_from=workspace.forecast.records_from, step_days=workspace.forecast.step_days,
    )


def _rules(rules: Rules) -> RuleBook:
    rates = rules.expected_rate if isinstance(rules.expected_rate, dict) else {}
    written = None if rules.when is None else tuple(read_rule(rule.model_dump(by_alias=True)) for rule in rules.when)
    everywhere = RuleBook().expected_rate if isinstance(rules.expected_rate, dict) else rules.expected_rate
    return RuleBook(written, everywhere, tuple(rates.items()), rules.counts_as)


def _attributes(workspace: Workspace) -> tuple[words.Attribute, ...]:
    found: dict[tuple[words.Entity, str], words.Attribute] = {}
    roles: tuple[tuple[words.Entity, list], ...] = (("lead", workspace.leads), ("opportunity", workspace.opportunities))
    for entity, sources in roles:
        for source in sources:
            for name, a in source.attributes.items():
                found.setdefault((entity, name), words.Attribute(name, entity, a.type, a.about, a.known))
    return tuple(found.values())


def _targets(workspace: Workspace, pipelines: tuple[words.Pipeline, ...]) -> tuple[words.Target, ...]:
    if workspace.targets:
        return tuple(words.Target(name, t.entity, tuple(t.stages) or _won(pipelines, t.entity), t.horizon_days)
                     for name, t in workspace.targets.items())
    return default_targets(pipelines, "opportunity" if workspace.opportunities else "lead")


def default_targets(pipelines: tuple[words.Pipeline, ...], closes: words.Entity) -> tuple[words.Target, ...]:
    """``mql``, ``sql`` and ``win`` as far as the pipelines have them; ``closes``: whose won stages count."""
    targets = []
    for name in ("mql", "sql"):
        stages = dict.fromkeys(s for p in pipelines if p.entity == "lead" for s in p.stages if s.casefold() == name)
        if stages:
            targets.append(words.Target(name, "lead", tuple(stages)))
    won = _won(pipelines, closes)
    return (*targets, words.Target("win", closes, won)) if won else tuple(targets)


def _won(pipelines: tuple[words.Pipeline, ...], entity: words.Entity) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stage for p in pipelines if p.entity == entity for stage in p.won))

"""The built-in rules in the draft, behind ``#``: to be read, and to be changed by whoever takes the marks away."""

from leadcast.rule_defaults import DEFAULT_RULES

OPENING = """\
---- rules ----
Until there is enough to learn from, these built-in rules speak, and beside what is learned while outcomes are few.
To change them, take the marks away: what stands here then counts instead. leadcast features --list names features."""


def rules_as_comments() -> list[str]:
    """Lines for the end of the draft, without their marks."""
    return [*OPENING.splitlines(), *DEFAULT_RULES.splitlines(), "---- end of the rules ----"]

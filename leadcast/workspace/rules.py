"""The keys of [rules]: points for what is seen, before there is anything to learn from."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class RuleWhen(Keys):
    """One rule: when a feature is so, it counts so many points."""

    features: str | list[str] = Field(
        description="names of features (`leadcast features --list`), `*` stands for anything; the rule counts once, for the "
                    "first that fits")
    words: list[str] = Field(default_factory=list, description="only features whose name or meaning holds one of these words")
    at_least: float | None = Field(None, allow_inf_nan=False, description="a number not below this")
    at_most: float | None = Field(None, allow_inf_nan=False, description="a number not above this")
    is_: list[str] = Field(default_factory=list, alias="is", description="a category with one of these values")
    missing: bool = Field(False, description="true: it is not known")
    points: float = Field(ge=-5, le=5, description="log-odds, from -5 to 5: +0.7 doubles the odds, -0.7 halves them")
    why: str = Field(min_length=1, description="what to tell people")
    unless: str | None = Field(None, description="not where there is a feature of this name")
    targets: list[str] = Field(default_factory=list, description="only for these targets; default: all")


class Rules(Keys):
    """What is expected, and what speaks for or against it."""

    expected_rate: float | dict[str, float] = Field(
        0.1, description="the share you expect to reach a target, or a table of one share per target; between 0 and 1")
    counts_as: float = Field(
        5.0, gt=0, allow_inf_nan=False, description="the number of your own leads or deals that this weighs as much as")
    when: list[RuleWhen] | None = Field(None, description="the rules; default: the built-in ones, which leadcast init writes out")

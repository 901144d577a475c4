"""Rules: points for what a feature shows, readable in leadcast.toml, the same row by row and in a batch."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from leadcast.contract import Contract, Feature
from leadcast.draft.rules import rules_as_comments
from leadcast.errors import WorkspaceError
from leadcast.mapping import vocabulary_of
from leadcast.rule_book import Rule, RuleBook, default_rules
from leadcast.rule_defaults import DEFAULT_RULES
from leadcast.rules import Rules
from leadcast.vocabulary import Vocabulary
from leadcast.workspace.load import parse_workspace

CONTRACT = Contract((
    Feature("price_list_count_all", "events", "Price list so far", "engagement"),
    Feature("demo_count_all", "events", "Demo so far", "engagement"),
    Feature("from_them_last_days", "days", "Days since the last event from them", "engagement"),
    Feature("job_title", "category", "Job title", "fit", ("CEO", "Clerk")),
    Feature("u0446_count_all", "events", "Запрос цены so far", "engagement"),
))
NAN = np.nan
ROWS = np.array([
    # price, demo, silent, job, price in Russian
    [2.0, 1.0, 1.0, 0.0, 0.0],
    [0.0, 1.0, 60.0, 1.0, 0.0],
    [0.0, 0.0, NAN, -1.0, 0.0],
    [0.0, 0.0, NAN, NAN, 3.0],
])
ASKED = Rule(("*_count_all",), 0.8, "asked for prices or a demo", ("price", "demo", "цен"), at_least=1)
SILENT = Rule(("from_them_last_days",), -0.5, "silent", at_least=45)
BOSS = Rule(("job_title",), 0.6, "decides alone", among=("ceo",))
UNKNOWN = Rule(("from_them_*",), -0.2, "never in touch", missing=True)


def on(*rules: Rule) -> Rules:
    return RuleBook(rules).on(CONTRACT, "mql").rules


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        (ASKED, [0.8, 0.8, 0.0, 0.8]),  # once, however many of its features fit
        (SILENT, [0.0, -0.5, 0.0, 0.0]),
        (BOSS, [0.6, 0.0, 0.0, 0.0]),  # neither a value never seen nor a missing one
        (UNKNOWN, [0.0, 0.0, -0.2, -0.2]),
        (Rule(("from_them_last_days",), 0.1, "?", at_least=1, at_most=60), [0.1, 0.1, 0.0, 0.0]),
        (Rule(("*_last_days",), 0.3, "recent", at_most=3, unless="from_them_last_days"), [0.0, 0.0, 0.0, 0.0]),
        (Rule(("*_last_days",), 0.3, "recent", at_most=3, targets=("win",)), [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_what_a_rule_counts(rule: Rule, points: list[float]) -> None:
    assert on(rule).log_odds(ROWS).tolist() == points


def test_points_stand_with_the_first_feature_that_fits_and_add_up() -> None:
    rules = Rules(-2.0, on(ASKED, SILENT, BOSS, UNKNOWN).terms)
    parts, base = rules.contributions(ROWS)
    assert base == -2.0
    assert parts.tolist() == [
        [0.8, 0.0, 0.0, 0.6, 0.0],
        [0.0, 0.8, -0.5, 0.0, 0.0],
        [0.0, 0.0, -0.2, 0.0, 0.0],
        [0.0, 0.0, -0.2, 0.0, 0.8],
    ]
    assert np.abs(parts.sum(1) + base - rules.log_odds(ROWS)).max() < 1e-12


def test_a_row_alone_counts_as_in_a_batch_to_the_last_digit() -> None:
    rules = on(*(Rule(("*_count_all", "*_last_days"), 0.1 * n / 3, "?", at_least=n) for n in range(7)))
    rows = np.random.default_rng(0).uniform(0, 8, (500, 5))
    assert rules.log_odds(rows).tolist() == [rules.log_odds(rows[i:i + 1])[0] for i in range(500)]


def test_a_bundle_keeps_them_whole() -> None:
    rules = Rules(-1.25, on(ASKED, SILENT, BOSS, UNKNOWN).terms)
    assert Rules.from_text(rules.to_text()) == rules


def test_a_rule_of_the_user_without_a_feature_is_known_a_built_in_one_is_not_missed() -> None:
    nowhere = Rule(("webinar_count_7d",), 0.3, "came", at_least=1)
    assert RuleBook((ASKED, nowhere)).without_feature(CONTRACT, "mql") == [nowhere]
    assert RuleBook().without_feature(CONTRACT, "mql") == []


@pytest.mark.parametrize(
    ("name", "doc", "points"),
    [
        ("web_pricing_count_all", "Web pricing so far", 0.4), ("preisliste_count_all", "Preisliste so far", 0.4),
        ("demande_de_prix_count_all", "Demande de prix so far", 0.4), ("u4ef7_count_all", "价格查询 so far", 0.4),
        ("beratungstermin_count_all", "Beratungstermin so far", 0.5), ("unsubscribed_count_all", "Unsubscribed so far", -0.6),
        ("democratic_club_count_7d", "Democratic club in the last 7 days", 0.0),
        ("page_visit_count_all", "Page visit so far", 0.0),
    ],
)
def test_the_built_in_rules_know_steps_on_the_way_in_several_languages(name: str, doc: str, points: float) -> None:
    found = RuleBook().on(Contract((Feature(name, "events", doc, "engagement"),)), "mql").rules
    assert found.log_odds(np.array([[1.0]])).tolist() == [points]


def test_the_draft_shows_the_built_in_rules_as_they_count() -> None:
    text = "\n".join(rules_as_comments())
    written = tomllib.loads(text[text.index("[rules]"):].split("----")[0])
    assert written == tomllib.loads(DEFAULT_RULES) and len(written["rules"]["when"]) == len(default_rules()) > 20


# ---- leadcast.toml ------------------------------------------------------------------------------------------------

BASE = """
[workspace]
name = "acme"
[tables.leads]
file = "leads.csv"
[leads]
table = "leads"
columns = { lead_id = "id", created_at = "made" }
[[pipelines]]
entity = "lead"
stages = ["new", "mql", "won"]
won = ["won"]
"""


def written(rules: str) -> RuleBook:
    return vocabulary_of(parse_workspace(tomllib.loads(BASE + rules))).rules


def test_without_the_section_the_built_in_rules_count() -> None:
    assert written("") == RuleBook() and written("[rules]\nexpected_rate = 0.3").are_defaults
    assert written("[rules]\nwhen = []").all_rules == ()


def test_the_text_that_init_writes_means_the_built_in_rules() -> None:
    book = written(DEFAULT_RULES)
    assert book.all_rules == default_rules()
    assert (book.expected_rate, book.counts_as) == (RuleBook().expected_rate, RuleBook().counts_as)


def test_rules_are_read_and_travel_with_the_vocabulary() -> None:
    book = written("""
[rules]
expected_rate = { win = 0.2 }
counts_as = 20
[[rules.when]]
features = "job_title"
is = ["CEO"]
points = 0.6
why = "decides alone"
targets = ["win"]
""")
    assert book == RuleBook((Rule(("job_title",), 0.6, "decides alone", among=("CEO",), targets=("win",)),), 0.1,
                            (("win", 0.2),), 20.0)
    assert (book.rate("win"), book.rate("mql")) == (0.2, 0.1)
    vocabulary = Vocabulary(rules=book)
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("expected_rate = 10", "rules.expected_rate: found 10; right would be a share above 0 and below 1, such as 0.1"),
        ("expected_rate = { wins = 0.2 }", 'rules.expected_rate.wins: there is no target "wins"; did you mean "win"?'),
        ('when = [{ features = "a", points = 1, why = "b" }]', r"rules.when\[1\]: say when it counts, in one way"),
        ('when = [{ features = "a", at_least = 1, missing = true, points = 1, why = "b" }]', "say when it counts, in one way"),
        ('when = [{ features = "a", at_least = 2, at_most = 1, points = 1, why = "b" }]', "2 is above at_most, 1; nothing can"),
        ('when = [{ features = "a", at_least = 2, points = 70, why = "b" }]', "points: found 70"),
        ('when = [{ features = "a", at_least = 2, points = 1, why = "b", targets = ["won"] }]', 'there is no target "won"'),
        ('when = [{ feature = "a", at_least = 2, points = 1, why = "b" }]', "feature"),
    ],
)
def test_a_mistake_in_a_rule_is_named(rules: str, said: str) -> None:
    with pytest.raises(WorkspaceError, match=said):
        written(f"[rules]\n{rules}")


def test_the_page_shows_rules_that_can_be_read() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "workspace.md").read_text(encoding="utf-8")
    example = page.split("### [[rules.when]]")[1].split("```toml\n")[1].split("```")[0]
    book = written(example)
    assert (book.rate("mql"), book.rate("win"), len(book.all_rules)) == (0.3, 0.15, 2)

"""The export of each well-known CRM, read through its committed template, against the truth: whatever that CRM can say."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import build_context, feature_table
from leadcast.draft import draft_workspace
from leadcast.history import History
from leadcast.leaks import refuse_leaks
from leadcast.mapping import ReferenceTables, read_history
from leadcast.observations import Observations
from leadcast.rawrecords import RawRecords
from leadcast.simulate import simulate, true_history
from leadcast.simulate.blocks import draw_blocks
from leadcast.simulate.dialects import dynamics_words as dy
from leadcast.simulate.dialects import hubspot_words as hs
from leadcast.simulate.dialects import odoo_words as od
from leadcast.simulate.dialects import salesforce_words as sf
from leadcast.simulate.dialects.world import firm
from leadcast.table import Table
from leadcast.vocabulary import Entity
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace
from serving.records import read_record

LEADS, SEED = 300, 11
FIT = ("industry", "country", "role", "seniority", "campaign", "employees", "request", "newsletter", "budget", "source")
TERMS = ("product", "line", "segment", "competitor", "discount", "stakeholders", "industry", "country", "source", "employees")
Name = Callable[[str], str]


@dataclass(frozen=True)
class Dialect:
    """A CRM's words for the truth's, and what it cannot say.

    Attributes
    ----------
    event_id : whose an event is, in the CRM's ids: type -> (column, name of the truth's lead, contact or deal id)
    per_minute : event types whose value is in seconds or milliseconds, and how many of them make a minute
    sizeless : event types of which the CRM keeps no size
    logged : event types whose time is the moment they were written down
    unit : how exactly times are written
    """

    lead: Name
    deal: Name
    owner: Name
    account: Name
    lead_stages: Mapping[str, str]
    deal_stages: Mapping[str, str]
    categories: Mapping[str, str] | None
    fields: tuple[str, ...]
    by_contact: tuple[str, ...] = ()
    by_deal: tuple[str, ...] = ()
    contact: Name = str
    per_minute: Mapping[str, int] = field(default_factory=dict)
    sizeless: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()
    unit: str = "us"
    leaks: dict[str, tuple[str, ...]] = field(default_factory=dict)


CALLS = ("call_outbound", "call_inbound")
ANSWERS = ("email_opened", "email_clicked")
WEB = ("web_session", "web_pricing", "web_form")

DIALECTS = {
    "salesforce": Dialect(
        sf.id_of("00Q"), sf.id_of("006"), sf.id_of("005"), firm, sf.STATUS, sf.STAGE, sf.CATEGORY,
        fields=("amount", "expected_close", "category", "owner"), by_contact=(*WEB, *ANSWERS), by_deal=("quote",),
        contact=sf.prospect_id, per_minute=dict.fromkeys(CALLS, 60), logged=CALLS,
        leaks={"Lead": ("IsConverted", "ConvertedDate", "ConvertedAccountId"),
               "Opportunity": ("IsWon", "IsClosed", "Probability", "ExpectedRevenue", "HasOverdueTask", "HasOpenActivity")},
    ),
    "hubspot": Dialect(
        hs.contact_id, hs.deal_id, hs.owner_id, hs.company_id, hs.LIFECYCLE, hs.STAGE, hs.CATEGORY,
        fields=("amount", "expected_close", "category", "owner"), by_deal=("quote",), per_minute=dict.fromkeys(CALLS, 60_000),
        leaks={"contacts": ("num_associated_deals", "recent_deal_amount", "total_revenue", "closedate", "days_to_close"),
               "deals": ("hs_is_closed_won", "hs_is_closed", "hs_deal_stage_probability", "hs_closed_amount",
                         "hs_projected_amount", "closed_lost_reason", "closed_won_reason")},
    ),
    "odoo": Dialect(
        od.record_id, od.record_id, od.owner_name, firm, od.STATUS, od.STAGE, None,
        fields=("amount", "owner"), by_deal=("quote",), per_minute=dict.fromkeys(("meeting", "demo"), 1 / 60),
        sizeless=(*CALLS, *WEB), logged=CALLS,
        leaks={"crm_lead": ("probability", "automated_probability", "prorated_revenue", "active", "lost_reason_id", "date_closed",
                            "day_close", "date_last_stage_update", "stage_id")},
    ),
    "dynamics": Dialect(
        dy.guid, dy.guid, dy.owner_name, firm, dy.STATUS_REASON, dy.STAGE, dy.CATEGORY,
        fields=("amount", "expected_close", "category", "owner"), by_deal=("quote", "meeting", "demo"), unit="m",
        leaks={"leads": ("Status", "Status Reason", "Qualifying Opportunity", "Parent Account for lead"),
               "opportunities": ("Status", "Status Reason", "Actual Revenue (Base)", "Actual Close Date", "Probability",
                                 "Rating")},
    ),
}


@dataclass(frozen=True)
class Read:
    """A simulated export and what its template makes of it."""

    folder: Path
    workspace: Workspace
    history: History
    words: Dialect


@pytest.fixture(scope="module")
def truth() -> History:
    return true_history(LEADS, SEED)


@pytest.fixture(scope="module", params=list(DIALECTS))
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp(request.param)
    simulate(folder, LEADS, SEED, request.param)
    workspace = read_workspace(folder)
    return Read(folder, workspace, read_history(workspace), DIALECTS[request.param])


def named(values: np.ndarray, name: Name) -> list[str | None]:
    return [None if v is None else name(v) for v in values]


def told(times: np.ndarray, words: Dialect) -> np.ndarray:
    """Moments as exactly as the CRM writes them."""
    return times.astype(f"datetime64[{words.unit}]").astype("datetime64[us]")


def sorted_frame(table: Table, columns: list[str], key: list[str]) -> pd.DataFrame:
    return table.frame()[columns].sort_values(key, kind="stable").reset_index(drop=True)


# ---- leads and deals ----------------------------------------------------------------------------------------------


def test_leads_are_the_true_ones(read: Read, truth: History) -> None:
    words = read.words
    true = truth.leads.with_columns(
        lead_id=np.array(named(truth.leads["lead_id"], words.lead), dtype=object),
        owner=np.array(named(truth.leads["owner"], words.owner), dtype=object),
        account_id=np.array(named(truth.leads["account_id"], words.account), dtype=object),
        created_at=told(truth.leads["created_at"], words),
    )
    columns = ["lead_id", "created_at", "owner", "account_id", *FIT]
    pd.testing.assert_frame_equal(*(sorted_frame(t, columns, ["lead_id"]) for t in (read.history.leads, true)))


def test_deals_are_the_true_ones_in_the_reporting_currency(read: Read, truth: History) -> None:
    words, deals = read.words, truth.opportunities
    true = deals.with_columns(
        opportunity_id=np.array(named(deals["opportunity_id"], words.deal), dtype=object),
        lead_id=np.array(named(deals["lead_id"], words.lead), dtype=object),
        owner=np.array(named(deals["owner"], words.owner), dtype=object), created_at=told(deals["created_at"], words),
    )
    columns = ["opportunity_id", "lead_id", "created_at", "owner", "amount", "margin", "lost_reason", *TERMS]
    found, expected = (sorted_frame(t, columns, ["opportunity_id"]) for t in (read.history.opportunities, true))
    pd.testing.assert_frame_equal(found, expected, rtol=2e-5)


def test_stages_are_entered_when_they_were(read: Read, truth: History) -> None:
    """But for the first stage of each, in which one begins without saying so."""
    words, stages = read.words, truth.stages
    ids, names = (words.lead, words.deal), (words.lead_stages, words.deal_stages)
    is_deal = (stages["entity"] == "opportunity").astype(int)
    true = Counter((ids[k](i), names[k][s], at) for k, i, s, at in zip(
        is_deal, stages["entity_id"], stages["stage"], told(stages["entered_at"], words).astype("int64"), strict=True))
    mine = read.history.stages
    found = Counter(zip(mine["entity_id"], mine["stage"], mine["entered_at"].astype("int64"), strict=True))
    firsts = {words.lead_stages["new"], words.deal_stages["discovery"]}
    assert later(found, firsts) == later(true, firsts)
    assert len(later(true, firsts)) > LEADS


def later(entries: Counter, firsts: set[str]) -> Counter:
    return Counter({entry: count for entry, count in entries.items() if entry[1] not in firsts})


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_the_stage_of_any_day_is_the_true_one(read: Read, truth: History, entity: str) -> None:
    words = read.words
    name, stages = (words.lead, words.lead_stages) if entity == "lead" else (words.deal, words.deal_stages)
    rows = np.arange(truth.entities(entity).rows)
    mine = read.history.rows(entity, named(truth.ids(entity), name))
    for days in (0, 3, 30, 2000):
        when = np.minimum(truth.entities(entity)["created_at"] + np.timedelta64(days, "D"), truth.end)
        true = [stages[s] for s in truth.stage_at(entity, rows, when)[0]]
        assert read.history.stage_at(entity, mine, when)[0].tolist() == true


# ---- what changed and what happened -------------------------------------------------------------------------------


def test_fields_have_their_values_of_any_day(read: Read, truth: History) -> None:
    """Of open deals; what a CRM does to them on closing is its own affair."""
    rows = np.arange(truth.opportunities.rows)
    mine = read.history.rows("opportunity", named(truth.ids("opportunity"), read.words.deal))
    for name in set(read.words.fields) - {"owner"}:
        for days in (0, 5, 20, 60):
            when = np.minimum(truth.opportunities["created_at"] + np.timedelta64(days, "D"), truth.end)
            open_ = ~truth.closed_at("opportunity", rows, when)
            true = truth.value_at("opportunity", name, rows, when)[open_]
            found = read.history.value_at("opportunity", name, mine, when)[open_]
            if name == "category":
                assert read.words.categories is not None
                true = np.array([read.words.categories[v] for v in true], dtype=object)
            if name == "amount":
                np.testing.assert_allclose(found, true, rtol=2e-5)
            else:
                assert found.tolist() == true.tolist(), (name, days)


def test_leads_change_hands_when_they_did(read: Read, truth: History) -> None:
    rows = np.arange(truth.leads.rows)
    mine = read.history.rows("lead", named(truth.ids("lead"), read.words.lead))
    for days in (0, 1, 2, 5):
        when = np.minimum(truth.leads["created_at"] + np.timedelta64(days, "D"), truth.end)
        true = named(truth.value_at("lead", "owner", rows, when), read.words.owner)
        assert read.history.value_at("lead", "owner", mine, when).tolist() == true
    assert (truth.fields["field"] == "owner").sum() > 2


def test_every_event_is_there_once(read: Read, truth: History) -> None:
    """Whose it was, what, when and how much; but for contracts, which are signed with the outcome and are not mapped."""
    words = read.words
    events = truth.events.take(truth.events["type"] != "contract")
    happened = np.where(np.isin(events["type"], words.logged) & ~np.isnat(events["recorded_at"]),
                        events["recorded_at"], events["occurred_at"])
    owners = behind(truth, events, words)
    units = np.array([words.per_minute.get(kind, 1) for kind in events["type"]])
    sizes = sized(np.where(np.isin(events["type"], words.sizeless), np.nan, events["value"] * units))
    true = Counter(zip(owners, events["type"], told(happened, words).astype("int64"), sizes, strict=True))
    mine = read.history.events
    whose = [next(i for i in ids if i is not None) for ids in zip(
        mine["lead_id"], mine["opportunity_id"], mine["contact_id"], strict=True)]
    found = Counter(zip(whose, mine["type"], mine["occurred_at"].astype("int64"), sized(mine["value"]), strict=True))
    assert found == true
    assert sum(true.values()) > 10 * LEADS


def sized(values: np.ndarray) -> np.ndarray:
    return np.round(np.nan_to_num(values), 6)


def behind(truth: History, events: Table, words: Dialect) -> list[str]:
    """The id that the CRM keeps each event under."""
    lead_of = dict(zip(truth.opportunities["opportunity_id"], truth.opportunities["lead_id"], strict=True))
    cause_of = dict(zip(*(np.concatenate(column) for column in zip(*(
        (block.events["event_id"], block.leads["lead_id"][block.events["lead"]]) for block in draw_blocks(LEADS, SEED)),
        strict=True)), strict=True))
    contact_of = dict(zip(truth.leads["lead_id"], truth.leads["contact_id"], strict=True))
    found = []
    names = ("event_id", "type", "lead_id", "opportunity_id", "contact_id")
    for event, kind, lead, deal, contact in zip(*(events[name] for name in names), strict=True):
        lead = lead or lead_of.get(deal) or cause_of[event]
        if kind in words.by_deal and deal is not None:
            found.append(words.deal(deal))
        elif kind in words.by_contact:
            found.append(words.contact(contact or contact_of[lead]))
        else:
            found.append(words.lead(lead))
    return found


# ---- nothing wrong, nothing given away ----------------------------------------------------------------------------


def test_nothing_is_rejected_or_odd(read: Read) -> None:
    """Today's stage beside a history, and a lead's second end (HubSpot's customer), say nothing new; that is all."""
    expected = ("which the history tells; left out", "the stage did not change; left out")
    assert [f for f in read.history.quality.findings if not f.problem.endswith(expected)] == []


def test_columns_that_give_the_answer_away_are_there_and_never_inputs(read: Read) -> None:
    for name, columns in read.words.leaks.items():
        source = read.workspace.tables[name]
        header = pd.read_csv(read.folder / str(source.file), sep=source.delimiter, nrows=0).columns
        assert set(columns) <= set(header)
    roles = (*read.workspace.leads, *read.workspace.opportunities)
    mapped = {a.column: a.known for role in roles for a in role.attributes.values()}
    leaks = {column for columns in read.words.leaks.values() for column in columns}
    assert {column for column in mapped if column in leaks and mapped[column] != "outcome"} == set()


def test_the_leakage_gate_refuses_nothing_that_a_template_maps(read: Read) -> None:
    history, leaks = refuse_leaks(read.history, read.workspace)
    assert history.vocabulary.refused == frozenset()
    assert len(leaks) > 5


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_a_record_in_the_crm_s_own_columns_gives_the_batch_s_row(read: Read, entity: Entity) -> None:
    """The same features to the last digit, so the same score; whatever the record's moves, joins and histories."""
    context, end = build_context(read.history, entity), read.history.end
    records, references = RawRecords(read.workspace), ReferenceTables(read.workspace)
    every = read.history.ids(entity)
    ids = every[:: max(1, len(every) // 8)]
    together = feature_table(read.history, observed(entity, ids, end), context).values
    for row, one in enumerate(ids):
        alone, _ = read_record(read.workspace, records.of(read.history, entity, one), end, references)
        values = feature_table(alone, observed(entity, ids[row:row + 1], end), context).values
        np.testing.assert_array_equal(values[0], together[row], err_msg=f"{entity} {one}")


def observed(entity: Entity, ids: np.ndarray, as_of: np.datetime64) -> Observations:
    return Observations(entity, ids, np.full(len(ids), as_of), np.ones(len(ids)))


def test_init_drafts_a_mapping_that_finds_everybody_and_who_was_won(read: Read, truth: History, tmp_path: Path) -> None:
    files = sorted(read.folder.glob("*.csv"))
    for file in files:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    text = draft_workspace([tmp_path / file.name for file in files], tmp_path)
    (tmp_path / "leadcast.toml").write_text(text, encoding="utf-8")
    drafted = read_history(read_workspace(tmp_path))
    assert (drafted.leads.rows, drafted.opportunities.rows) == (truth.leads.rows, truth.opportunities.rows)
    rows = np.arange(truth.opportunities.rows)
    assert Counter(ended(drafted, rows)) == Counter(ended(truth, rows))
    assert drafted.events.rows > truth.leads.rows


def ended(history: History, rows: np.ndarray) -> list[str]:
    """Each deal's end as its own pipeline calls it: won, lost or open."""
    stages = history.stage_at("opportunity", rows, np.full(len(rows), history.end))[0]
    pipelines = history.vocabulary.pipelines_of("opportunity")
    won, lost = ({stage for p in pipelines for stage in getattr(p, kind)} for kind in ("won", "lost"))
    return ["won" if stage in won else "lost" if stage in lost else "open" for stage in stages]

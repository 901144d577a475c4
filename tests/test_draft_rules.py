"""``leadcast init``, rule by rule, on small files written by hand."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leadcast.draft import draft_workspace
from leadcast.draft.kinds import kind_of
from leadcast.draft.profile import profile_column
from leadcast.draft.words import stage_meaning
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

Drafted = tuple[dict[str, Any], Any, str]
STAGED = ("Won", "Lost", "Proposal", "Discovery")


def rows(*columns: Callable[[int], object], n: int = 40) -> list[tuple[object, ...]]:
    return [tuple(column(i) for column in columns) for i in range(n)]


def day(i: int, clock: str = "T09:00:00Z") -> str:
    return str(pd.Timestamp("2024-01-01") + pd.Timedelta(days=i))[:10] + clock


LEADS = ("id,created,source", rows(lambda i: f"L{i:03d}", day, lambda i: ("web", "fair")[i % 2]))
DEALS = ("deal id,created,amount,stage,close date",
         rows(lambda i: f"D{i:03d}", day, lambda i: 100 * i + 10, lambda i: STAGED[i % 4], lambda i: day(i + 30)))


@pytest.fixture
def drafted(tmp_path: Path) -> Callable[..., Drafted]:
    """``drafted(leads=(header, rows), ...)``: the drafted file, the history it gives, its text."""

    def draft(**tables: tuple[str, list[tuple[object, ...]]]) -> Drafted:
        for name, (header, lines) in tables.items():
            text = "\n".join([header, *(",".join("" if v is None else str(v) for v in line) for line in lines)])
            (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
        text = draft_workspace([tmp_path / f"{name}.csv" for name in tables], tmp_path)
        (tmp_path / "leadcast.toml").write_text(text, encoding="utf-8")
        return tomllib.loads(text), read_history(read_workspace(tmp_path)), text

    return draft


def test_keys_and_references(drafted: Callable[..., Drafted]) -> None:
    """A list of deals may hold each lead once; its key is still its own."""
    deals = ("Lead ID,Deal ID,Created,Stage", rows(lambda i: f"L{i:03d}", lambda i: f"D{i:03d}", day, lambda i: STAGED[i % 4]))
    file, history, _ = drafted(leads=("Lead ID,Created", rows(lambda i: f"L{i:03d}", day)), deals=deals)
    assert file["opportunities"]["columns"] == {"opportunity_id": "Deal ID", "created_at": "Created", "lead_id": "Lead ID"}
    assert history.opportunities["lead_id"][:2].tolist() == ["L000", "L001"]


def test_small_numbers_are_no_references_without_a_name(drafted: Callable[..., Drafted]) -> None:
    leads = ("id,created,visits,company_id", rows(lambda i: i + 1, day, lambda i: i % 7 + 1, lambda i: i % 9 + 1))
    file, _, _ = drafted(leads=leads, companies=("id,industry", rows(lambda i: i + 1, lambda i: ("a", "b")[i % 2], n=9)))
    assert file["leads"]["columns"]["account_id"] == "company_id"
    assert [join["on"] for join in file["tables"]["leads"]["joins"]] == [{"company_id": "id"}]
    assert file["leads"]["attributes"]["visits"] == {"type": "number", "about": "engagement"}


def test_an_association_with_a_primary_mark(drafted: Callable[..., Drafted]) -> None:
    between = ("deal id,contact id,is primary", [row for i in range(40) for row in (
        (f"D{i:03d}", f"C{i:03d}", "no"), (f"D{i:03d}", f"C{(i + 1) % 40:03d}", "yes"))])
    contacts = ("contact id,role", rows(lambda i: f"C{i:03d}", lambda i: ("buyer", "head")[i % 2]))
    file, history, _ = drafted(leads=LEADS, deals=DEALS, contacts=contacts, deal_contacts=between)
    assert file["tables"]["deals"]["joins"][0] == {"table": "deal_contacts", "on": {"deal id": "deal id"},
                                                   "columns": ["contact id"], "prefer": "is primary"}
    assert history.opportunities["contact_id"][:2].tolist() == ["C001", "C002"]
    assert history.opportunities["role"][:2].tolist() == ["head", "buyer"]


def test_leads_that_name_the_deal_they_became(drafted: Callable[..., Drafted]) -> None:
    leads = ("id,created,converted deal", rows(lambda i: f"L{i:03d}", day, lambda i: f"D{i:03d}" if i % 2 else ""))
    file, history, _ = drafted(leads=leads, deals=DEALS)
    assert file["tables"]["deals"]["joins"] == [{"table": "leads", "on": {"deal id": "converted deal"}, "columns": ["id"]}]
    assert file["opportunities"]["columns"]["lead_id"] == "id"
    assert history.opportunities["lead_id"][:4].tolist() == [None, "L001", None, "L003"]


def test_a_deal_finds_its_lead_through_the_contact(drafted: Callable[..., Drafted]) -> None:
    leads = ("lead id,created,contact id", rows(lambda i: f"L{i:03d}", day, lambda i: f"C{i:03d}"))
    deals = (DEALS[0] + ",contact id", [(*row, f"C{i:03d}") for i, row in enumerate(DEALS[1])])
    contacts = ("contact id,role", rows(lambda i: f"C{i:03d}", lambda i: ("buyer", "head")[i % 2]))
    _, history, text = drafted(leads=leads, deals=deals, contacts=contacts)
    assert history.opportunities["lead_id"][:2].tolist() == ["L000", "L001"]
    assert "# QUESTION: a deal takes the first lead of its contact; right?" in text


def test_events_that_name_an_email(drafted: Callable[..., Drafted]) -> None:
    leads = ("id,created,email", rows(lambda i: f"L{i:03d}", day, lambda i: f"a{i}@x.example"))
    mails = ("e-mail,date,action", rows(lambda i: f"a{i % 40}@x.example", lambda i: day(i % 40 + 1),
                                        lambda i: ("sent", "opened")[i % 2], n=90))
    file, history, _ = drafted(leads=leads, mails=mails)
    assert file["tables"]["mails"]["joins"] == [{"table": "leads", "on": {"e-mail": "email"}, "columns": {"lead_id": "id"}}]
    assert history.events["lead_id"][:2].tolist() == ["L000", "L001"]
    assert history.events["direction"][:2].tolist() == ["from_us", "from_them"]
    assert "email" not in file["leads"].get("attributes", {})


def test_ids_of_several_kinds_in_one_column(drafted: Callable[..., Drafted]) -> None:
    contacts = ("id,created,role", rows(lambda i: f"C{i:03d}", day, lambda i: ("buyer", "head")[i % 2]))
    tasks = ("who,date,type", rows(lambda i: f"{'LC'[i % 2]}{i % 40:03d}", day, lambda i: ("call", "mail")[i % 2], n=80))
    _, history, _ = drafted(leads=LEADS, contacts=contacts, tasks=tasks)
    assert history.events["lead_id"][:2].tolist() == ["L000", None]
    assert history.events["contact_id"][:2].tolist() == [None, "C001"]


@pytest.mark.parametrize(("columns", "values", "type_"), [
    ("channel,action", ("mail,sent", "call,in"), "{channel}_{action}"),
    ("activity type,minutes", ("mail,3", "call,4"), "{activity type}"),
    ("minutes,user", ("3,ann", "4,bob"), "touch"),
])
def test_types_of_events(drafted: Callable[..., Drafted], columns: str, values: tuple[str, str], type_: str) -> None:
    touches = (f"touch id,lead id,occurred at,{columns}",
               rows(lambda i: f"T{i}", lambda i: f"L{i % 40:03d}", day, lambda i: values[i % 2], n=80))
    file, history, text = drafted(leads=LEADS, touches=touches)
    assert file["events"][0]["type"] == type_
    assert history.events.rows == 80
    assert ("one type for all rows" in text) == (type_ == "touch")
    assert file["events"][0]["columns"].get("value") == ("minutes" if "minutes" in columns else None)


def test_one_history_of_fields_for_leads_and_deals(drafted: Callable[..., Drafted]) -> None:
    """Its rows about the stage are stages, the others changes of fields; each section has its kind of record."""
    changes = [row for i in range(40) for row in (
        ("Lead", f"L{i:03d}", "Status", "New", "Qualified", day(i + 2)),
        ("Lead", f"L{i:03d}", "OwnerId", "ann", "bob", day(i + 3)),
        ("Deal", f"D{i:03d}", "CloseDate", day(1), day(2), day(i + 4)),
        ("Deal", f"D{i:03d}", "ForecastCategory", "a", "b", day(i + 5)))]
    file, history, _ = drafted(leads=LEADS, deals=DEALS, history=("Object,RecordId,Field,OldValue,NewValue,ChangedAt", changes))
    assert [(s["where"], s["fields"]) for s in file["field_history"]] == [
        ({"Object": "Lead"}, {"OwnerId": "owner"}),
        ({"Object": "Deal"}, {"CloseDate": "expected_close", "ForecastCategory": "category"})]
    assert file["stages"][0]["where"] == {"Object": "Lead", "Field": "Status"}
    assert file["pipelines"][0]["stages"] == ["New", "Qualified"]
    assert history.fields.rows == 120


def test_currencies_without_rates_leave_the_amounts_out(drafted: Callable[..., Drafted]) -> None:
    deals = (DEALS[0] + ",currency", [(*row, ("EUR", "USD")[i % 2]) for i, row in enumerate(DEALS[1])])
    file, _, text = drafted(deals=deals)
    assert "amount" not in file["opportunities"]["columns"]
    assert "# QUESTION: the amounts are in several currencies and no rates came along for USD, so they" in text


def test_one_currency_is_not_asked_for(drafted: Callable[..., Drafted]) -> None:
    deals = (DEALS[0] + ",currency", [(*row, "CHF") for row in DEALS[1]])
    file, _, text = drafted(deals=deals)
    assert file["workspace"]["currency"] == "CHF"
    assert "which is the reporting currency" not in text
    assert "in which currency" in drafted(deals=DEALS)[2]


def test_personal_data_are_no_attributes(drafted: Callable[..., Drafted]) -> None:
    header = "id,created,source,first_name,email,phone,postal_code,comment,industry"
    leads = (header, [(*row, ("Ann", "Bob")[i % 2], ("a@x.example", "b@x.example")[i % 2], ("+49 30 1", "+49 30 2")[i % 2],
                       10115 + i % 3, ("called", "wrote")[i % 2], ("it", "food")[i % 2]) for i, row in enumerate(LEADS[1])])
    file, _, _ = drafted(leads=leads)
    assert file["leads"]["attributes"] == {"industry": "industry"}


@pytest.mark.parametrize(("values", "kind", "form"), [
    (["2024-01-31", "2024-02-01"], "time", "iso"),
    (["2024-01-31T10:00:00Z", "2024-02-01T10:00:00+08:00"], "time", "iso"),
    (["31.01.2024 10:00", "01.02.2024 11:00"], "time", "%d.%m.%Y %H:%M"),
    (["1/31/2024 9:05 AM", "2/1/2024 11:00 PM"], "time", "%m/%d/%Y %I:%M %p"),
    (["Jan 31, 2024", "Feb 1, 2024"], "time", "%b %d, %Y"),
    (["1717335998000", "1717480345000"], "time", "epoch_ms"),
    (["20240131", "20240201"], "time", "%Y%m%d"),
    (["1,200.50", "$ 7"], "number", None),
    (["1.200,50", "7,25"], "number", None),
    (["Yes", "no", "1", "FALSE"], "flag", None),
    (["0042", "0043"], "category", None),
    (["+49 30 1234567", "+49 30 7654321"], "category", None),
])
def test_kinds_of_columns(values: list[str], kind: str, form: str | None) -> None:
    found = kind_of("created_at" if kind == "time" else "x", pd.Series(values).value_counts())
    assert (found.kind, found.time_format) == (kind, form)


def test_words_for_not_filled_in_count_where_they_are_frequent() -> None:
    column = profile_column(pd.Series(["Select"] * 5 + ["n/a", "web", "fair", "none", "none"], name="source"))
    assert column.missing_words == ("Select",)
    assert column.distinct == 4


@pytest.mark.parametrize(("stage", "meaning"), [
    ("Closed - Not Converted", "lost"), ("Unqualified", "lost"), ("Closed Won", "won"), ("Qualified", "sql"),
    ("Open - Not Contacted", None),
    ("marketingqualifiedlead", "mql"), ("A_PREACCEPTED", "mql"), ("A_ACCEPTED", "sql"), ("O_ACCEPTED", None), ("Proposal", None)])
def test_what_names_of_stages_mean(stage: str, meaning: str | None) -> None:
    assert stage_meaning(stage) == meaning

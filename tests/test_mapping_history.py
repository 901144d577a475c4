"""From raw rows to histories: what is kept, what is turned away, and when things are known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadcast.errors import SourceError
from leadcast.history import History
from leadcast.mapping import read_history, write_rejected
from leadcast.mapping.canonical import canonical_texts
from leadcast.workspace import read_workspace

LEADS = 'leads = { table = "leads", columns = { lead_id = "id", created_at = "at", source = "source" } }\n'
DEALS = ('opportunities = { table = "deals", columns = { opportunity_id = "id", created_at = "at", lead_id = "lead", '
         'amount = "amount" } }\n')
CALLS = ('events = { table = "calls", type = "call", columns = { lead_id = "lead", opportunity_id = "deal", '
         'occurred_at = "at" } }\n')
LEAD_STAGES = '[[pipelines]]\nentity = "lead"\nstages = ["new", "mql", "sql", "won", "lost"]\nwon = ["won"]\nlost = ["lost"]\n'
DEAL_STAGES = '[[pipelines]]\nentity = "opportunity"\nstages = ["open", "offer", "won", "lost"]\nwon = ["won"]\nlost = ["lost"]\n'
Map = Callable[..., History]


@pytest.fixture
def mapped(tmp_path: Path) -> Map:
    """A history from a mapping and its CSV files: rows separated by semicolons, the first one the header."""

    def history(mapping: str, *, general: str = "", ends_at: str | None = None, **files: str) -> History:
        for name, rows in files.items():
            (tmp_path / f"{name}.csv").write_text("\n".join(row.strip() for row in rows.split(";")) + "\n")
        roles, _, sections = mapping.partition("[")
        tables = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in files)
        (tmp_path / "leadcast.toml").write_text(
            f'{roles}\n[workspace]\nname = "w"\ntimezone = "UTC"\n{general}\n{tables}\n[{sections}' if sections
            else f'{roles}\n[workspace]\nname = "w"\ntimezone = "UTC"\n{general}\n{tables}\n')
        return read_history(read_workspace(tmp_path), ends_at=None if ends_at is None else np.datetime64(ends_at, "us"))

    return history


def rows(history: History, table: str, *columns: str) -> list[tuple[str, ...]]:
    """Columns of a table, times to the day, missing as -."""
    texts = (canonical_texts(getattr(history, table)[column]) for column in columns)
    return [tuple("-" if v is None else v.removesuffix("T00:00:00.000000") for v in row) for row in zip(*texts, strict=True)]


def troubles(history: History, rejected: bool = True) -> dict[str, int]:
    return {f"{f.table}: {f.problem}": f.rows for f in history.quality.findings if f.rejected == rejected}


# ---- what is turned away --------------------------------------------------------------------------------------


def test_leads_without_id_or_time_and_second_rows_are_turned_away(mapped: Map) -> None:
    history = mapped(LEADS, leads="id,at,source; 1,2024-01-01,web; ,2024-01-01,web; 1,2024-01-02,fair; 2,soon,web; "
                                  "3,,web; 4,2024-01-04,")
    assert rows(history, "leads", "lead_id", "source") == [("1", "web"), ("4", "-")]
    assert troubles(history) == {
        "leads: lead_id is missing": 1, "leads: created_at is not a time": 1, "leads: created_at is missing": 1,
        "leads: a second row with this lead_id": 1}
    assert history.quality.rejected["leads"][["at", "reason"]].to_numpy().tolist() == [
        ["2024-01-01", "lead_id is missing"], ["2024-01-02", "a second row with this lead_id"],
        ["soon", "created_at is not a time"], [pytest.approx(np.nan, nan_ok=True), "created_at is missing"]]


def test_the_second_table_of_leads_may_not_repeat_the_first(mapped: Map) -> None:
    two = ('[[leads]]\ntable = "web"\ncolumns = { lead_id = "id", created_at = "at" }\nattributes = { page = "page" }\n'
           '[[leads]]\ntable = "fair"\ncolumns = { lead_id = "no", created_at = "day" }\n')
    history = mapped(two, web="id,at,page; 1,2024-01-01,home", fair="no,day; 1,2024-02-01; 2,2024-02-02")
    assert rows(history, "leads", "lead_id", "created_at", "page") == [("1", "2024-01-01", "home"), ("2", "2024-02-02", "-")]
    assert list(history.quality.rejected) == ["leads.fair"]


def test_events_of_nobody_without_time_and_duplicates_are_turned_away(mapped: Map) -> None:
    history = mapped(LEADS + CALLS, leads="id,at,source; 1,2024-01-01,",
                     calls="lead,deal,at; 1,,2024-01-02; 1,,2024-01-02; ,,2024-01-02; 1,,x; 9,,2024-01-03")
    assert rows(history, "events", "lead_id", "occurred_at") == [("1", "2024-01-02"), ("9", "2024-01-03")]
    assert troubles(history) == {"events: no id of a lead, deal, contact or account": 1, "events: occurred_at is not a time": 1,
                                 "events: a duplicate of an earlier row": 1}


def test_the_same_id_in_two_tables_of_events_is_no_duplicate(mapped: Map) -> None:
    two = ('[[events]]\ntable = "calls"\ntype = "call"\ncolumns = { lead_id = "lead", occurred_at = "at", event_id = "no" }\n'
           '[[events]]\ntable = "mails"\ntype = "mail"\ncolumns = { lead_id = "lead", occurred_at = "at", event_id = "no" }\n')
    history = mapped(LEADS + two, leads="id,at,source; 1,2024-01-01,", mails="lead,at,no; 1,2024-01-02,1",
                     calls="lead,at,no; 1,2024-01-02,1; 1,2024-01-03,1; 1,2024-01-04,")
    assert rows(history, "events", "type", "occurred_at") == [
        ("call", "2024-01-02"), ("call", "2024-01-04"), ("mail", "2024-01-02")]


def test_an_event_of_several_rows_reaches_all_whom_it_concerns_each_once(mapped: Map) -> None:
    mails = ('[[leads]]\ntable = "leads"\ncolumns = { lead_id = "id", created_at = "at", contact_id = "contact" }\n'
             '[[events]]\ntable = "mails"\ntype = "mail"\n'
             'columns = { lead_id = "lead", contact_id = "contact", occurred_at = "at", event_id = "no" }\n')
    history = mapped(mails, leads="id,at,contact; 1,2024-01-01,c1; 2,2024-01-01,c2",
                     mails="lead,contact,at,no; ,c1,2024-01-02,7; ,c2,2024-01-02,7; 1,,2024-01-02,7; ,c2,2024-01-02,7")
    assert rows(history, "events", "lead_id", "contact_id") == [("-", "c1"), ("-", "c2"), ("1", "-")]
    assert troubles(history) == {"events: a duplicate of an earlier row": 1}
    end = np.full(2, history.end)
    assert history.linked_events("lead").count_known(np.arange(2), end).tolist() == [1, 1]


def test_stage_rows_of_strangers_and_unknown_stages_are_turned_away_with_what_to_write(mapped: Map) -> None:
    stages = ('[stages]\nentity = "lead"\nfrom = "rows"\ntable = "log"\n'
              'columns = { id = "lead", stage = "stage", entered_at = "at" }\n')
    history = mapped(LEADS + LEAD_STAGES + stages, leads="id,at,source; 1,2024-01-01,",
                     log="lead,stage,at; 1,mql,2024-01-02; 9,mql,2024-01-02; 1,hot,2024-01-03; 1,,2024-01-04; 1,sql,never")
    assert rows(history, "stages", "entity_id", "stage") == [("1", "mql")]
    assert troubles(history) == {
        "stages: no lead has this id": 1, "stages: stage is missing": 1, "stages: entered_at is not a time": 1,
        'stages: "hot" is a stage of no lead pipeline; add it to the stages under [[pipelines]], or rename it: '
        'values = { "hot" = "..." } under stages': 1}


def test_an_optional_value_that_cannot_be_read_is_missing_and_counted(mapped: Map) -> None:
    history = mapped(DEALS, deals="id,at,lead,amount; 1,2024-01-01,,a lot; 2,2024-01-01,,5")
    assert rows(history, "opportunities", "opportunity_id", "amount") == [("1", "-"), ("2", "5.0")]
    assert troubles(history, rejected=False) == {"opportunities: amount is not a number; taken as missing": 1}


def test_rejected_rows_are_written_with_their_reason(mapped: Map, tmp_path: Path) -> None:
    folder = tmp_path / ".leadcast" / "rejected"
    history = mapped(LEADS, leads="id,at,source; 001,2024-01-01,web; 001,2024-01-02,fair")
    assert write_rejected(history.quality, folder) == [folder / "leads.csv"]
    assert (folder / "leads.csv").read_text() == "id,at,source,reason\n001,2024-01-02,fair,a second row with this lead_id\n"
    assert write_rejected(mapped(LEADS, leads="id,at,source; 1,2024-01-01,").quality, folder) == []
    assert list(folder.iterdir()) == []


# ---- deals ----------------------------------------------------------------------------------------------------


def test_mixed_currencies_without_rates_are_refused(mapped: Map) -> None:
    deals = DEALS.replace('amount = "amount"', 'amount = "amount", currency = "cur"')
    refused = (r'opportunities.columns.currency: amounts in "USD" and EUR cannot be added up without exchange rates, and no '
               r'rates are mapped. Found 2 in "USD", such as 2 of 2024-01-02. Map a table of rates under \[rates\]')
    with pytest.raises(SourceError, match=refused):
        mapped(deals, deals="id,at,lead,amount,cur; 1,2024-01-01,,5,EUR; 2,2024-01-02,,5,usd; 3,2024-01-02,,5,USD")


def test_a_rate_must_be_valid_on_the_day(mapped: Map) -> None:
    deals = DEALS.replace('amount = "amount"', 'amount = "amount", currency = "cur"')
    rates = '[rates]\ntable = "rates"\ncolumns = { currency = "cur", valid_from = "day", rate = "rate" }\n'
    with pytest.raises(SourceError, match=r'the first rate for "USD" is valid from 2024-02-01. Found 1 in "USD", such as 1 of'):
        mapped(deals + rates, deals="id,at,lead,amount,cur; 1,2024-01-01,,5,USD", rates="cur,day,rate; USD,2024-02-01,0.9")
    history = mapped(deals + rates, deals="id,at,lead,amount,cur; 1,2024-02-01,,5,USD; 2,2024-02-02,,5,",
                     rates="cur,day,rate; usd,2024-02-01,0.9; "
                     "USD,2024-02-02,0; USD,x,1")
    assert rows(history, "opportunities", "amount", "currency") == [("4.5", "EUR"), ("5.0", "EUR")]
    assert troubles(history) == {"rates: valid_from is not a time": 1, "rates: rate is not above zero": 1}


def test_a_rate_may_be_the_other_way_round(mapped: Map) -> None:
    deals = DEALS.replace('amount = "amount"', 'amount = "amount", currency = "cur"')
    rates = '[rates]\ntable = "rates"\ncolumns = { currency = "cur", valid_from = "day", inverse_rate = "rate" }\n'
    files = {"deals": "id,at,lead,amount,cur; 1,2024-02-01,,5,USD",
             "rates": "cur,day,rate; USD,2024-02-01,1.25; USD,2024-02-02,0"}
    history = mapped(deals + rates, **files)
    assert rows(history, "opportunities", "amount", "currency") == [("4.0", "EUR")]
    assert troubles(history) == {"rates: inverse_rate is not above zero": 1}
    with pytest.raises(SourceError, match=r"rates.columns: a rate is needed one way round"):
        mapped(deals + rates.replace(', inverse_rate = "rate"', ""), **files)


def test_the_history_of_an_amount_is_in_the_reporting_currency_too(mapped: Map) -> None:
    deals = DEALS.replace('amount = "amount"', 'amount = "amount", currency = "cur"')
    more = ('[rates]\ntable = "rates"\ncolumns = { currency = "cur", valid_from = "day", rate = "rate" }\n'
            '[field_history]\nentity = "opportunity"\ntable = "log"\nfield = "amount"\n'
            'columns = { id = "deal", value = "new", changed_at = "at" }\n')
    history = mapped(deals + more, deals="id,at,lead,amount,cur; 1,2024-02-01,,10,USD", rates="cur,day,rate; USD,2024-01-01,0.5",
                     log="deal,new,at; 1,8,2024-02-02; 1,10,2024-02-03; 1,many,2024-02-04")
    assert rows(history, "fields", "value", "old_value") == [("4.0", "-"), ("5.0", "4.0")]
    assert troubles(history) == {"field_history: the value is not of the field's kind": 1}


def test_a_leads_event_counts_for_its_deals_from_their_creation_on(mapped: Map) -> None:
    stages = '[stages]\nentity = "opportunity"\nfrom = "events"\noccurrence = "every"\nevents = { call = "offer" }\n'
    history = mapped(LEADS + DEALS + CALLS + DEAL_STAGES + stages, leads="id,at,source; 1,2024-01-01,",
                     deals="id,at,lead,amount; A,2024-01-05,1,; B,2024-01-09,1,; C,2024-01-01,,",
                     calls="lead,deal,at; 1,,2024-01-04; 1,,2024-01-06; 1,B,2024-01-10; ,C,2024-01-11")
    assert rows(history, "stages", "entity_id", "stage", "entered_at") == [
        ("A", "offer", "2024-01-06"), ("B", "offer", "2024-01-10"), ("C", "offer", "2024-01-11")]


def test_derived_deals_keep_the_changes_from_before_they_began_and_cases_without_are_not_read(mapped: Map) -> None:
    more = ('[opportunities]\ntable = "leads"\ncreated_by_event = ["call"]\ncolumns = { opportunity_id = "id", lead_id = "id" }\n'
            '[field_history]\nentity = "opportunity"\ntable = "log"\nfield = "owner"\n'
            'columns = { id = "lead", value = "who", changed_at = "at" }\n')
    history = mapped(LEADS + CALLS + more, leads="id,at,source; 1,2024-01-01,; 2,2024-01-01,",
                     calls="lead,deal,at; 1,,2024-01-05; 1,,2024-01-04",
                     log="lead,who,at; 1,ann,2024-01-02; 1,ann,2024-01-03; 1,bob,2024-01-06; 2,eve,2024-01-02; 7,eve,2024-01-02")
    assert rows(history, "opportunities", "opportunity_id", "created_at", "owner") == [("1", "2024-01-04", "bob")]
    assert rows(history, "fields", "entity_id", "value", "old_value") == [("1", "ann", "-"), ("1", "bob", "ann")]
    assert history.quality.read["opportunities"] == 1
    assert troubles(history) == {"field_history: no deal has this id": 1}
    when = np.array(["2024-01-04", "2024-01-06"], "datetime64[us]")
    assert history.value_at("opportunity", "owner", np.array([0, 0]), when).tolist() == ["ann", "bob"]


def test_with_a_history_of_the_close_date_the_expectation_is_known_from_the_creation_on(mapped: Map) -> None:
    deals = ('[opportunities]\ntable = "deals"\ncolumns = { opportunity_id = "id", created_at = "at", close_date = "close" }\n'
             '[stages]\nentity = "opportunity"\nfrom = "current"\ntable = "deals"\n'
             'columns = { id = "id", stage = "stage", entered_at = "close" }\n'
             '[field_history]\nentity = "opportunity"\ntable = "log"\nfield = "close_date"\n'
             'columns = { id = "deal", value = "new", old_value = "old", changed_at = "at" }\n')
    history = mapped(deals + DEAL_STAGES, deals="id,at,close,stage; A,2024-01-01,2024-03-01,won; B,2024-01-01,2024-05-01,open",
                     log="deal,old,new,at; A,2024-02-10,2024-02-20,2024-02-01; A,2024-02-20,2024-03-01,2024-03-01")
    when = np.array(["2024-01-15", "2024-02-15", "2024-01-15"], "datetime64[us]")
    known = history.value_at("opportunity", "expected_close", np.array([0, 0, 1]), when)
    assert [str(t)[:10] for t in known] == ["2024-02-10", "2024-02-20", "2024-05-01"]
    assert history.fields.rows == 2


# ---- stages and time ------------------------------------------------------------------------------------------


def test_the_data_end_with_the_newest_time_that_is_no_expectation(mapped: Map) -> None:
    deals = DEALS.replace('amount = "amount"', 'expected_close = "close"')
    assert str(mapped(deals, deals="id,at,lead,close; 1,2024-01-01,,2031-01-01").end) == "2024-01-01T00:00:00.000000"


def test_after_a_declared_end_nothing_is_known(mapped: Map) -> None:
    history = mapped(LEADS + CALLS, general='ends_at = "2024-01-10"', leads="id,at,source; 1,2024-01-01,; 2,2024-02-01,",
                     calls="lead,deal,at; 1,,2024-01-02; 1,,2024-01-12")
    assert (history.leads.rows, history.events.rows, str(history.end)[:10]) == (1, 1, "2024-01-10")
    assert troubles(history, rejected=False) == {"leads: after the end of the data; left out": 1, "events: after the end "
    "of the data; left out": 1}
    assert history.quality.read == history.quality.kept


LOG = ('[[stages]]\nentity = "lead"\nfrom = "rows"\ntable = "{table}"\n'
       'columns = {{ id = "id", stage = "to", entered_at = "at"{more} }}\n')


def test_a_stage_history_split_over_sections_repeats_nothing(mapped: Map) -> None:
    history = mapped(LEADS + LEAD_STAGES + LOG.format(table="early", more="") + LOG.format(table="late", more=""),
                     leads="id,at,source; 1,2024-01-01,", early="id,to,at; 1,mql,2024-01-02; 1,sql,2024-01-03",
                     late="id,to,at; 1,sql,2024-01-03; 1,sql,2024-01-05; 1,mql,2024-01-06")
    assert rows(history, "stages", "stage", "entered_at") == [
        ("mql", "2024-01-02"), ("sql", "2024-01-03"), ("mql", "2024-01-06")]
    assert troubles(history, rejected=False) == {"stages: the stage did not change; left out": 2}
    assert history.quality.read["stages"] == history.quality.kept["stages"] == 3


def test_only_the_first_old_value_of_all_sections_tells_the_stage_at_creation(mapped: Map) -> None:
    logs = "".join(LOG.format(table=table, more=', old_stage = "was"') for table in ("late", "early"))
    history = mapped(LEADS + LEAD_STAGES + logs, leads="id,at,source; 1,2024-01-01,",
                     early="id,was,to,at; 1,mql,sql,2024-01-03", late="id,was,to,at; 1,sql,won,2024-01-05; 1,mql,sql,2024-01-03")
    assert sorted(rows(history, "stages", "entered_at", "stage")) == [
        ("2024-01-01", "mql"), ("2024-01-03", "sql"), ("2024-01-05", "won")]


def test_todays_stage_beside_a_log_of_changes_is_the_stage_of_those_that_never_changed_since_creation(mapped: Map) -> None:
    mapping = DEALS + DEAL_STAGES + """
        [[stages]]
        entity = "opportunity"
        from = "rows"
        table = "log"
        columns = { id = "id", old_stage = "old", stage = "new", entered_at = "at" }
        [[stages]]
        entity = "opportunity"
        from = "current"
        table = "deals"
        columns = { id = "id", stage = "stage" }
        """
    deals = "id,at,lead,amount,stage;moved,2024-01-01,,1,won;still,2024-01-01,,1,offer;closed,2024-01-01,,1,lost"
    history = mapped(mapping, deals=deals, log="id,old,new,at;moved,offer,won,2024-02-01", ends_at="2024-03-01")
    told = [("moved", "offer", "2024-01-01", "-"), ("moved", "won", "2024-02-01", "-"), ("still", "offer", "2024-01-01", "-"),
            ("closed", "lost", "-", "2024-03-01")]
    assert sorted(rows(history, "stages", "entity_id", "stage", "entered_at", "recorded_at")) == sorted(told)
    assert troubles(history, rejected=False)["stages: today's stage, which the history tells; left out"] == 1


def test_silence_looks_the_same_from_every_day(mapped: Map) -> None:
    """Deleting what came later changes nothing that the rule said before."""
    mapping = LEADS + CALLS + LEAD_STAGES + (
        '[[stages]]\nentity = "lead"\nfrom = "events"\nevents = { call = "mql" }\n'
        '[[stages]]\nentity = "lead"\nfrom = "silence"\nafter_days = 10\n')
    files = {"leads": "id,at,source; 1,2024-01-01,; 2,2024-01-02,",
             "calls": "lead,deal,at; 1,,2024-01-20; 1,,2024-01-25; 2,,2024-01-12; 1,,2024-03-01"}
    whole = mapped(mapping, **files)
    for day in ("2024-01-11", "2024-01-12", "2024-01-19", "2024-01-20", "2024-02-03", "2024-02-10"):
        then = mapped(mapping, ends_at=day, **files)
        cut = whole.known_at(np.datetime64(day, "us"))
        for entity_rows in ([0], [1]):
            at = np.full(1, np.datetime64(day, "us"))
            assert then.stage_at("lead", np.array(entity_rows), at)[0] == cut.stage_at("lead", np.array(entity_rows), at)[0], day
        one, other = (sorted(rows(h, "stages", "entity_id", "stage", "entered_at")) for h in (then, cut))
        assert one == other, day


def test_silence_ends_with_the_next_sign_of_life_and_not_at_all_for_the_closed(mapped: Map) -> None:
    mapping = LEADS + CALLS + LEAD_STAGES + (
        '[[stages]]\nentity = "lead"\nfrom = "silence"\nafter_days = 10\nwhere = { source = "web" }\n'
        '[[stages]]\nentity = "lead"\nfrom = "dates"\ntable = "leads"\ndates = { won = "won" }\ncolumns = { id = "id" }\n')
    history = mapped(mapping, general='ends_at = "2024-03-01"', leads="id,at,source,won; 1,2024-01-01,web,; "
    "2,2024-01-01,web,2024-01-05; "
                     "3,2024-01-01,fair,", calls="lead,deal,at; 1,,2024-01-20")
    assert sorted(rows(history, "stages", "entity_id", "stage", "entered_at")) == [
        ("1", "lost", "2024-01-11"), ("1", "lost", "2024-01-30"), ("1", "new", "2024-01-20"), ("2", "won", "2024-01-05")]


def test_an_outcome_in_the_words_of_the_pipeline_and_values_that_mean_nothing(mapped: Map) -> None:
    stages = ('[[pipelines]]\nentity = "lead"\nstages = ["new", "Converted", "Gone"]\nwon = ["Converted"]\nlost = ["Gone"]\n'
              '[stages]\nentity = "lead"\nfrom = "outcome"\ntable = "leads"\nwon = ["Yes"]\nlost = ["no"]\nopen = ["?"]\n'
              'columns = { id = "id", stage = "source" }\n')
    history = mapped(LEADS + stages, leads="id,at,source; 1,2024-01-01,YES; 2,2024-01-02,no; 3,2024-01-02,; "
                                           "4,2024-01-03,?; 5,2024-01-03,later")
    assert rows(history, "stages", "entity_id", "stage", "entered_at", "recorded_at") == [
        ("1", "Converted", "-", "2024-01-03T00:00:01.000000"), ("2", "Gone", "-", "2024-01-03T00:00:01.000000")]
    assert troubles(history) == {"stages: the outcome is in none of the lists won, lost and open of stages": 1}


def test_a_stage_known_only_at_the_export_is_not_known_before(mapped: Map) -> None:
    stages = '[stages]\nentity = "lead"\nfrom = "current"\ntable = "leads"\ncolumns = { id = "id", stage = "source" }\n'
    history = mapped(LEADS + LEAD_STAGES + stages, leads="id,at,source; 1,2024-01-01,sql; 2,2024-01-05,")
    assert history.stage_at("lead", np.array([0]), np.array([history.end]))[0].tolist() == ["sql"]


def test_the_newest_lead_is_not_looked_at_with_its_undated_stage(mapped: Map) -> None:
    stages = '[stages]\nentity = "lead"\nfrom = "current"\ntable = "leads"\ncolumns = { id = "id", stage = "source" }\n'
    history = mapped(LEADS + LEAD_STAGES + stages, leads="id,at,source; 1,2024-01-01,sql; 2,2024-01-05,sql")
    day = np.array(["2024-01-04", "2024-01-05"], "datetime64[us]")
    assert history.stage_at("lead", np.array([0, 1]), day)[0].tolist() == ["new", "new"]


def test_late_records_keep_both_times(mapped: Map) -> None:
    events = ('[events]\ntable = "calls"\ntype = "call"\ncolumns = { lead_id = "lead", occurred_at = "at", recorded_at = '
              '"seen" }\n'
              '[stages]\nentity = "lead"\nfrom = "events"\nevents = { call = "mql" }\n')
    history = mapped(LEADS + LEAD_STAGES + events, leads="id,at,source; 1,2024-01-01,", calls="lead,at,seen; "
    "1,2024-01-02,2024-01-09")
    assert rows(history, "stages", "entered_at", "recorded_at") == [("2024-01-02", "2024-01-09")]
    days = np.array(["2024-01-08", "2024-01-09"], "datetime64[us]")
    assert history.entered("lead", ["mql"]).count_known(np.array([0, 0]), days).tolist() == [0, 1]


# ---- the words ------------------------------------------------------------------------------------------------


def test_targets_that_are_not_declared(mapped: Map) -> None:
    upper = LEAD_STAGES.replace('"mql", "sql"', '"MQL", "Sales talk"')
    leads_only = mapped(LEADS + upper, leads="id,at,source; 1,2024-01-01,").vocabulary
    assert [(t.name, t.entity, t.stages) for t in leads_only.targets] == [("mql", "lead", ("MQL",)), ("win", "lead", ("won",))]
    both = mapped(LEADS + DEALS + LEAD_STAGES + DEAL_STAGES, leads="id,at,source; 1,2024-01-01,",
                  deals="id,at,lead,amount; 1,2024-01-01,,").vocabulary
    assert [(t.name, t.entity, t.horizon_days) for t in both.targets] == [
        ("mql", "lead", None), ("sql", "lead", None), ("win", "opportunity", None)]


def test_a_declared_target_without_stages_means_the_won_ones(mapped: Map) -> None:
    targets = '[targets.signed]\nentity = "lead"\nhorizon_days = 30\n'
    words = mapped(LEADS + LEAD_STAGES + targets, leads="id,at,source; 1,2024-01-01,").vocabulary
    assert [(t.name, t.stages, t.horizon_days) for t in words.targets] == [("signed", ("won",), 30)]


def test_attributes_by_type(mapped: Map) -> None:
    leads = ('[leads]\ntable = "leads"\norder = "file"\ncolumns = { lead_id = "id" }\nattributes.size = { type = "number" }\n'
             'attributes.news = { type = "flag" }\nattributes.seen = { type = "time" }\nattributes.kind = "type of lead"\n')
    history = mapped(leads, leads="id,size,news,seen,type of lead; b,7,yes,2024-01-01,x; a,,No,never,")
    assert rows(history, "leads", "lead_id", "order", "size", "news", "seen", "kind") == [
        ("b", "0.0", "7.0", "1.0", "2024-01-01", "x"), ("a", "1.0", "-", "0.0", "-", "-")]
    assert isinstance(history.leads.frame(), pd.DataFrame)

"""Every way in which leadcast.toml can be wrong gives one clear line: the key, what was found, what would be right."""

import re
import tomllib
from pathlib import Path

import pytest

from leadcast.errors import WorkspaceError
from leadcast.workspace import read_workspace
from leadcast.workspace.load import parse_workspace

RIGHT = """
[workspace]
name = "acme"
timezone = "Europe/Berlin"

[tables.leads]
file = "leads.csv"

[tables.deals]
file = "deals.csv"

[tables.calls]
file = "calls.csv"

[leads]
table = "leads"
columns = { lead_id = "Id", created_at = "Created" }
attributes = { industry = "Industry" }

[opportunities]
table = "deals"
columns = { opportunity_id = "Id", created_at = "Created", lead_id = "Lead", amount = "Amount" }

[[events]]
table = "calls"
type = "call"
columns = { lead_id = "Lead", occurred_at = "At" }

[[pipelines]]
entity = "lead"
stages = ["new", "mql", "sql", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[pipelines]]
entity = "opportunity"
stages = ["open", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[stages]]
entity = "lead"
from = "events"
events = { call = "mql" }
"""

TABLE_KEYS = ("file, query, url, url_env, of, delimiter, encoding, decimal, reference, missing, values, times, compose, joins, "
              "where, first_of")
FROM = '"rows", "events", "dates", "current", "outcome", "silence"'
ANY_VALUE = 'a text, a number, true or false, a list of them, or a condition such as { not_in = ["..."] }'
LEAD_STAGES = '"new", "mql", "sql", "won", "lost"'
LEAD_FIELDS = '"owner", "source", "industry", "close_date"'


def mistakes(text: str) -> list[str]:
    """The lines that a leadcast.toml of this text is answered with; none where it is right."""
    try:
        parse_workspace(tomllib.loads(text))
    except WorkspaceError as error:
        return str(error).splitlines()
    return []


def changed(old: str, new: str) -> str:
    assert old in RIGHT, old
    return RIGHT.replace(old, new, 1)


WRONG = {
    # ---- the form of the keys
    "unknown key, near one": (
        changed('file = "leads.csv"', 'file = "leads.csv"\nwheer = { a = 1 }'),
        f'tables.leads.wheer: unknown key; did you mean "where"? Known here: {TABLE_KEYS}.'),
    "unknown key, near none": (
        changed('file = "leads.csv"', 'file = "leads.csv"\nqwzx = 1'),
        f"tables.leads.qwzx: unknown key. Known here: {TABLE_KEYS}."),
    "unknown section": (
        RIGHT + "\n[piplines]\nx = 1\n",
        'piplines: unknown key; did you mean "pipelines"? Known here: workspace, tables, leads, opportunities, events, stages, '
        "field_history, owners, quotas, costs, rates, pipelines, targets, rules, team, leaks, links, promotion, forecast, risks, "
        "funnel, service."),
    "the folder is no key": (
        'folder = "/"\n' + RIGHT,
        "folder: unknown key. Known here: workspace, tables, leads, opportunities, events, stages, field_history, owners, "
        "quotas, costs, rates, pipelines, targets, rules, team, leaks, links, promotion, forecast, risks, funnel, service."),
    "missing key": (changed('lead_id = "Id", ', ""), "leads.columns.lead_id: missing key; the lead's id."),
    "missing table of a role": (changed('[leads]\ntable = "leads"', "[leads]"), "leads.table: missing key; a table under "
    "[tables]."),
    "missing section": (changed('[workspace]\nname = "acme"\ntimezone = "Europe/Berlin"', ""),
                        "workspace: missing key; the workspace itself."),
    "a number for a text": (changed('type = "call"', "type = 5"), "events.type: found 5; right would be a text in quotes."),
    "a text for a number": (
        RIGHT + '[targets.win]\nentity = "opportunity"\nhorizon_days = "30"\n',
        'targets.win.horizon_days: found "30"; right would be a number.'),
    "a number that is too small": (
        RIGHT + '[targets.win]\nentity = "opportunity"\nhorizon_days = 0\n',
        "targets.win.horizon_days: found 0; right would be a number above 0."),
    "a number that is below 0": (
        RIGHT + "[promotion]\nauc = -1\n", "promotion.auc: found -1; right would be a number of at least 0."),
    "a share of more than all": (
        RIGHT + "[promotion]\nsure = 1.5\n", "promotion.sure: found 1.5; right would be a number of at most 1."),
    "a text for true or false": (
        changed('file = "leads.csv"', 'file = "leads.csv"\nreference = "yes"'),
        'tables.leads.reference: found "yes"; right would be true or false.'),
    "a text for a list": (
        changed('won = ["won"]', 'won = "won"'), 'pipelines[1].won: found "won"; right would be a list, [...].'),
    "a text for a table": (
        changed('columns = { lead_id = "Lead", occurred_at = "At" }', 'columns = "Lead"'),
        'events.columns: found "Lead"; right would be a table of keys (lead_id, opportunity_id, contact_id, account_id, '
        "occurred_at, recorded_at, event_id, sequence, actor, value)."),
    "a word that is none of the choices": (
        changed('[[pipelines]]\nentity = "lead"', '[[pipelines]]\nentity = "leads"'),
        'pipelines[1].entity: found "leads"; right would be one of "lead", "opportunity"; did you mean "lead"?'),
    "an attribute's type": (
        changed('industry = "Industry"', 'industry = { type = "nubmer" }'),
        'leads.attributes.industry.type: found "nubmer"; right would be one of "category", "number", "flag", "time"; '
        'did you mean "number"?'),
    "when an attribute is known": (
        changed('industry = "Industry"', 'industry = { known = "later" }'),
        'leads.attributes.industry.known: found "later"; right would be "creation", "outcome" or "stage:NAME".'),
    "the name": (
        changed('name = "acme"', 'name = "Acme Inc."'),
        'workspace.name: found "Acme Inc."; right would be lowercase letters, digits and hyphens, such as "my-crm".'),
    "the currency": (
        changed('name = "acme"', 'name = "acme"\ncurrency = "euro"'),
        'workspace.currency: found "euro"; right would be three capital letters, such as "EUR".'),
    "the delimiter": (
        changed('file = "leads.csv"', 'file = "leads.csv"\ndelimiter = ";;"'),
        'tables.leads.delimiter: found ";;"; right would be one character.'),
    "an empty list": (
        changed('stages = ["open", "won", "lost"]', "stages = []"),
        "pipelines[2].stages: found an empty list; right would be at least one entry."),
    "a condition's key": (
        changed('file = "leads.csv"', 'file = "leads.csv"\nwhere = { a = { inn = ["x"] } }'),
        'tables.leads.where.a.inn: unknown key; did you mean "in"? Known here: in, not_in, present, at_least, at_most, '
        'starts_with, '
        "contains."),
    "a condition's value": (
        changed('file = "leads.csv"', 'file = "leads.csv"\nwhere = { a = 2024-01-01 }'),
        f"tables.leads.where.a: found 2024-01-01; right would be {ANY_VALUE}."),
    "the direction": (
        changed('type = "call"', 'type = "call"\ndirection = "from_me"'),
        'events.direction: found "from_me"; right would be "from_us", "from_them", or { column = "...", from_us = ["..."], '
        'from_them = ["..."] }.'),
    "the direction's column": (
        changed('type = "call"', 'type = "call"\ndirection = { colum = "Way" }'),
        'events.direction.colum: unknown key; did you mean "column"? Known here: column, from_us, from_them.'),
    "a file that is no text": (
        changed('file = "leads.csv"', "file = 3"), "tables.leads.file: found 3; right would be a file name in quotes, or "
                                                   "a list of them."),
    "a stage source of no kind": (
        changed('from = "events"', 'from = "evnts"'),
        f'stages.from: found "evnts"; right would be one of {FROM}; did you mean "events"?'),
    "a stage source that does not say its kind": (changed('from = "events"\n', ""), f"stages.from: missing key; one of {FROM}."),
    "a key of another kind of stage source": (
        changed('events = { call = "mql" }', 'events = { call = "mql" }\nafter_days = 3'),
        "stages.after_days: unknown key. Known here: entity, where, values, from, events, occurrence."),
    "a link": (
        RIGHT + '[links]\nlead = ["lead", "deal"]\n',
        'links.lead[2]: found "deal"; right would be one of "lead", "contact", "account".'),
    # ---- the workspace
    "the timezone": (
        changed("Europe/Berlin", "Europe/Berln"),
        'workspace.timezone: found "Europe/Berln"; right would be a name such as "Europe/Berlin", "America/New_York" or "UTC"; '
        'did you mean "Europe/Berlin"?'),
    "the end of the data": (
        changed('name = "acme"', 'name = "acme"\nends_at = "yesterday"'),
        'workspace.ends_at: found "yesterday"; right would be a time such as "2024-06-30T23:59:59Z" or "2024-06-30".'),
    "an end without offset": (
        changed('timezone = "Europe/Berlin"', 'ends_at = "2024-06-30"'),
        'workspace.ends_at: "2024-06-30" has no offset from UTC; write "2024-06-30Z", or say timezone = "..." under '
        '[workspace].'),
    # ---- tables
    "a table from nowhere": (
        changed('file = "calls.csv"', 'missing = ["?"]'),
        'tables.calls: missing key; say where the table comes from: file = "...", query = "..." or of = "another table".'),
    "a table from two places": (
        changed('file = "calls.csv"', 'file = "calls.csv"\nof = "leads"'),
        "tables.calls: found file and of; right would be only one of file, query and of."),
    "a file of unknown kind": (
        changed('file = "calls.csv"', 'file = "calls.xlsx"'),
        'tables.calls.file: found "calls.xlsx"; right would be a file that ends in ".csv", ".csv.gz", ".parquet", ".jsonl".'),
    "a query without a database": (
        changed('file = "calls.csv"', 'query = "SELECT 1"'),
        'tables.calls.query: found neither url nor url_env; right would be one of them: url_env = "CRM_DATABASE_URL".'),
    "a database without a query": (
        changed('file = "calls.csv"', 'file = "calls.csv"\nurl = "sqlite:///crm.db"'),
        'tables.calls.url: a database\'s URL without a query; add query = "SELECT ...".'),
    "a password in the file": (
        changed('file = "calls.csv"', 'query = "SELECT 1"\nurl = "postgresql+psycopg://me:secret@host/crm"'),
        "tables.calls.url: holds a password; put the URL into an environment variable and name that with url_env."),
    "a table of an unknown one": (
        changed('file = "calls.csv"', 'of = "call"'),
        'tables.calls.of: there is no table "call"; did you mean "calls"? There is: "leads", "deals", "calls".'),
    "a join with an unknown one": (
        changed('file = "calls.csv"', 'file = "calls.csv"\njoins = [{ table = "lead", on = { a = "b" }, columns = ["c"] }]'),
        'tables.calls.joins[1].table: there is no table "lead"; did you mean "leads"? There is: "leads", "deals", "calls".'),
    "a join on nothing": (
        changed('file = "calls.csv"', 'file = "calls.csv"\njoins = [{ table = "leads", on = {}, columns = ["c"] }]'),
        "tables.calls.joins[1].on: found an empty table; right would be at least one entry."),
    "a join that takes nothing": (
        changed('file = "calls.csv"', 'file = "calls.csv"\njoins = [{ table = "leads", on = { a = "b" }, columns = [] }]'),
        "tables.calls.joins[1].columns: found nothing to take; right would be at least one of their columns."),
    "tables that need each other": (
        changed('file = "calls.csv"', 'of = "deals"').replace('file = "deals.csv"', 'of = "calls"'),
        "tables.deals: goes round in a circle: deals -> calls -> deals; a table cannot be made of itself. "
        "Take one of them as it is in its file: a second table with the same file."),
    "a table that joins itself": (
        changed('file = "calls.csv"', 'file = "calls.csv"\njoins = [{ table = "calls", on = { a = "b" }, columns = ["c"] }]'),
        "tables.calls: goes round in a circle: calls -> calls; a table cannot be made of itself. "
        "Take one of them as it is in its file: a second table with the same file."),
    "a format of times": (
        changed('file = "calls.csv"', 'file = "calls.csv"\ntimes = { At = "epoch" }'),
        'tables.calls.times.At: found "epoch"; right would be "iso", "epoch_s", "epoch_ms" or a format such as "%d.%m.%Y %H:%M"; '
        'did you mean "epoch_s"?'),
    "a code in a format of times": (
        changed('file = "calls.csv"', 'file = "calls.csv"\ntimes = { At = "%d.%Q" }'),
        'tables.calls.times.At: found "%d.%Q", which has an unknown % code; such as "%d.%m.%Y %H:%M" would be right.'),
    "a composed column of no column": (
        changed('file = "calls.csv"', 'file = "calls.csv"\ncompose = { kind = "call" }'),
        'tables.calls.compose.kind: found "call", which names no column; right would be "{one_column}_{another}".'),
    "braces that do not match": (
        changed('type = "call"', 'type = "{channel_x"'),
        'events.type: found "{channel_x", whose braces do not match; right would be "{one_column}_{another}".'),
    "an empty condition": (
        changed('file = "calls.csv"', 'file = "calls.csv"\nwhere = { a = {} }'),
        'tables.calls.where.a: found an empty table; right would be a condition such as { not_in = ["..."] }.'),
    "a condition that never holds": (
        changed('type = "call"', 'type = "call"\nwhere = { a = [] }'),
        "events.where.a: found an empty list, which no row matches; right would be at least one value."),
    # ---- leads, deals, events
    "no leads and no deals": (
        '[workspace]\nname = "acme"\n[tables.leads]\nfile = "leads.csv"\n',
        "leads: missing; map a table of leads under [leads], or one of deals under [opportunities]."),
    "a role of an unknown table": (
        changed('[leads]\ntable = "leads"', '[leads]\ntable = "lead"'),
        'leads.table: there is no table "lead"; did you mean "leads"? There is: "leads", "deals", "calls".'),
    "leads without date and order": (
        changed('columns = { lead_id = "Id", created_at = "Created" }', 'columns = { lead_id = "Id" }'),
        "leads.columns.created_at: missing key; map when a lead came in, or, where no date is known, say order = \"file\" or map "
        "columns.order, a column that rises with time."),
    "leads with two orders": (
        changed('columns = { lead_id = "Id", created_at = "Created" }', 'order = "file"\ncolumns = { lead_id = "Id", '
        'order = "No" }'),
        'leads.order: found order = "file" and columns.order; right would be one of them.'),
    "deals without a beginning": (
        changed('opportunity_id = "Id", created_at = "Created", ', 'opportunity_id = "Id", '),
        "opportunities.columns.created_at: missing key; map when a deal began, derive it from its lead's events: "
        'created_by_event = ["..."], or, where no date is known, say order = "file" or map columns.order, a column that rises '
        "with time."),
    "deals with two beginnings": (
        changed('[opportunities]\ntable = "deals"', '[opportunities]\ntable = "deals"\ncreated_by_event = ["call"]'),
        "opportunities.created_by_event: found columns.created_at as well; right would be one of them."),
    "a derived deal without its lead": (
        changed('columns = { opportunity_id = "Id", created_at = "Created", lead_id = "Lead", amount = "Amount" }',
                'created_by_event = ["call"]\ncolumns = { opportunity_id = "Id" }'),
        "opportunities.columns.lead_id: missing key; a deal that begins with its lead's event must say whose it is."),
    "a currency of nothing": (
        changed('amount = "Amount"', 'currency = "Currency"'),
        "opportunities.columns.currency: a currency without an amount; map amount or margin, or leave it out."),
    "an attribute's name that is taken": (
        changed('industry = "Industry"', 'source = "Source"'),
        "leads.attributes.source: the name is taken by leads.columns.source; map it there, or give the attribute another name."),
    "an attribute known at an unknown stage": (
        changed('industry = "Industry"', 'industry = { known = "stage:sqll" }'),
        f'leads.attributes.industry.known: there is no lead stage "sqll"; did you mean "sql"? There is: {LEAD_STAGES}.'),
    "an attribute that means two things": (
        changed("[leads]\n", "[[leads]]\n").replace(
            "[opportunities]", '[[leads]]\ntable = "calls"\ncolumns = { lead_id = "Id", created_at = "At" }\n'
            'attributes = { industry = { type = "number" } }\n\n[opportunities]'),
        "leads[2].attributes.industry: differs from leads[1].attributes.industry in type, about or known; "
        "one attribute means the same in every table."),
    "an event of nobody": (
        changed('columns = { lead_id = "Lead", occurred_at = "At" }', 'columns = { occurred_at = "At" }'),
        'events.columns: missing key; map at least one of "lead_id", "opportunity_id", "contact_id", "account_id", so that it is '
        "known whose event it is."),
    "an event without a time": (
        changed('columns = { lead_id = "Lead", occurred_at = "At" }', 'columns = { lead_id = "Lead" }'),
        "events.columns.occurred_at: missing key; when it happened."),
    # ---- field history, quotas
    "a history of no field": (
        RIGHT + '[field_history]\nentity = "lead"\ntable = "calls"\ncolumns = { id = "Lead", value = "V", changed_at = "At" }\n',
        'field_history.field: missing key; say which field this is about: field = "amount", or map columns.field where a column '
        "tells."),
    "a history of an unknown field": (
        RIGHT + '[field_history]\nentity = "lead"\ntable = "calls"\nfield = "ownr"\n'
        'columns = { id = "Lead", value = "V", changed_at = "At" }\n',
        f'field_history.field: "ownr" is neither a column nor an attribute of leads; did you mean "owner"? There is: '
        f'{LEAD_FIELDS}.'),
    "a history that renames to an unknown field": (
        RIGHT + '[field_history]\nentity = "lead"\ntable = "calls"\nfields = { Sector = "sector" }\n'
        'columns = { id = "Lead", field = "F", value = "V", changed_at = "At" }\n',
        f'field_history.fields.Sector: "sector" is neither a column nor an attribute of leads. There is: {LEAD_FIELDS}.'),
    "a quota of nobody": (
        RIGHT + '[quotas]\ntable = "calls"\ncolumns = { period = "P", amount = "A" }\n',
        "quotas.columns: missing key; map owner or region, so that it is known whose quota it is."),
    # ---- pipelines, stages, targets
    "a stage that stands twice": (
        changed('["open", "won", "lost"]', '["open", "won", "open", "lost"]'),
        'pipelines[2].stages: "open" stands twice; name each stage once, in order.'),
    "a stage both won and lost": (
        changed('stages = ["open", "won", "lost"]\nwon = ["won"]\nlost = ["lost"]', 'stages = ["open"]\nwon = ["x"]\nlost '
        '= ["x"]'),
        'pipelines[2].lost: "x" cannot be both won and lost.'),
    "a beginning that is the end": (
        changed('stages = ["open", "won", "lost"]', 'stages = ["won", "lost"]'),
        'pipelines[2].stages: the first stage, "won", is where one begins; it cannot be won or lost.'),
    "two pipelines of one name": (
        changed('entity = "opportunity"\nstages', 'entity = "lead"\nstages'),
        'pipelines[2].name: a second pipeline "default" for leads; give each its own name.'),
    "two pipelines and no column": (
        changed('entity = "opportunity"\nstages', 'entity = "lead"\nname = "partners"\nstages'),
        "leads.columns.pipeline: missing key; there are 2 pipelines, so a column must say which."),
    "a pipeline of what is not mapped": (
        re.sub(r"\[opportunities\]\n.*\n.*\n", "", RIGHT),
        "pipelines[2].entity: no opportunities are mapped; map them under [opportunities]."),
    "stages without a pipeline": (
        RIGHT.replace('[[pipelines]]\nentity = "lead"\nstages = ["new", "mql", "sql", "won", "lost"]\nwon = ["won"]\nlost '
                      '= ["lost"]\n', ""),
        'stages.entity: no pipeline for entity = "lead"; name its stages under [[pipelines]]: entity = "lead", '
        'stages = ["...", "..."], won = ["..."], lost = ["..."].'),
    "an event that leads to an unknown stage": (
        changed('{ call = "mql" }', '{ call = "mqll" }'),
        f'stages.events.call: there is no lead stage "mqll"; did you mean "mql"? There is: {LEAD_STAGES}.'),
    "a value renamed to an unknown stage": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "current"\ntable = "leads"\nvalues = { Q = "qualified" }\n'
        'columns = { id = "Id", stage = "Stage" }\n',
        f'stages[2].values.Q: there is no lead stage "qualified". There is: {LEAD_STAGES}.'),
    "a date of an unknown stage": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "dates"\ntable = "leads"\ndates = { Won = "Won" }\ncolumns = { id = '
                '"Id" }\n',
        f'stages[2].dates.Won: there is no lead stage "Won"; did you mean "won"? There is: {LEAD_STAGES}.'),
    "silence that leads to an unknown stage": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "silence"\nafter_days = 30\nstage = "cold"\n',
        f'stages[2].stage: there is no lead stage "cold". There is: {LEAD_STAGES}.'),
    "stages from events without events": (
        re.sub(r"\[\[events\]\]\n.*\n.*\n.*\n", "", RIGHT), "stages.from: no events are mapped; map them under [[events]]."),
    "stage rows without a stage": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "rows"\ntable = "calls"\ncolumns = { id = "Id", entered_at = "At" }\n',
        "stages[2].columns.stage: missing key; map the column that holds the stage."),
    "stage rows without a time": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "rows"\ntable = "calls"\ncolumns = { id = "Id", stage = "S" }\n',
        'stages[2].columns.entered_at: missing key; map when the stage was entered, or say from = "current" where no date '
        'is known.'),
    "an outcome with a value in two lists": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "outcome"\ntable = "leads"\nwon = ["1"]\nlost = ["1"]\n'
        'columns = { id = "Id", stage = "S" }\n',
        'stages[2].lost: "1" stands under won as well; each value means one thing.'),
    "an outcome that nothing means": (
        RIGHT + '[[stages]]\nentity = "lead"\nfrom = "outcome"\ntable = "leads"\nwon = []\ncolumns = { id = "Id", stage = '
                '"S" }\n',
        "stages[2].won: found an empty list; right would be the values that mean won."),
    "a target's stage": (
        RIGHT + '[targets.mql]\nentity = "lead"\nstages = ["MQL"]\n',
        f'targets.mql.stages: there is no lead stage "MQL"; did you mean "mql"? There is: {LEAD_STAGES}.'),
    "a target's name": (
        RIGHT + '[targets."Win soon"]\nentity = "opportunity"\n',
        'targets.Win soon: found the name "Win soon"; right would be lowercase letters, digits and underscores, such as "win".'),
    "a target without won stages": (
        changed('stages = ["open", "won", "lost"]\nwon = ["won"]', 'stages = ["open", "lost"]')
        + '[targets.win]\nentity = "opportunity"\n',
        'targets.win.stages: missing key; no pipeline for entity = "opportunity" has won stages to fall back on.'),
}


def test_the_right_one_is_right() -> None:
    assert mistakes(RIGHT) == []


@pytest.mark.parametrize("case", WRONG)
def test_each_mistake_is_one_clear_line(case: str) -> None:
    text, line = WRONG[case]
    assert f"leadcast.toml: {line}" in mistakes(text)


def test_a_misspelt_key_is_told_once() -> None:
    assert mistakes(changed('created_at = "Created" }\nattributes', 'created = "Created" }\nattributes')) == [
        'leadcast.toml: leads.columns.created: unknown key; did you mean "created_at"? Known here: lead_id, created_at, order, '
        "contact_id, account_id, owner, source, pipeline."]


def test_all_mistakes_are_told_at_once() -> None:
    text = changed('type = "call"', "type = 5").replace('name = "acme"', 'name = "A"').replace("mql = 1", "")
    assert len(mistakes(text)) == 2
    across = RIGHT.replace('{ call = "mql" }', '{ call = "x" }').replace("Europe/Berlin", "Nowhere").replace(
        'file = "calls.csv"', 'file = "calls.csv"\nxyz = 1')
    assert [line.split(": ")[1] for line in mistakes(across)] == ["tables.calls.xyz", "workspace.timezone", "stages.events.call"]


def test_no_jargon_of_the_parser() -> None:
    for text, _ in WRONG.values():
        for line in mistakes(text):
            assert re.match(r"leadcast\.toml: [^:]+: .+\.$|leadcast\.toml: .+[.?]$", line), line
            assert not re.search(r"pydantic|Input should|validation error|extra_forbidden|NoneType|dict\[", line), line


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "leadcast.toml").write_text('[workspace]\nname = acme\n')
    with pytest.raises(WorkspaceError, match=r"leadcast.toml: this is not TOML: Invalid value \(at line 2, column 8\)\. Texts"):
        read_workspace(tmp_path)


def test_a_folder_without_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"There is no .*leadcast\.toml\. A workspace is a folder with a leadcast\.toml;"):
        read_workspace(tmp_path)


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "leadcast.toml").write_bytes('name = "Jörg"'.encode("latin-1"))
    with pytest.raises(WorkspaceError, match=r"leadcast.toml: the file is not UTF-8 text; save it as UTF-8."):
        read_workspace(tmp_path)


def test_the_file_itself_may_be_named_and_the_data_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "leadcast.toml").write_text(RIGHT)
    workspace = read_workspace(tmp_path / "leadcast.toml", tmp_path / "export")
    assert workspace.folder == tmp_path
    assert workspace.folder / workspace.workspace.data == tmp_path / "export"

"""Two workspaces, and records for them that share ids, repeat each other and hold what cannot be read."""

from typing import Any

from hypothesis import strategies as st

CRM = """
[workspace]
name = "many"
timezone = "Europe/Berlin"
currency = "EUR"
[tables.contacts]
file = "contacts.csv"
[tables.products]
file = "products.csv"
reference = true
[tables.rates]
file = "rates.csv"
[tables.leads]
file = "leads.csv"
missing = ["-", "0"]
values = { Source = { google = "Google" } }
compose = { Key = "{Product}{Size}" }
joins = [
    { table = "contacts", on = { Contact = "Id" }, columns = ["Account", "Role"], prefer = "Main" },
    { table = "products", on = { Key = "Product" }, columns = ["Line"] },
]
[tables.deals]
file = "deals.csv"
[tables.visits]
file = "visits.csv"
times = { At = "epoch_ms" }
[tables.moves]
file = "moves.csv"
[tables.changes]
file = "changes.csv"
[leads]
table = "leads"
attributes = { role = "Role", line = "Line", size = { column = "Size", type = "number" } }
[leads.columns]
lead_id = "Id"
created_at = "Created"
contact_id = "Contact"
account_id = "Account"
source = "Source"
owner = "Rep"
[opportunities]
table = "deals"
[opportunities.columns]
opportunity_id = "Id"
lead_id = "Lead"
account_id = "Account"
created_at = "Opened"
amount = "Amount"
currency = "Cur"
close_date = "Close"
[[events]]
table = "visits"
type = "{Page}"
[events.columns]
lead_id = "Lead"
contact_id = "Contact"
account_id = "Account"
occurred_at = "At"
event_id = "Event"
value = "Seconds"
[links]
lead = ["lead", "contact", "account"]
opportunity = ["opportunity", "lead", "account"]
shared = "nearest_open"
[[pipelines]]
entity = "lead"
stages = ["new", "mql", "lost"]
lost = ["lost"]
[[pipelines]]
entity = "opportunity"
stages = ["open", "talk", "won", "lost"]
won = ["won"]
lost = ["lost"]
[[stages]]
entity = "lead"
from = "events"
events = { price = "mql" }
where = { contact_id = { not_in = ["2"] } }
[[stages]]
entity = "lead"
from = "silence"
after_days = 20
where = { account_id = { not_in = ["2"] } }
[[stages]]
entity = "opportunity"
from = "rows"
table = "moves"
columns = { id = "Deal", stage = "New", old_stage = "Old", entered_at = "At", recorded_at = "Seen" }
[[stages]]
entity = "opportunity"
from = "current"
table = "deals"
columns = { id = "Id", stage = "Stage" }
[field_history]
entity = "lead"
table = "changes"
columns = { id = "Lead", field = "Field", value = "New", changed_at = "At" }
fields = { Source = "source", Size = "size", Rep = "owner" }
[rates]
table = "rates"
columns = { currency = "Cur", valid_from = "From", rate = "Rate" }
"""
LOG = """
[workspace]
name = "log"
currency = "EUR"
[tables.log]
file = "log.csv"
[tables.cases]
of = "log"
first_of = { by = "case", order = ["no"] }
[tables.list]
file = "list.csv"
[leads]
table = "cases"
columns = { lead_id = "case", order = "no", source = "what" }
[[opportunities]]
table = "log"
columns = { opportunity_id = "what", lead_id = "case", order = "no" }
[[opportunities]]
table = "list"
order = "file"
columns = { opportunity_id = "id", lead_id = "case" }
[[pipelines]]
entity = "lead"
stages = ["new", "won"]
won = ["won"]
[[stages]]
entity = "lead"
from = "outcome"
table = "cases"
columns = { id = "case", stage = "end" }
won = ["yes"]
lost = ["no"]
"""
IDS = st.sampled_from(["1", "1", "2", "2", "1", "2", None])
DAYS = st.sampled_from(["2024-03-01", "2024-03-02", "2024-03-31 02:30", "2024-04-01T10:00:00Z", "2024-05-20 08:00:00.25+02:00",
                        "2024-07-01", "soon", None])
MILLIS = st.sampled_from([1709300000000, 1709300000001, 1711900000000, "1714500000123", 1720000000000, "x", None])


def rows(needed: dict[str, st.SearchStrategy[Any]], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Up to three rows; each may leave out any of the further columns."""
    return st.lists(st.fixed_dictionaries(needed, optional=more), max_size=3)


CRM_RECORDS = st.fixed_dictionaries({
    "leads": rows({"Id": IDS, "Created": DAYS, "Contact": IDS}, Source=st.sampled_from(["google", "-", "web"]), Rep=IDS,
                  Product=st.sampled_from(["GT", None]), Size=st.sampled_from([5, "0", "many"])),
    "contacts": rows({"Id": IDS, "Role": st.sampled_from(["boss", "it"])}, Account=IDS, Main=st.sampled_from(["yes", "no"])),
    "visits": rows({"At": MILLIS, "Page": st.sampled_from(["price", "home", None])}, Lead=IDS, Contact=IDS, Account=IDS,
                   Event=IDS, Seconds=st.sampled_from([1, 2.5, "long"]))}, optional={
    "deals": rows({"Id": IDS, "Opened": DAYS}, Lead=IDS, Account=IDS, Amount=st.sampled_from([5, "1,000", "a lot"]),
                  Cur=st.sampled_from(["usd", None]), Close=DAYS, Stage=st.sampled_from(["talk", "won", "nowhere", None])),
    "moves": rows({"Deal": IDS, "New": st.sampled_from(["talk", "won", "nowhere"]), "At": DAYS},
                  Old=st.sampled_from(["open", "talk"]), Seen=DAYS),
    "changes": rows({"Lead": IDS, "New": st.sampled_from(["google", 5, "x"]), "At": DAYS},
                    Field=st.sampled_from(["Source", "Size", "Rep", "Mood"]))})
LOG_RECORDS = st.fixed_dictionaries({"log": rows(
    {"case": IDS, "no": st.sampled_from(["9", "10", "2024-01-01T00:00:00Z", "L-9", "L-10"]), "what": st.sampled_from(["a", "b"])},
    end=st.sampled_from(["yes", "no", "what"]))}, optional={"list": rows({"id": IDS}, case=IDS)})
FAULTS = st.sampled_from([{}, {}, {}, {}, {}, {"nothing": []}, {"leads": [{"Id": "1", "Role": "a join's column"}]},
                          {"deals": [{"Id": "D", "Opened": "2024-03-01", "Cur": "XXX"}]},
                          {"rates": [{"Cur": "USD", "From": "2024-01-01", "Rate": 0.5}]}])
"""What stops the reading, or makes a record be read by itself; rare, so that most records are read together."""

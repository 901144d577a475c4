"""The dimensions of the feed: what facts are sliced by. Every one but the dates has a row 0, "(none)", for what is missing."""

from serving.feed.columns import (
    OWNER,
    SOURCE,
    STAGE,
    Column,
    Shape,
    counts,
    day,
    flags,
    numbers,
    primary,
    texts,
    times,
)

_OF_BOTH = (
    OWNER, SOURCE, STAGE,
    *texts(contact_id="the CRM's id of the contact", account_id="the CRM's id of the account",
           status="open, won or lost, as of the moment"),
    *times(created_at="when it was created"), day("created_date", "the day of that, in the workspace's time zone"),
)

DATES = Shape("dim_date", "A day of the workspace's calendar; no day is left out between the first and the last", (
    Column("date", "date", "the day; every date of the other tables finds it", is_primary=True),
    *counts(year="of the calendar", quarter="of the calendar, 1 to 4", month="1 to 12", iso_year="the year of the ISO week",
            iso_week="1 to 53", weekday="1 is Monday, 7 Sunday",
            fiscal_year="the calendar year in which the fiscal year ends", fiscal_quarter="1 to 4"),
    *flags(is_period="lies in the period of the forecast"),
))
OWNERS = Shape("dim_owner", "An owner for as long as manager and region stayed the same", (
    primary("owner_key", "the row's number"),
    *texts(owner="the CRM's id of the owner", name="the name; the id where none is known", manager="whom they reported to then",
           region="where they sat then", current_manager="whom they report to as of the moment",
           current_region="where they sit as of the moment"),
    *times(valid_from="since when; empty where it always was so", valid_to="until when; empty where it still is so"),
    *flags(is_current="holds as of the moment"),
))
STAGES = Shape("dim_stage", "A stage of a pipeline", (
    primary("stage_key", "the row's number"),
    *texts(entity="lead or opportunity", pipeline="the pipeline's name", stage="the stage's name"),
    *counts(stage_order="its place in the pipeline, from 1; 0 where the pipeline does not declare it"),
    *flags(is_won="ends it as won", is_lost="ends it as lost"),
))
SOURCES = Shape("dim_source", "Where leads came from", (
    primary("source_key", "the row's number"), *texts(source="as the CRM names it"),
))
MODELS = Shape("dim_model", "A version of a model that answers now, or that made a saved forecast", (
    primary("model_key", "the row's number"),
    *texts(target="what it says: the name of the target; empty of one that only a saved forecast names",
           entity="lead or opportunity", name="the registered name", version="the registry's number and the model's checksum"),
    *times(trained_as_of="the end of the data it has seen"),
    *numbers(horizon_days="within how many days; empty where it is of the final outcome"),
    *flags(is_champion="answers now"),
))
LEADS = Shape("dim_lead", "A lead that was there by the moment", (
    primary("lead_key", "the row's number, by creation"), *texts(lead_id="the CRM's id"), *_OF_BOTH,
), "lead")
DEALS = Shape("dim_deal", "A deal that was there by the moment", (
    primary("deal_key", "the row's number, by creation"), *texts(opportunity_id="the CRM's id"),
    Column("lead_key", "key", "the lead it came from; 0 where that is not known", "dim_lead"), *_OF_BOTH,
    *texts(category="the CRM's forecast category"),
    *numbers(amount="in the reporting currency, as of the moment", margin="the same of the margin"),
    day("expected_close", "the rep's date"),
), "opportunity")

DIMENSIONS = (DATES, OWNERS, STAGES, SOURCES, MODELS, LEADS, DEALS)

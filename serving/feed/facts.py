"""The facts of the feed: what is counted and added up."""

from serving.feed.columns import (
    DEAL,
    LEAD,
    MODEL,
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

_WHEN = (*times(as_of="the moment of the look; empty where the data have no dates"), day("as_of_date", "the day of that"))
_PERIOD = (*texts(period="the period's name"), day("period_start", "its first day"), day("period_end", "its last day"))
_SCORE = (
    OWNER, STAGE, MODEL, *_WHEN,
    *numbers(probability="P(the target is reached within its horizon), calibrated, 0 to 1",
             score="0 to 100, a rank among the leads or deals that the model knows"),
    *texts(grade="A to E, of the score"),
    *numbers(fit="0 to 100, the part of who they are", engagement="0 to 100, the part of what they do",
             trend="the score less that of a week before; empty where it was not open then"),
    day("expected_close", "the median day of the win, if it is won; empty of targets that are no win"),
    day("won_by", "the last day of the horizon"),
    *numbers(won_ever="P(won in the end); empty of targets that are no win", amount="in the reporting currency",
             expected_amount="amount * probability; empty of targets that are no win",
             period_probability="P(won in the period of the forecast); empty of targets that are no win",
             period_amount="expected money of it in the period; adds up to amount_open of fact_forecast"),
)
_FORECAST = (
    *numbers(deals_won="wins in the period so far", deals_open="expected wins among what is open",
             deals_new="expected wins among what is not created yet", deals_total="all three together",
             deals_p10="in one case of ten it will be fewer", deals_p50="in one of two", deals_p90="in nine of ten",
             amount_won="money won in the period so far", amount_open="expected money from what is open",
             amount_new="expected money from what is not created yet", amount_total="all three together",
             amount_p10="in one case of ten it will be less; quantiles do not add up over rows", amount_p50="in one of two",
             amount_p90="in nine of ten", pipeline_amount="money of what is open, whatever its probability",
             quota="what is to be won; empty where none is known",
             reach="P(amount_total reaches the quota)"),
    *counts(pipeline_deals="how many are open"),
)

LEAD_SCORES = Shape("fact_lead_score", "A lead that is open for a target, and what the model says as of the moment",
                    (LEAD, *_SCORE))
DEAL_SCORES = Shape("fact_deal_score", "A deal that is open for a target, and what the model says as of the moment",
                    (DEAL, *_SCORE))
FORECAST = Shape("fact_forecast", "An owner's part of the period's forecast", (OWNER, MODEL, *_WHEN, *_PERIOD, *_FORECAST))
TOTAL = Shape("fact_forecast_total", "The period's forecast as a whole: one row, for quantiles do not add up",
              (MODEL, *_WHEN, *_PERIOD, *_FORECAST))
SNAPSHOTS = Shape("fact_forecast_snapshot", "A saved forecast, or a scenario on one, as a whole", (
    primary("snapshot_key", "the row's number, the oldest first"), *texts(snapshot_id="as leadcast snapshots lists it"),
    MODEL, *_WHEN, *_PERIOD, *_FORECAST,
    *texts(note="of whoever saved it", base="the id of the forecast that a scenario changes"),
    *flags(is_scenario="a scenario, not a forecast"),
))
SNAPSHOT_DEALS = Shape("fact_snapshot_deal", "A deal (or lead) in a saved forecast; or a kind of deal that was still to come", (
    Column("snapshot_key", "key", "the saved forecast", "fact_forecast_snapshot"), LEAD, DEAL, OWNER,
    *texts(entity_id="the id it was saved under; new:0, new:1, ... of what was still to come", kind="won, open or new",
           stage="where it stood then"),
    *numbers(expected="won 1; open P(won in the period); new expected wins", won_ever="open: P(won in the end)",
             amount="as it was then"),
    day("expected_close", "the rep's date as it was then"),
))
STAGE_ENTRIES = Shape("fact_stage", "A stay of a lead or deal in a stage", (
    *texts(entity="lead or opportunity"), LEAD, DEAL,
    Column("stage_key", "key", "the stage", "dim_stage"), OWNER,
    *times(since="when it was entered; empty where nobody knows", until="when it was left; empty where it still is there"),
    day("since_date", "the day of since"), day("until_date", "the day of until"),
    *numbers(days="in it, until the moment where it still is there; empty where it has no beginning, and of won and lost"),
    *flags(is_current="still is there"),
))
FUNNEL = Shape("fact_funnel", "A lead or deal and how far it came", (
    *texts(entity="lead or opportunity"), LEAD, DEAL, OWNER, SOURCE,
    Column("stage_key", "key", "the furthest stage it reached; those left out on the way count as passed", "dim_stage"),
    *counts(step="the place of that stage among those that lead to the win, from 1"),
    day("created_date", "the day it was created"), *flags(is_open="neither won nor lost", is_won="won", is_lost="lost"),
    *numbers(days="from creation until it was closed, or until the moment",
             cycle_days="from creation to the win; empty where it is not won", amount="in the reporting currency"),
))
WINS = Shape("fact_win", "A closed deal; a closed lead where the forecast is of leads", (
    LEAD, DEAL, OWNER, SOURCE, *times(closed_at="when it was won or lost; empty where nobody knows"),
    day("closed_date", "the day of that"), day("created_date", "the day it was created"), *flags(is_won="won, not lost"),
    *numbers(amount="in the reporting currency", margin="the same of the margin", days="from creation to the end"),
))

FACTS = (LEAD_SCORES, DEAL_SCORES, FORECAST, TOTAL, SNAPSHOTS, SNAPSHOT_DEALS, STAGE_ENTRIES, FUNNEL, WINS)

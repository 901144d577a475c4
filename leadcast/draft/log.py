"""A log of activities: its cases are leads, some activities enter stages, one of them opens a deal."""

import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from leadcast.draft.events import event_columns, written_with
from leadcast.draft.plan import Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.staging import ORDER, Stages
from leadcast.draft.words import slug, stage_meaning

OPENINGS = (r"(deal|opportunity|oppty|opp)_(opened|created|open|new|started)",
            r"(o|offer|quote|quotation|proposal)_(sent|made|issued)")
BEGINNINGS = r"(lead|case|application|contact|enquiry|a)_?(created|submitted|new|registered|received|opened)"
NOUNS = r"proposal|offer|quote|quotation|negotiation|contract|trial|verbal|legal|o"
VERBS = r"sent|started|returned|back|signed|made|received|accepted|agreed|reviewed|requested|confirmed|entered"


@dataclass
class Log:
    """A log and what its activities mean.

    Attributes
    ----------
    case, activity, time : its columns
    alone : there is no table of cases
    opening : the activity that opens a deal
    ends : activities that end a lead or deal
    leads, deals : their stages
    closings : when each case ended; columns id, at
    """

    profile: TableProfile
    case: str
    activity: str
    time: str
    alone: bool
    opening: str | None
    ends: list[str]
    leads: Stages
    deals: Stages | None
    closings: pd.DataFrame = field(default_factory=pd.DataFrame)


def log_stages(plan: Plan, leads: Stages | None, deals: Stages | None) -> Log | None:
    """The stages that a log tells, where no table tells them; None where there is no such log."""
    if leads or deals or plan.facts.of("opportunities"):
        return None
    alone = plan.facts.one("log")
    for profile in [alone] if alone else plan.facts.of("events"):
        case = profile.find("case") if alone else next((r.column for r in plan.facts.references(profile, "leads")), None)
        activity = profile.find("type", "category", but=(case,))
        columns = event_columns(profile, {"lead_id": case}) if case else None
        if case and activity and columns:
            found = _read(plan, profile, case, activity, columns)
            if alone or found.ends:
                return found
    return None


def _read(plan: Plan, profile: TableProfile, case: str, activity: str, columns: dict[str, str]) -> Log:
    """What the activities mean: by their words, and by who has them."""
    rows = pd.DataFrame({"id": profile.frame[case], "type": profile.frame[activity],
                         "at": profile.moments(columns["occurred_at"])}).dropna()
    names = [str(n) for n in rows["type"].value_counts().index[:200]]
    opening = next((n for words in OPENINGS for n in names if re.fullmatch(words, slug(n))), None)
    meaning = {n: m for n in names if n != opening and (m := stage_meaning(n))}
    ends = _ends(rows, {n: m for n, m in meaning.items() if m in ("won", "lost")}, opening)
    steps = {n: m for n, m in meaning.items() if m in ("mql", "sql")}
    of_leads, of_deals, shared = _sides(rows, ends, opening)
    begin = {n: "new" for n in names if re.fullmatch(BEGINNINGS, slug(n))}
    opened = {opening: "converted"} if opening and not shared else {}
    leads = _stages("leads", "new", {**begin, **steps, **opened, **of_leads}, {**ends, **dict.fromkeys(opened, "won")})
    deals = None
    closings = rows[rows["type"].isin(list(ends))]
    if opening is not None:
        inner = _deal_steps(rows, names, opening, {*ends, *steps, opening, *written_with(rows, closings)})
        deals = _stages("opportunities", "open", {**inner, **of_deals}, ends)
    alone = plan.facts.roles[profile.name] == "log"
    return Log(profile, case, activity, columns["occurred_at"], alone, opening, list(ends), leads, deals, closings)


def _sides(rows: pd.DataFrame, ends: dict[str, str], opening: str | None) -> tuple[dict[str, str], dict[str, str], bool]:
    """Which ends are those of leads, which those of deals, and whether both end in the same ways."""
    named = {n: _word(n, ends[n]) for n in ends}
    if opening is None:
        return named, {}, False
    opened = set(rows["id"][rows["type"] == opening])
    after = {n: float(rows["id"][rows["type"] == n].isin(opened).mean()) for n in ends}
    of_deals = {n: named[n] for n in ends if after[n] >= 0.02}
    shared = any(after[n] < 0.9 for n in of_deals)
    return {n: named[n] for n in ends if shared or n not in of_deals}, of_deals, shared


def _stages(role: str, first: str, entries: dict[str, str], ends: dict[str, str]) -> Stages:
    """The stages that activities enter, in order: beginning, MQL, SQL, others, won, lost."""
    won = list(dict.fromkeys(s for n, s in entries.items() if ends.get(n) == "won"))
    lost = list(dict.fromkeys(s for n, s in entries.items() if ends.get(n) == "lost"))
    usual = [first, "mql", "sql"]
    order = sorted(dict.fromkeys([first, *entries.values()]),
                   key=lambda s: (s in lost, s in won, usual.index(s) if s in usual else len(usual)))
    ask = "do these activities mean that these stages are entered?"
    source: dict[str, Any] = {"from": "events", "events": entries, "ask": ask}
    return Stages(role, [source] if entries else [], order, order, won, lost, None if role == "leads" else ORDER)


def _ends(rows: pd.DataFrame, named: dict[str, str], opening: str | None) -> dict[str, str]:
    """Activities that end a case: not those after which a deal is opened all the same, nor those that only go along with one."""
    last = rows[rows["type"] == opening].groupby("id")["at"].max()
    kept: dict[str, str] = {}
    for name in sorted(named, key=lambda n: -int((rows["type"] == n).sum())):
        mine = rows[rows["type"] == name]
        goes_on = (mine["id"].map(last) > mine["at"]).mean() if len(last) else 0.0
        beside = [n for n in kept if kept[n] == named[name]]
        along = beside and written_with(mine, rows[rows["type"].isin(beside)])
        if goes_on <= 0.2 and not along:
            kept[name] = named[name]
    return kept


def _deal_steps(rows: pd.DataFrame, names: list[str], opening: str, but: set[str]) -> dict[str, str]:
    """Steps of a deal: a thing and what happened to it, after the deal was opened; in the order they come."""
    opened = rows[rows["type"] == opening].groupby("id")["at"].min()
    found: dict[str, float] = {}
    for name in names:
        if name in but or not re.fullmatch(rf"({NOUNS})_(\w+_)?({VERBS})(_\w+)?", slug(name)):
            continue
        mine = rows[rows["type"] == name]
        since = (mine["at"] - mine["id"].map(opened)).dt.total_seconds()
        if (since > 0).mean() > 0.95:
            found[name] = float(since.groupby(mine["id"]).min().median())
    return {name: _step(name) for name in sorted(found, key=found.__getitem__)}


def _step(name: str) -> str:
    noun = slug(name).split("_")[0]
    return noun if len(noun) > 1 else slug(name)


def _word(name: str, meaning: str) -> str:
    """"Lead disqualified" is disqualified, "A_DECLINED" declined, every way of winning won."""
    return "won" if meaning == "won" else slug(name).split("_")[-1]

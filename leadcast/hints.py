"""What is worth a look in a history: nothing is rejected for it, but a person should know."""

from collections.abc import Iterator

import numpy as np

from leadcast.history import History
from leadcast.quality import Finding
from leadcast.vocabulary import ENTITIES, Attribute, Entity

ROLES: dict[Entity, str] = {"lead": "leads", "opportunity": "opportunities"}
KEYS = ("lead_id", "opportunity_id", "contact_id", "account_id")
DAY = np.timedelta64(1, "D")
QUIET_DAYS = 4
FEW = 20


def hints(history: History) -> list[Finding]:
    """Everything worth a look, as findings that reject nothing."""
    found = [*_nobody(history), *_events(history), *_end(history), *_never_seen(history)]
    for entity in ENTITIES:
        found += [*_undated(history, entity), *_pipelines(history, entity)]
        found += [*_never_won(history, entity), *_early_stages(history, entity)]
        found += [*_told_beginnings(history, entity), *_without_old_values(history, entity)]
        found += [hint for attribute in history.vocabulary.attributes_of(entity) for hint in _attribute(history, attribute)]
    return found


def _hint(role: str, problem: str, rows: int, example: str) -> Finding:
    return Finding(role, problem, int(rows), example, False)


def _nobody(history: History) -> Iterator[Finding]:
    if not any(history.entities(entity).rows for entity in ENTITIES):
        yield _hint("leads", "there is no lead and no deal", 0, "are the files empty, or all rows left out by where or ends_at?")


def _undated(history: History, entity: Entity) -> Iterator[Finding]:
    """Some with a date, some without: the latter are in no past day, and so in no training."""
    undated = np.isnat(history.entities(entity)["created_at"])
    if undated.any() and not undated.all():
        first = history.ids(entity)[int(np.argmax(undated))]
        yield _hint(ROLES[entity], "have no date: scored at the end of the data, never trained on", undated.sum(), first)


# ---- events and time ------------------------------------------------------------------------------------------


def _events(history: History) -> Iterator[Finding]:
    events = history.events
    reached = np.zeros(events.rows, bool)
    for entity in ENTITIES:
        for link in history.vocabulary.links(entity):
            ids = set(history.entities(entity)[f"{link}_id"]) - {None}
            reached |= np.fromiter((i in ids for i in events[f"{link}_id"]), bool, events.rows)
    if not reached.all():
        first = int(np.argmax(~reached))
        keys = ", ".join(f"{k} = {events[k][first]}" for k in KEYS if events[k][first])
        yield _hint("events", "reach no lead and no deal (orphans)", (~reached).sum(), f"{events['type'][first]}: {keys}")
    yield from _quiet(events["occurred_at"])


def _quiet(times: np.ndarray) -> Iterator[Finding]:
    """Runs of days without any event."""
    days = np.unique(times[~np.isnat(times)].astype("datetime64[D]"))
    empty = np.diff(days).astype(int) - 1
    if (long := empty >= QUIET_DAYS).any():
        worst = int(np.argmax(empty))
        yield _hint("events", f"days without any event, in gaps of {QUIET_DAYS} or more", empty[long].sum(),
                    f"the longest from {days[worst] + 1} to {days[worst + 1] - 1}")


def _end(history: History) -> Iterator[Finding]:
    """One wrong date in the future would move the end of the data."""
    others = history.leads["created_at"], history.opportunities["created_at"], history.stages["entered_at"]
    times = np.sort(np.concatenate([history.events["occurred_at"], *others]))
    times = times[~np.isnat(times)]
    if not len(times):
        if history.leads.rows:
            yield _hint("leads", "no time is mapped anywhere; say when the export was made: ends_at under [workspace]",
                        history.leads.rows, "everything counts as recorded at the end of the data")
        return
    usual = times[int(0.999 * (len(times) - 1))]
    if (times > usual + 30 * DAY).any():
        problem = "lie long after nearly everything else and move the end of the data; is a date wrong? ends_at sets it"
        yield _hint("events", problem,
                    (times > usual + 30 * DAY).sum(), f"the data end at {history.end}, 99.9 % of them before {usual}")


def _never_seen(history: History) -> Iterator[Finding]:
    types = set(history.events["type"])
    for name in sorted(history.vocabulary.never_inputs - types):
        yield _hint("events", f'never_inputs names "{name}", but no event has this type', 0, "")


# ---- stages ---------------------------------------------------------------------------------------------------


def _pipelines(history: History, entity: Entity) -> Iterator[Finding]:
    declared = {p.name for p in history.vocabulary.pipelines_of(entity)}
    names = history.entities(entity)["pipeline"]
    for name in sorted({n for n in names if n is not None} - declared):
        problem = f'run through a pipeline "{name}" that is not declared; taken as the first'
        yield _hint(ROLES[entity], problem, (names == name).sum(), "")


def _never_won(history: History, entity: Entity) -> Iterator[Finding]:
    """A won stage under another name than the data's leaves every win open."""
    entered = set(history.stages["stage"][history.stage_entries(entity).source])
    for pipeline in history.vocabulary.pipelines_of(entity):
        if pipeline.won and entered & set(pipeline.stages) and not entered & set(pipeline.won):
            names = " or ".join(f'"{name}"' for name in pipeline.won)
            yield _hint(ROLES[entity], f"never entered {names}, the won stage; is it spelled as in the data?",
                        history.entities(entity).rows, f"won under [[pipelines]] {pipeline.name}")


def _early_stages(history: History, entity: Entity) -> Iterator[Finding]:
    entries = history.stage_entries(entity)
    created = history.entities(entity)["created_at"][entries.owner]
    early = history.stages["entered_at"][entries.source] < created - DAY
    if early.any():
        first = entries.source[int(np.argmax(early))]
        yield _hint("stages", f"{ROLES[entity]} enter a stage more than a day before they are created", early.sum(),
                    f"{history.stages['entity_id'][first]} enters {history.stages['stage'][first]}")


# ---- attributes -----------------------------------------------------------------------------------------------


def _told_beginnings(history: History, entity: Entity) -> Iterator[Finding]:
    """Only a later change tells where some began; those that never changed are taken to have begun in the first stage."""
    entries, first = history.stage_entries(entity), history.first_stages(entity)
    created = history.entities(entity)["created_at"][entries.owner]
    began = (entries.at == created) & (history.stages["stage"][entries.source] != first[entries.owner])
    still = int((np.diff(entries.offsets) == 0).sum())
    if began.any() and still:
        who = history.ids(entity)[entries.owner[int(np.argmax(began))]]
        yield _hint(ROLES[entity], f"began in another stage, as their first change tells; {still:,} without a change count as "
                    "beginning in the first: map today's stage too (from = \"current\")", began.sum(), who)


def _without_old_values(history: History, entity: Entity) -> Iterator[Finding]:
    """A field that is first told after creation, without the value before: that it is missing says that it will change."""
    for name in history.entities(entity).names:
        if (changes := history.changes(entity, name)) is None:
            continue
        entries, _, old = changes
        has = np.flatnonzero(np.diff(entries.offsets) > 0)
        first = entries.offsets[has]
        late = (entries.at[first] > history.entities(entity)["created_at"][has]) & _is_missing(old[first])
        if late.sum() > 0.05 * len(history.ids(entity)) and len(has) < len(history.ids(entity)):
            yield _hint(ROLES[entity], f"{name} is first told after creation, without the value before, which gives away that it "
                        "will change: map old_value", late.sum(), history.ids(entity)[has[int(np.argmax(late))]])


def _attribute(history: History, attribute: Attribute) -> Iterator[Finding]:
    table = history.entities(attribute.entity)
    values, role = table[attribute.name], ROLES[attribute.entity]
    if attribute.type == "category":
        filled = [v for v in values if v is not None]
        numbers = [v for v in filled if _is_number(v)]
        if len(numbers) >= 0.95 * len(filled) and len(set(numbers)) > FEW:
            problem = f'{attribute.name} is a category but looks like a number; type = "number"?'
            yield _hint(role, problem, len(numbers), numbers[0])
    if attribute.type == "time" and attribute.known == "creation":
        later = values > table["created_at"] + DAY
        if later.any():
            yield _hint(role, f'{attribute.name} holds times after the creation; known = "outcome" or a stage?', later.sum(),
                        str(values[int(np.argmax(later))]))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "M":
        return np.isnat(values)
    return np.isnan(values) if values.dtype.kind == "f" else np.array([v is None for v in values], bool)

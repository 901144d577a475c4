"""A file of new rows, in the user's own columns: every row answered, through the same mapping as the batch and a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.errors import SourceError
from leadcast.history import History
from leadcast.mapping.sources import ENDINGS, read_source
from leadcast.mapping.tables import Tables
from leadcast.mapping.where import filtered
from leadcast.moment import NO_TIME, is_shown, minute
from leadcast.quality import Finding
from leadcast.vocabulary import Entity
from leadcast.workspace.model import LeadSource, OpportunitySource, Workspace
from leadcast.workspace.sections import PLURALS, numbered, sources_of
from serving.columns import absent_columns, asked_columns, mistyped
from serving.records import MARK
from serving.scores import COLUMNS, Scorer

ANSWER = ["row", *(name for name in COLUMNS if name != "entity"), "note"]
Files = Mapping[str, Path]
LEFT_OUT, CLOSED = "left out by where in leadcast.toml", "closed, or the target is reached already"


@dataclass(frozen=True)
class Answers:
    """The answer to files of new rows.

    Attributes
    ----------
    table : columns ``ANSWER``, one row per row of the file and target, in the file's order. ``row`` counts from 1 without the
        header; one without a score says why in ``note``; ``unseen`` counts its values that training never saw
    as_of : UTC; the moment as of which dated rows are scored
    notes : what was odd about the files as a whole
    rejected : raw rows that could not be read, by table, with their reason
    """

    table: pd.DataFrame
    as_of: np.datetime64
    notes: list[str]
    rejected: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def moment(self) -> str:
        return f"as of {minute(self.as_of)}" if is_shown(self.as_of) else "as they came"


def input_files(workspace: Workspace, given: Sequence[str], entity: Entity | None) -> dict[str, Path]:
    """Which table each FILE or TABLE=FILE is for; a bare one holds the leads (or deals).

    Parameters
    ----------
    entity : whose rows a bare file holds; None: leads, or deals where no leads are mapped

    Raises
    ------
    SourceError : an unknown table, two files for one, or a bare file where several tables could be meant
    """
    files: dict[str, Path] = {}
    for text in given:
        name, is_named, path = text.partition("=")
        if not is_named or name not in workspace.tables:
            if is_named and not Path(text).is_file():
                raise SourceError(f'--input {text}: there is no table "{name}" under [tables] in leadcast.toml; '
                                  f"there is {', '.join(_root_names(workspace))}.")
            name, path = _main_table(workspace, entity or ("lead" if workspace.leads else "opportunity")), text
        if workspace.tables[name].of is not None:
            raise SourceError(f"--input {text}: the table {name} is made of {_root(workspace, name)}; give that one.")
        if name in files:
            raise SourceError(f"--input {text}: there is a file for the table {name} already; write TABLE=FILE for each.")
        files[name] = Path(path)
    return files


def _root_names(workspace: Workspace) -> list[str]:
    return [name for name, table in workspace.tables.items() if table.of is None]


def _root(workspace: Workspace, table: str) -> str:
    while (of := workspace.tables[table].of) is not None:
        table = of
    return table


def _main_table(workspace: Workspace, entity: Entity) -> str:
    tables = list(dict.fromkeys(_root(workspace, source.table) for source in sources_of(workspace, entity)))
    if len(tables) != 1:
        raise SourceError(f"--input: {PLURALS[entity]} are read from {', '.join(tables) or 'no table'}; say which one the file "
                          "is for: --input TABLE=FILE.")
    return tables[0]


def score_files(
    workspace: Workspace, bundles: Mapping[str, Bundle], files: Files, as_of: np.datetime64 | None = None, explain: bool = True
) -> Answers:
    """Score every row of files with new leads or deals, in one pass.

    Parameters
    ----------
    bundles : by target; those whose leads or deals no file holds are not asked
    files : by table under [tables]; tables of events and lookups that come along need their own
    as_of : UTC; default: where what the models learned from ends, or the newest time in the files, whichever is later

    Raises
    ------
    SourceError : a file cannot be read, has none of the mapped columns, or holds neither leads nor deals
    """
    from leadcast.mapping import ReferenceTables, read_history

    references = ReferenceTables(workspace)
    frames = {name: _frame(workspace, name, path) for name, path in files.items()}
    learned = max((bundle.facts.trained_as_of for bundle in bundles.values()), default=NO_TIME)
    history = read_history(workspace, frames, references, as_of, None if as_of is not None else learned)
    raw = Tables(workspace, frames, references)
    parts = []
    for bundle in bundles.values():
        scores = Scorer(bundle).table(history, history.end, explain=explain)[0]
        for key, source in numbered(PLURALS[bundle.entity], sources_of(workspace, bundle.entity)):
            if _root(workspace, source.table) in frames:
                rows = _rows(workspace, history, raw, source, key)
                parts.append(_answers(rows, scores, history, bundle))
    spoken = [part for part in parts if part["probability"].notna().any()] or parts  # a file of leads says nothing of deals
    if not spoken:
        raise SourceError(f"--input: {', '.join(files)} hold no row of the leads or deals that {', '.join(bundles)} speak of.")
    notes = [*_missing_columns(workspace, frames), *(_said(f) for f in history.quality.findings)]
    return Answers(pd.concat(spoken, ignore_index=True), history.end, notes, _told(history))


def _frame(workspace: Workspace, name: str, path: Path) -> pd.DataFrame:
    """A file's rows as the table's own files are read, each marked with its place; rows without any id get their number."""
    if not path.name.endswith(ENDINGS):
        raise SourceError(f"--input {path}: its ending says no known format; known are {', '.join(ENDINGS)}.")
    if not path.is_file():
        raise SourceError(f"--input {path}: there is no such file.")
    frame = _read(workspace, name, path)
    mapped = absent_columns(workspace, {name: frozenset()})[name]
    if mapped and not mapped & set(frame.columns):
        raise SourceError(f"--input {path}: none of its columns ({', '.join(list(frame.columns)[:8])}) is one that leadcast.toml "
                          f"maps for the table {name}; these are {', '.join(sorted(mapped)[:12])}.")
    places = np.arange(len(frame)).astype(str)
    ids = {_id_column(source) for entity in PLURALS for source in sources_of(workspace, entity) if source.table == name}
    numbered_rows = {column: [f"row {int(place) + 1}" for place in places] for column in ids - set(frame.columns)}
    return frame.assign(**numbered_rows, **{MARK: places})


def _read(workspace: Workspace, name: str, path: Path) -> pd.DataFrame:
    """The rows as they stand; what stops the reading is told of the file that was given, not of the table's own."""
    source = workspace.tables[name].model_copy(update={"file": str(path.absolute()), "query": None})
    try:
        return read_source(name, source, Path()).frame
    except SourceError as trouble:
        own = f'tables.{name}.file: "{path.absolute()}"'
        raise SourceError(str(trouble).replace(own, f"--input {path}, read as [tables.{name}] says: it")) from None


def _id_column(source: LeadSource | OpportunitySource) -> str:
    return source.columns.lead_id if isinstance(source, LeadSource) else source.columns.opportunity_id


def _rows(workspace: Workspace, history: History, raw: Tables, source: LeadSource | OpportunitySource, key: str) -> pd.DataFrame:
    """Every row of a file (or every case of a log): its number, its id, and why it cannot be scored, if so."""
    whole = raw[source.table]
    counted = filtered(whole, source.where, key).frame
    if _is_of_cases(workspace, source.table):
        return pd.DataFrame({"row": np.arange(len(counted)) + 1, "entity_id": counted[_id_column(source)], "note": None})
    places = raw[_root(workspace, source.table)].frame[MARK].astype(int)
    found = pd.DataFrame({"row": places.to_numpy() + 1, "entity_id": None, "note": LEFT_OUT}, dtype=object)
    mine = counted[MARK].astype(int).to_numpy()
    found.loc[mine, "entity_id"] = counted[_id_column(source)].to_numpy(object)
    found.loc[mine, "note"] = None
    role = "leads" if isinstance(source, LeadSource) else "opportunities"
    rejected = history.quality.rejected.get(role if role == source.table else f"{role}.{source.table}")
    if rejected is not None:
        found.loc[rejected[MARK].astype(int).to_numpy(), "note"] = rejected["reason"].to_numpy(object)
    return found


def _is_of_cases(workspace: Workspace, table: str) -> bool:
    """Is a row of this table made of several of the file (a log's cases)? Then each case is answered once."""
    source = workspace.tables[table]
    return source.first_of is not None or (source.of is not None and _is_of_cases(workspace, source.of))


def _answers(rows: pd.DataFrame, scores: pd.DataFrame, history: History, bundle: Bundle) -> pd.DataFrame:
    """Each row with its score, or with the reason why it has none."""
    readable = rows["note"].isna()
    answer = rows[readable].merge(scores.drop(columns=["entity"]), on="entity_id", how="left")
    known, unscored = set(history.ids(bundle.entity)), answer["probability"].isna()
    answer["note"] = answer["note"].astype(object)
    absent = _not_there(history, bundle.entity)
    answer.loc[unscored, "note"] = [CLOSED if i in known else absent for i in answer.loc[unscored, "entity_id"]]
    answer = pd.concat([answer, rows[~readable]], ignore_index=True).sort_values("row", kind="stable", ignore_index=True)
    return answer.assign(target=bundle.target.name).reindex(columns=ANSWER)


def _not_there(history: History, entity: Entity) -> str:
    what = "lead" if entity == "lead" else "deal"
    return f"no such {what} by {minute(history.end)}" if is_shown(history.end) else f"it is no {what}"


def _missing_columns(workspace: Workspace, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    sent = {name: frozenset(frame.columns) for name, frame in frames.items()}
    absent = {name: columns for name, columns in absent_columns(workspace, sent).items() if columns and name in frames}
    notes = [f"{name}: not in the file, so missing in every row: {', '.join(sorted(some))}" for name, some in absent.items()]
    rows = {name: [dict.fromkeys(columns)] for name, columns in sent.items()}
    return [*notes, *mistyped(rows, asked_columns(workspace))]


def _said(finding: Finding) -> str:
    return f"{finding.table}: {finding.rows:,} x {finding.problem} ({finding.example})"


def _told(history: History) -> dict[str, pd.DataFrame]:
    """Rejected rows with their number in the file in place of our mark."""
    rejected = history.quality.rejected.items()
    return {name: rows.assign(row=rows[MARK].astype(int) + 1).drop(columns=MARK) for name, rows in rejected}

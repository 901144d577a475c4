"""Stage entries from rows of a table: old and new values, dates, a current-stage column, an outcome column."""

import numpy as np
import pandas as pd

from leadcast.mapping.known import WORDS, Known
from leadcast.mapping.numbers import parse_numbers
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stage_changes import CHANGES, KIND, OLD, TODAY, VALUES
from leadcast.mapping.texts import is_missing
from leadcast.table import NOT_A_TIME, Table
from leadcast.vocabulary import Vocabulary
from leadcast.workspace.model import StagesFromCurrent, StagesFromDates, StagesFromOutcome, StagesFromRows

OTHERS = "*"
RowSource = StagesFromRows | StagesFromDates | StagesFromCurrent | StagesFromOutcome


class StageReader:
    """Reads one ``[[stages]]`` source about leads or deals."""

    def __init__(self, reading: Reading, vocabulary: Vocabulary, known: Known, key: str) -> None:
        self.reading, self.known, self.key = reading, known, key
        self.pipelines = vocabulary.pipelines_of(known.entity)
        self.stages = {stage for p in self.pipelines for stage in (*p.stages, *p.won, *p.lost)}

    def read(self, source: RowSource) -> list[Table]:
        """One table of entries, or one per date column."""
        if isinstance(source, StagesFromDates):
            return [self._from_date(source, column, stage) for column, stage in source.dates.items()]
        if isinstance(source, StagesFromRows):
            return [self._from_rows(source)]
        return [self._from_current(source) if isinstance(source, StagesFromCurrent) else self._from_outcome(source)]

    def _rows(self, source: RowSource) -> Rows:
        rows = Rows(self.reading, "stages", self.key, source.table, source.where)
        rows.need(source.columns)
        return rows

    # ---- old and new values, property history -----------------------------------------------------------------

    def _from_rows(self, source: StagesFromRows) -> Table:
        rows, columns = self._rows(source), source.columns
        ids, _ = self.known.claim(rows, columns.id)
        rows.reject(is_missing(rows.texts(columns.stage)), "stage is missing", columns.stage)
        stage, old = (_renamed(rows.texts(column), source.values) for column in (columns.stage, columns.old_stage))
        self._reject_unknown(rows, stage, columns.stage)
        entered = rows.times("entered_at", columns.entered_at, required=True)
        kind = CHANGES if columns.old_stage else VALUES
        return rows.finish({**self._entries(rows, source, ids, stage, entered), OLD: old, KIND: np.full(len(rows), kind, object)})

    # ---- one row per lead or deal -----------------------------------------------------------------------------

    def _from_date(self, source: StagesFromDates, column: str, stage: str) -> Table:
        rows = self._rows(source)
        rows.raw.need([(column, f"{self.key}.dates")])
        rows.leave_out(is_missing(rows.texts(column)))
        ids, _ = self.known.claim(rows, source.columns.id)
        entered = rows.times(column, column, required=True)
        return rows.finish(self._entries(rows, source, ids, np.full(len(rows), stage, object), entered))

    def _from_current(self, source: StagesFromCurrent) -> Table:
        rows, columns = self._rows(source), source.columns
        rows.leave_out(is_missing(rows.texts(columns.stage)))
        ids, _ = self.known.claim(rows, columns.id)
        stage = _renamed(rows.texts(columns.stage), source.values)
        self._reject_unknown(rows, stage, columns.stage)
        entered = rows.times("entered_at", columns.entered_at)
        if self._is_dual_use(source):
            closed = {s for p in self.pipelines for s in p.closed}
            entered[[s not in closed for s in stage]] = NOT_A_TIME
        return rows.finish({**self._entries(rows, source, ids, stage, entered), KIND: np.full(len(rows), TODAY, object)})

    def _is_dual_use(self, source: StagesFromCurrent) -> bool:
        """While a deal is open, the one close-date column says nothing about when its stage was entered."""
        dual = {o.columns.close_date for o in self.reading.workspace.opportunities} - {None}
        return source.entity == "opportunity" and source.columns.entered_at in dual

    def _from_outcome(self, source: StagesFromOutcome) -> Table:
        rows, columns = self._rows(source), source.columns
        named = {_word(text): ending for ending in ("open", "lost", "won") for text in getattr(source, ending)}
        other = named.pop(OTHERS, None)
        blank = "open" if rows.raw.lenient else source.blank  # whoever asks for a score does not know the outcome
        found = rows.texts(columns.stage)
        endings = {text: named.get(_word(text), other) for text in set(found) - {None}} | {None: blank}
        ending = np.array([endings[text] for text in found], dtype=object)
        rows.leave_out(ending == "open")
        ids, _ = self.known.claim(rows, columns.id)
        rows.reject(pd.isna(ending), f"the outcome is in none of the lists won, lost and open of {self.key}", columns.stage)
        stage = np.array([self._own_word(e) for e in _renamed(ending, source.values)], dtype=object)
        return rows.finish(self._entries(rows, source, ids, stage, rows.times("entered_at", columns.entered_at)))

    def _own_word(self, ending: str | None) -> str | None:
        """"won" and "lost" in the words of the pipeline, where it has others."""
        if ending not in ("won", "lost") or ending in self.stages:
            return ending
        own = [stage for p in self.pipelines for stage in (p.won if ending == "won" else p.lost)]
        return own[0] if own else ending

    # ---- shared -----------------------------------------------------------------------------------------------

    def _entries(
        self, rows: Rows, source: RowSource, ids: np.ndarray, stage: np.ndarray, entered: np.ndarray
    ) -> dict[str, np.ndarray]:
        return {"entity": np.full(len(ids), self.known.entity, object), "entity_id": ids, "stage": stage, "entered_at": entered,
                "recorded_at": rows.times("recorded_at", source.columns.recorded_at), "reason": rows.texts(source.columns.reason)}

    def _reject_unknown(self, rows: Rows, stage: np.ndarray, column: str | None) -> None:
        named = rows.kept & ~pd.isna(stage)
        for name in sorted(set(stage[named]) - self.stages):
            rows.reject(np.equal(stage, name), f'"{name}" is a stage of no {WORDS[self.known.entity]} pipeline; add it to the '
                        f'stages under [[pipelines]], or rename it: values = {{ "{name}" = "..." }} under {self.key}', column)


def _renamed(stages: np.ndarray, values: dict[str, str]) -> np.ndarray:
    return np.array([values.get(stage, stage) for stage in stages], dtype=object)


def _word(text: str) -> str:
    """A value as outcomes are compared: in any case, numbers by size ("1.0" is "1")."""
    number = parse_numbers(np.array([text], object))[0][0]
    return text.casefold() if np.isnan(number) else repr(float(number))

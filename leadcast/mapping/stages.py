"""Stage entries from all sources but silence, which comes last (:mod:`leadcast.mapping.silence`)."""

from collections.abc import Mapping

from leadcast.mapping.known import Known
from leadcast.mapping.reading import Reading
from leadcast.mapping.stack import stacked
from leadcast.mapping.stage_changes import WORKING, changes_only
from leadcast.mapping.stage_events import stages_from_events
from leadcast.mapping.stage_rows import StageReader
from leadcast.schema import STAGES
from leadcast.table import Table
from leadcast.vocabulary import Entity, Vocabulary
from leadcast.workspace.model import StagesFromEvents, StagesFromSilence
from leadcast.workspace.sections import numbered


def read_stages(reading: Reading, vocabulary: Vocabulary, known: Mapping[Entity, Known], events: Table) -> Table:
    """All stage entries; one that no date tells has neither ``entered_at`` nor ``recorded_at`` yet.

    Rejected: rows about no known lead or deal, stages of no pipeline, unreadable dates.
    """
    tables: list[Table] = []
    for key, source in numbered("stages", reading.workspace.stages):
        if isinstance(source, StagesFromEvents):
            tables.append(stages_from_events(reading, source, known[source.entity], events, key))
        elif not isinstance(source, StagesFromSilence):
            tables += StageReader(reading, vocabulary, known[source.entity], key).read(source)
    return changes_only(reading, vocabulary, known, stacked(STAGES, tables, WORKING))

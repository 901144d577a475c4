"""The mapping: from a user's own tables to a history, by configuration alone."""

from leadcast.mapping.read import can_stand_side_by_side, read_history, read_side_by_side
from leadcast.mapping.rejected import write_rejected
from leadcast.mapping.tables import ReferenceTables
from leadcast.mapping.vocabulary import vocabulary_of

__all__ = ["ReferenceTables", "can_stand_side_by_side", "read_history", "read_side_by_side", "vocabulary_of", "write_rejected"]

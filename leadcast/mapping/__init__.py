"""The mapping: from a user's own tables to a history, by configuration alone."""

from leadcast.mapping.read import read_history
from leadcast.mapping.rejected import write_rejected
from leadcast.mapping.tables import ReferenceTables
from leadcast.mapping.vocabulary import vocabulary_of

__all__ = ["ReferenceTables", "read_history", "vocabulary_of", "write_rejected"]

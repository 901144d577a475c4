"""``leadcast init``: look at a user's files and draft a first, commented ``leadcast.toml``."""

from pathlib import Path

from leadcast.draft.compose import compose
from leadcast.draft.files import read_tables
from leadcast.draft.profile import TableProfile
from leadcast.draft.roles import facts_about
from leadcast.draft.toml_text import QUESTION
from leadcast.errors import SourceError

__all__ = ["QUESTION", "draft_workspace"]


def draft_workspace(files: list[Path], folder: Path) -> str:
    """The text of a first ``leadcast.toml`` for these files.

    Every guess that a person should confirm stands under a comment that starts with ``QUESTION``; the text is
    valid as it is.

    Parameters
    ----------
    files : the export's files (.csv, .csv.gz, .parquet, .jsonl)
    folder : where the leadcast.toml will lie; the files are named as seen from there

    Raises
    ------
    SourceError : a file cannot be read, or none of them looks like leads, deals or a log of events
    """
    home = folder.absolute()
    data, tables = read_tables(files, home)
    facts = facts_about(tables)
    if not any(facts.of(role) for role in ("leads", "opportunities", "log")):
        raise SourceError(f"None of the files looks like leads, deals or a log of events; found {_seen(tables)}. "
                          "Leads and deals need a column that tells rows apart, and a date or an outcome. Or write "
                          "leadcast.toml by hand: docs/workspace.md has a worked mapping for each kind of source.")
    return compose(facts, data, home.name)


def _seen(tables: list[TableProfile]) -> str:
    """Each table with its first columns."""
    firsts = {t.name: [c.name for c in t.columns[:4]] + ["..."] * (len(t.columns) > 4) for t in tables}
    return "; ".join(f"{name} ({', '.join(columns)})" for name, columns in firsts.items())

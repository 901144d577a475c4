"""``leadcast init``: look at a user's files and draft a first, commented ``leadcast.toml``."""

from pathlib import Path

from leadcast.draft.compose import compose
from leadcast.draft.profile import profile_file
from leadcast.draft.roles import guess_roles
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
    folder : where the leadcast.toml will lie; paths are written relative to it where they can be

    Raises
    ------
    SourceError : a file cannot be read, or none of them looks like leads, deals or a log of events
    """
    tables = [profile_file(path.resolve(), folder.resolve()) for path in files]
    guess = guess_roles(tables)
    if not {"leads", "opportunities", "events"} & set(guess.roles.values()):
        found = ", ".join(f"{t.name} ({', '.join(c.name for c in t.columns[:4])}, ...)" for t in tables)
        raise SourceError(
            f"None of the files looks like leads, deals or a log of events; found {found}. "
            "Write leadcast.toml by hand: docs/workspace.md has a worked mapping for each kind of source."
        )
    return compose(tables, guess, folder.resolve().name)

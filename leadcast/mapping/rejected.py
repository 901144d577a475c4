"""Rejected rows are kept, with their reason."""

from pathlib import Path

from leadcast.errors import LeadcastError
from leadcast.quality import Quality


class RejectedError(LeadcastError):
    """Rejected rows that cannot be written."""


def write_rejected(quality: Quality, folder: Path) -> list[Path]:
    """Write one CSV per table, as the rows were read, with a last column ``reason``.

    Parameters
    ----------
    folder : ``.leadcast/rejected`` of the workspace; made where it is absent. Files of an earlier reading are removed

    Returns
    -------
    the files written

    Raises
    ------
    RejectedError : the folder cannot be written
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.csv"):
            old.unlink()
        for table, rows in sorted(quality.rejected.items()):
            path = folder / f"{table}.csv"
            rows.to_csv(path, index=False)
            written.append(path)
    except OSError as refused:
        raise RejectedError(f"The rejected rows cannot be kept in {folder}: {refused.strerror}. Make the workspace's folder "
                            "writable, or copy leadcast.toml into one that is and give --data.") from None
    return written

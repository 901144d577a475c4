"""Rejected rows are kept, with their reason."""

from pathlib import Path

from leadcast.quality import Quality


def write_rejected(quality: Quality, folder: Path) -> list[Path]:
    """Write one CSV per table, as the rows were read, with a last column ``reason``.

    Parameters
    ----------
    folder : ``.leadcast/rejected`` of the workspace; made where it is absent. Files of an earlier reading are removed

    Returns
    -------
    the files written
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    written = []
    for table, rows in sorted(quality.rejected.items()):
        path = folder / f"{table}.csv"
        rows.to_csv(path, index=False)
        written.append(path)
    return written

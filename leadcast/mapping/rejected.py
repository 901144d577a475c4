"""Rejected rows are kept, with their reason."""

from pathlib import Path

from leadcast.quality import Quality


def write_rejected(quality: Quality, folder: Path) -> list[Path]:
    """Write one CSV per table to ``folder``/.leadcast/rejected/, as the rows were read, with a last column ``reason``.

    Files of an earlier reading are replaced; those of tables without rejected rows are removed.

    Returns
    -------
    the files written
    """
    place = folder / ".leadcast" / "rejected"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.csv"):
        old.unlink()
    written = []
    for table, rows in sorted(quality.rejected.items()):
        path = place / f"{table}.csv"
        rows.to_csv(path, index=False)
        written.append(path)
    return written

"""Raw tables from files and databases; the only module that speaks SQL."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from leadcast.errors import SourceError
from leadcast.mapping.raw import TEXT, RawTable, from_frame, text_of
from leadcast.workspace.model import TableSource

ENDINGS = (".csv", ".csv.gz", ".parquet", ".jsonl")


def read_source(name: str, source: TableSource, folder: Path) -> RawTable:
    """One of the user's tables as trimmed text, before any cleaning.

    Parameters
    ----------
    folder : where the files lie

    Raises
    ------
    SourceError : a file is absent, unreadable or of an unknown kind; the database does not answer
    """
    comma = source.decimal == ","
    if source.query is not None:
        return from_frame(name, _read_query(name, source, folder), origin="its query", comma=comma)
    files = [source.file] if isinstance(source.file, str) else list(source.file or ())
    frames = [_read_file(f"tables.{name}.file", file, source, folder) for file in files]
    frame = frames[0] if len(frames) == 1 else pd.concat([_texts(f, comma) for f in frames], ignore_index=True)
    return from_frame(name, frame, origin=", ".join(files), comma=comma)


def _texts(frame: pd.DataFrame, comma: bool) -> pd.DataFrame:
    return from_frame("", frame, comma=comma).frame


# ---- files ----------------------------------------------------------------------------------------------------


def _read_file(key: str, file: str, source: TableSource, folder: Path) -> pd.DataFrame:
    path = folder / file
    if not path.is_file():
        raise SourceError(f'{key}: "{file}" is not in the data folder {folder}, which {_listing(folder)}. '
                          f'Correct the name, or say where the files are: data = "..." under [workspace], or --data DIR.')
    with _readable(key, file):
        if file.endswith(".parquet"):
            return pd.read_parquet(path, dtype_backend="pyarrow")
        if file.endswith(".jsonl"):
            return _read_jsonl(path, source.decimal == ",")
        return _read_csv(path, source)


def _read_csv(path: Path, source: TableSource) -> pd.DataFrame:
    """CSV as text: ids such as 001 survive."""
    encoding = "utf-8-sig" if source.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else source.encoding
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, sep=source.delimiter, encoding=encoding)
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("its rows have more fields than its header")
    return frame


def _read_jsonl(path: Path, comma: bool) -> pd.DataFrame:
    records = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    record = json.loads(line)
                except json.JSONDecodeError as error:
                    raise ValueError(f"line {number} is not JSON ({error.msg})") from None
                if not isinstance(record, dict):
                    raise ValueError(f"line {number} is not a JSON object")
                records.append(record)
    names = dict.fromkeys(name for record in records for name in record)
    return pd.DataFrame({n: pd.Series([text_of(r.get(n), comma) for r in records], dtype=TEXT) for n in names})


def _listing(folder: Path) -> str:
    if not folder.is_dir():
        return "does not exist"
    files = sorted(p.name for p in folder.iterdir() if p.name.endswith(ENDINGS))
    more = f" and {len(files) - 12} more" if len(files) > 12 else ""
    return f"holds {', '.join(files[:12])}{more}" if files else "holds no table"


@contextmanager
def _readable(key: str, file: str) -> Iterator[None]:
    """Name the file and what to do where a reader stumbles."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceError(f'{key}: "{file}" is not {error.encoding}; say its encoding, such as encoding = "latin-1".') from None
    except pd.errors.EmptyDataError:
        raise SourceError(f'{key}: "{file}" is empty, it has not even a header. Export it again, or name another file.') from None
    except LookupError as error:
        raise SourceError(f'{key}: "{file}" cannot be read: {error}.') from None
    except (ValueError, OSError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).replace("Error tokenizing data. C error: ", "").split()).rstrip(".")
        raise SourceError(f'{key}: "{file}" cannot be read: {reason}.') from None


# ---- databases ------------------------------------------------------------------------------------------------


def _read_query(name: str, source: TableSource, folder: Path) -> pd.DataFrame:
    import sqlalchemy

    key = f"tables.{name}"
    url = source.url or os.environ.get(source.url_env or "")
    if not url:
        raise SourceError(f"{key}.url_env: the environment variable {source.url_env} is not set; it holds the database's URL.")
    try:
        engine = sqlalchemy.create_engine(_local(key, url, folder))
    except sqlalchemy.exc.ArgumentError:
        raise SourceError(f"{key}: the database's URL cannot be parsed; right would be sqlite:///crm.db or "
                          "postgresql+psycopg://user@host/name.") from None
    except ImportError as error:
        raise SourceError(f"{key}: the database's driver is not installed ({error}); install it beside Leadcast.") from None
    try:
        with engine.connect() as connection:
            result = connection.execute(sqlalchemy.text(str(source.query)))
            names, rows = list(result.keys()), result.fetchall()
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SourceError(f"{key}.query: {engine.url.render_as_string(hide_password=True)} answers: {reason}.") from None
    finally:
        engine.dispose()
    comma = source.decimal == ","
    return pd.DataFrame({n: pd.Series([text_of(row[i], comma) for row in rows], dtype=TEXT) for i, n in enumerate(names)})


def _local(key: str, url: str, folder: Path) -> str:
    """A SQLite file is looked for in the data folder; SQLite itself would make an empty one in silence."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix or ":memory:" in url:
        return url
    path = folder / url.removeprefix(prefix)
    if not path.is_file():
        raise SourceError(f'{key}: the SQLite file "{url.removeprefix(prefix)}" is not in the data folder {folder}.')
    return prefix + str(path)

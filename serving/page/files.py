"""The page's files, read once: a fingerprint of all of them is in their addresses, so that browsers may keep them for ever."""

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".json": "application/json", ".svg": "image/svg+xml"}
SMALL_BYTES = 1_000


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent.

    Attributes
    ----------
    gzipped : None where it would not be smaller
    """

    kind: str
    content: bytes
    gzipped: bytes | None


@dataclass(frozen=True)
class PageFiles:
    """``index`` is the page itself; the others by their place below ``page/VERSION/``."""

    version: str
    index: PageFile
    others: dict[str, PageFile]


@cache
def page_files(folder: Path = FOLDER) -> PageFiles:
    """Read the page's files; without the chart library, which :mod:`serving.page.pack` puts there, it shows no charts.

    Examples
    --------
    >>> page_files().others["js/dom.js"].kind
    'text/javascript; charset=utf-8'
    """
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.suffix in TYPES}
    contents = {name: path.read_bytes() for name, path in found.items()}
    version = sha256(b"".join(name.encode() + sha256(content).digest() for name, content in contents.items())).hexdigest()[:12]
    index = contents.pop("index.html").decode()
    modules = [name for name in contents if name.startswith("js/") and name != "js/theme.js" and "/views/" not in name]
    preloads = "\n".join(f'<link rel="modulepreload" href="page/{version}/{name}">' for name in modules)
    shown = index.replace("{version}", version).replace("{preloads}", preloads)
    return PageFiles(version, _file("index.html", shown.encode()), {name: _file(name, text) for name, text in contents.items()})


def _file(name: str, content: bytes) -> PageFile:
    packed = gzip.compress(content, 9, mtime=0) if len(content) >= SMALL_BYTES else None
    return PageFile(TYPES[Path(name).suffix], content, packed)

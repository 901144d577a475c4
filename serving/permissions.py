"""Which scope a path needs: one table, the first line that fits."""

from serving.caller import Scope

READING = frozenset({"GET", "HEAD", "OPTIONS"})
ANY: frozenset[str] = frozenset()
OPEN: tuple[tuple[frozenset[str], str], ...] = (
    (READING, "/livez"), (READING, "/readyz"), (frozenset({"POST", "DELETE", "OPTIONS"}), "/v1/session"),
    (READING, "/"),
)
"""What everybody may ask, without a key: exactly these paths, and the files of the page, which hold no data."""
FILES_OF_PAGE = "/page/"
NEEDED: tuple[tuple[frozenset[str], str, Scope], ...] = (
    (ANY, "/v1/keys", "admin"),
    (ANY, "/v1/jobs", "score"),
    (frozenset({"POST"}), "/v1/score", "score"),
    (frozenset({"DELETE"}), "/", "admin"),
    (READING, "/", "read"),
    (frozenset({"POST"}), "/v1/forecast", "read"),
    (frozenset({"POST"}), "/v1/scenarios", "read"),
    (frozenset({"POST"}), "/v1/calls", "ingest"),
    (frozenset({"PUT"}), "/v1", "ingest"),
)
"""Methods (empty: any), path and below it, scope."""


def is_open(method: str, path: str) -> bool:
    """May everybody ask for it, without a key?

    Examples
    --------
    >>> is_open("GET", "/"), is_open("GET", "/page/1f0c/js/main.js"), is_open("GET", "/v1/leads")
    (True, True, False)
    """
    is_of_page = method in READING and path.startswith(FILES_OF_PAGE)
    return is_of_page or any(method in methods and path == open_path for methods, open_path in OPEN)


def needed(method: str, path: str) -> Scope:
    """The scope that a path needs; what the table does not know is for admin alone, what is not there needs one as well.

    Examples
    --------
    >>> needed("POST", "/v1/score/leads"), needed("GET", "/v1/leads/L1"), needed("DELETE", "/v1/leads/L1")
    ('score', 'read', 'admin')
    >>> needed("GET", "/nothing"), needed("POST", "/nothing"), needed("POST", "/v1/scores")
    ('read', 'admin', 'admin')
    """
    for methods, prefix, scope in NEEDED:
        if (not methods or method in methods) and (path == prefix or path.startswith(prefix.rstrip("/") + "/")):
            return scope
    return "admin"

"""Who belongs to whom, as of a moment."""

import numpy as np

from leadcast.table import Table


def of_owners(owners: Table, column: str, as_of: np.datetime64) -> dict[str, str | None]:
    """Each owner's manager, region or name, by the newest row valid at a moment.

    A row without ``valid_from`` has always been valid, and any dated one goes before it.

    Parameters
    ----------
    owners : the canonical table
    column : manager, region or name

    Examples
    --------
    >>> text, day = (lambda *t: np.array(t, object)), (lambda *t: np.array(t, "datetime64[us]"))
    >>> team = Table({"owner": text("ann", "ann"), "region": text("North", "South"), "valid_from": day("NaT", "2026-03-01")})
    >>> of_owners(team, "region", np.datetime64("2026-02-28")), of_owners(team, "region", np.datetime64("2026-03-01"))
    ({'ann': 'North'}, {'ann': 'South'})
    """
    since = owners["valid_from"]
    undated = np.flatnonzero(np.isnat(since))
    dated = np.flatnonzero(since <= as_of)
    valid = [*undated, *dated[np.argsort(since[dated], kind="stable")]]
    return {owners["owner"][row]: owners[column][row] for row in valid}

"""What ``leadcast features --list`` prints: every feature with its unit, its group and one line of documentation."""

import pandas as pd

from leadcast.contract import Contract


def describe(contract: Contract) -> pd.DataFrame:
    """One row per feature in order: name, unit, group (fit, engagement or deal), doc.

    Examples
    --------
    >>> from leadcast.contract import Feature
    >>> describe(Contract((Feature("age_days", "days", "Days since its creation", "deal"),))).to_dict("records")
    [{'name': 'age_days', 'unit': 'days', 'group': 'deal', 'doc': 'Days since its creation'}]
    """
    rows = [(f.name, f.unit, f.about, f.doc) for f in contract.features]
    return pd.DataFrame(rows, columns=["name", "unit", "group", "doc"])

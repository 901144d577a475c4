"""Texts to numbers and flags."""

import math
import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from leadcast.mapping.raw import plain

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DOTTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?")
_CURRENCY = str.maketrans("", "", "€$£¥ \u00a0\u202f'")
_FLAGS = {"true": 1.0, "yes": 1.0, "1": 1.0, "t": 1.0, "y": 1.0, "1.0": 1.0, "on": 1.0,
          "false": 0.0, "no": 0.0, "0": 0.0, "f": 0.0, "n": 0.0, "0.0": 0.0, "off": 0.0}


def parse_numbers(texts: np.ndarray | pd.Series, comma: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (NaN where missing or none), and which filled texts are no number; each of shape (n,).

    Currency signs, spaces and thousands separators are dropped. ``comma``: decimals stand after a comma; a dot that does not
    set off thousands makes the text no number, as a comma that does not does otherwise.

    Examples
    --------
    >>> parse_numbers(pd.Series(["1,234.50", "€ 7", "a few"], dtype="str"))
    (array([1234.5,    7. ,    nan]), array([False, False,  True]))
    """
    return _by_value(texts, lambda text: _number(text, comma))


def parse_flags(texts: np.ndarray | pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """1.0 for true, yes, t, y, on, 1; 0.0 for false, no, f, n, off, 0 (in any case); and which texts are neither."""
    return _by_value(texts, lambda text: _FLAGS.get(text.casefold(), math.nan))


def _by_value(texts: np.ndarray | pd.Series, parse: Callable[[str], float]) -> tuple[np.ndarray, np.ndarray]:
    """Each distinct text is read once, by Python itself: the same text gives the same number everywhere, to the last bit."""
    found: dict[str | None, float] = {None: math.nan}
    rows = plain(texts).tolist()
    for text in rows:
        if text not in found:
            found[text] = parse(text)
    values = np.array([found[text] for text in rows], np.float64)
    return values, np.isnan(values) & np.array([text is not None for text in rows], bool)


def _number(text: str, comma: bool) -> float:
    plain = text.translate(_CURRENCY)
    if comma:
        if "." in plain and not _DOTTED.fullmatch(plain):
            return math.nan
        plain = plain.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if "_" in plain:
        return math.nan
    try:
        number = float(plain)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan

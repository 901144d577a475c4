"""Texts to numbers and flags."""

import math
import re

import numpy as np
import pandas as pd

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_DOTTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?")
_CURRENCY = str.maketrans("", "", "€$£¥ \u00a0\u202f'")
_FLAGS = {"true": 1.0, "yes": 1.0, "1": 1.0, "t": 1.0, "y": 1.0, "1.0": 1.0, "on": 1.0,
          "false": 0.0, "no": 0.0, "0": 0.0, "f": 0.0, "n": 0.0, "0.0": 0.0, "off": 0.0}


def parse_numbers(texts: pd.Series, comma: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (NaN where missing or none), and which filled texts are no number; each of shape (n,).

    Currency signs, spaces and thousands separators are dropped. ``comma``: decimals stand after a comma; a dot that does not
    set off thousands makes the text no number, as a comma that does not does otherwise.

    Examples
    --------
    >>> parse_numbers(pd.Series(["1,234.50", "€ 7", "a few"], dtype="str"))
    (array([1234.5,    7. ,    nan]), array([False, False,  True]))
    """
    return _by_value(texts, lambda text: _number(text, comma))


def parse_flags(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """1.0 for true, yes, t, y, on, 1; 0.0 for false, no, f, n, off, 0 (in any case); and which texts are neither."""
    return _by_value(texts, lambda text: _FLAGS.get(text.casefold(), math.nan))


def _by_value(texts: pd.Series, parse) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    """Each distinct text is read once, by Python itself: the same text gives the same number everywhere, to the last bit."""
    codes, distinct = pd.factorize(texts)
    values = np.array([*(parse(text) for text in distinct), math.nan])[codes]
    return values, np.isnan(values) & (codes >= 0)


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

"""Durations, amounts and shares in the sentences of funnels."""

from math import floor, log10


def duration_said(days: float) -> str:
    """A duration for a person to read.

    Examples
    --------
    >>> [duration_said(days) for days in (0.0002, 0.02, 0.5, 3.04, 123.4)]
    ['less than a minute', '29 minutes', '12.0 hours', '3.0 days', '123 days']
    """
    minutes = days * 1440
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes:.0f} minute{'' if round(minutes) == 1 else 's'}"
    return f"{days * 24:.1f} hours" if days < 2 else f"{days:.1f} days" if days < 10 else f"{days:,.0f} days"


def money_said(amount: float, currency: str = "") -> str:
    """An amount as a person remembers it: three digits that mean something.

    Examples
    --------
    >>> money_said(4_370_954.2, "EUR"), money_said(987.6), money_said(0.0)
    ('4,370,000 EUR', '988', '0')
    """
    rounded = round(amount, 2 - floor(log10(abs(amount)))) if amount else 0.0
    return f"{rounded:,.0f} {currency}".strip()


def share_said(share: float) -> str:
    """A share in whole percent.

    Examples
    --------
    >>> share_said(0.123)
    '12 %'
    """
    return f"{share:.0%}".replace("%", " %")

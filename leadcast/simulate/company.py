"""The small company behind the simulated CRM: its people, products, markets and calendar. All fixed, nothing random."""

import numpy as np

from leadcast.table import TIME, Table

START = np.datetime64("2024-07-01T00:00:00", "us")
END = np.datetime64("2026-06-30T00:00:00", "us")
DAYS = float((END - START) / np.timedelta64(1, "D"))
TIMEZONE = "Asia/Singapore"
UTC_OFFSET = np.timedelta64(8, "h")

INDUSTRIES = ("Manufacturing", "Software", "Logistics", "Healthcare", "Finance", "Retail", "Education", "Energy")
COUNTRIES = ("Singapore", "Malaysia", "Indonesia", "Australia", "Germany", "United States")
REGIONS = {
    "Singapore": "SEA", "Malaysia": "SEA", "Indonesia": "SEA", "Australia": "ANZ", "Germany": "West", "United States": "West",
}
CURRENCIES = {"United States": "USD", "Singapore": "USD", "Indonesia": "USD"}
ROLES = ("IT", "Operations", "Finance", "Marketing", "Sales", "Student")
SENIORITIES = ("C-level", "Director", "Manager", "Staff")
SOURCES = ("google", "direct", "referral", "webinar", "linkedin", "newsletter", "fair", "outbound")
CAMPAIGNS = ("spring-launch", "price-guide", "case-studies", "partner-days")
REQUESTS = ("download", "prices", "demo")
INTENTS = ("browsing", "evaluating", "buying")
SEGMENTS = ("small", "middle", "enterprise")
LOST_LEAD_REASONS = ("no answer", "no budget", "wrong fit", "too early")
LOST_DEAL_REASONS = ("price", "competitor", "no decision", "missing feature")

LEAD_STAGES = ("new", "mql", "sql", "converted")
LEAD_LOST = "disqualified"
DEAL_STAGES = ("discovery", "proposal", "negotiation", "won")
DEAL_LOST = "lost"
CATEGORIES = {"discovery": "pipeline", "proposal": "best case", "negotiation": "commit", "won": "closed", "lost": "omitted"}

# product, line, list price in its currency for a company of 100, margin share
PRODUCTS = (("Core", "platform", 9_000.0, 0.72), ("Plus", "platform", 16_000.0, 0.70), ("Analytics", "add-on", 6_000.0, 0.80),
            ("Suite", "platform", 34_000.0, 0.64), ("Rollout", "services", 12_000.0, 0.35))

# owner, name, manager, region, skill in log-odds
OWNERS = (
    ("u01", "Aisha Rahman", "m01", "SEA", 0.25),
    ("u02", "Ben Tan", "m01", "SEA", -0.20),
    ("u03", "Citra Dewi", "m01", "SEA", 0.05),
    ("u04", "Daniel Lim", "m02", "SEA", -0.10),
    ("u05", "Ella Brown", "m02", "ANZ", 0.15),
    ("u06", "Finn Walsh", "m02", "ANZ", -0.25),
    ("u07", "Grace Kelly", "m02", "ANZ", 0.00),
    ("u08", "Hanna Vogel", "m03", "West", 0.20),
    ("u09", "Ivan Petrov", "m03", "West", -0.15),
    ("u10", "Julia Stein", "m03", "West", 0.10),
)
# One owner moves to another manager in the second year.
OWNER_MOVES = (("u04", "Daniel Lim", "m01", "SEA", np.datetime64("2025-07-01T00:00:00", "us")),)


def moment(days: np.ndarray) -> np.ndarray:
    """Days since the start of the data to UTC moments, in whole seconds; NaN becomes NaT."""
    known = np.isfinite(days)
    seconds = np.floor(np.where(known, days, 0.0) * 86_400.0).astype("timedelta64[s]")
    return np.where(known, START + seconds, np.datetime64("NaT", "us")).astype(TIME)


def creation_days(first: int, count: int, leads: int) -> np.ndarray:
    """When leads ``first``, ``first + 1``, ... of ``leads`` are created: lead i at the i-th quantile, in days since the start.

    Business grows by a third in a year, rests at weekends and at night (local time), and slows down a little in summer.
    """
    hours = np.arange(int(DAYS) * 24)
    local = hours + int(UTC_OFFSET / np.timedelta64(1, "h"))
    weekday = (START.astype("datetime64[D]").astype(int) + 3 + local // 24) % 7
    by_day = np.where(weekday < 5, 1.0, 0.25)
    by_hour = np.where((local % 24 >= 8) & (local % 24 < 19), 1.0, 0.2)
    season = 1.0 + 0.1 * np.cos(2 * np.pi * hours / 24 / 365.25)
    arrived = np.concatenate(([0.0], np.cumsum(1.35 ** (hours / 24 / 365.25) * by_day * by_hour * season)))
    wanted = (first + np.arange(count) + 0.5) / leads * arrived[-1]
    return np.interp(wanted, arrived, np.arange(len(arrived)) / 24)


def owners() -> Table:
    """The canonical owners: who reports to whom, from when."""
    rows = [(*row[:4], START) for row in OWNERS] + list(OWNER_MOVES)
    names = ("owner", "name", "manager", "region", "valid_from")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Table({n: np.array(c, dtype=TIME if n == "valid_from" else object) for n, c in columns.items()})


def quotas(leads: int) -> Table:
    """The canonical quotas: one per owner and quarter, growing with the business; the next quarter's are set already."""
    quarters = [f"{year}-Q{quarter}" for year in (2024, 2025, 2026) for quarter in (1, 2, 3, 4)][2:11]
    each = [(row[0], row[3], q, round(leads * 11.5 * 1.07**k, -2)) for k, q in enumerate(quarters) for row in OWNERS]
    owner, region, period, amount = zip(*each, strict=True)
    texts = {n: np.array(c, dtype=object) for n, c in (("owner", owner), ("region", region), ("period", period))}
    return Table({**texts, "amount": np.array(amount), "currency": np.full(len(each), "EUR", object)})


def rates() -> Table:
    """Euros for one US dollar, from the first of each month."""
    months = np.arange(np.datetime64("2024-07", "M"), np.datetime64("2026-07", "M")).astype(TIME)
    values = np.round(0.91 + 0.03 * np.sin(np.arange(len(months)) / 4.0), 4)
    return Table({"currency": np.full(len(months), "USD", object), "valid_from": months, "rate": values})

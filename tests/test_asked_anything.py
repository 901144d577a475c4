"""Whatever is asked of forecasts, scenarios, calls and funnels is answered or refused in the one shape, and never breaks."""

import pytest
from asked_service import asked_service, filled_store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PERIODS = st.sampled_from(["quarter", "2026-Q3", "FY2026", "2026-07-01..2026-07-09", "9999", "0001-01-01..0001-01-02", "\u0665"])
NAMES = st.sampled_from(["region", "owner", "stage", "source", "West", "(none)", "latest", "largest", "D000012", "a\x00", ""])
DAYS = st.sampled_from(["2026-08-01", "2027-01-01", "0001-01-01", "2026-02-30"])
TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "2199-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-02-30"])
TEXTS = NAMES | PERIODS | st.text(max_size=12) | st.just("\ud800")
NUMBERS = st.sampled_from([0, 1, 0.5, 7, 1e15, -1, 1e300]) | st.floats(0, 1) | st.integers(-10, 10**20)
ANYTHING = TEXTS | NUMBERS | TIMES | st.none() | st.booleans() | st.lists(TEXTS, max_size=2)
DEAL = st.fixed_dictionaries({"deal_id": NAMES}, optional={"amount": NUMBERS, "close": DAYS, "probability": NUMBERS})
RATE = st.fixed_dictionaries({"column": NAMES, "value": NAMES, "factor": NUMBERS})
HIRE = st.fixed_dictionaries({"reps": st.integers(1, 9), "start": DAYS},
                             optional={"ramp_days": NUMBERS, "per_rep_per_day": NUMBERS})


def asked_by(**known: st.SearchStrategy) -> st.SearchStrategy:
    """Bodies that may be answered, and bodies in which anything may stand."""
    anything = {name: of | ANYTHING for name, of in known.items()}
    return st.fixed_dictionaries({}, optional=known) | st.fixed_dictionaries({}, optional={**anything, "more": ANYTHING})


FORECASTS = asked_by(period=PERIODS, by=NAMES, quota=NUMBERS, weeks=st.integers(1, 4), as_of=TIMES, save=st.booleans())
SCENARIOS = asked_by(period=PERIODS, quota=NUMBERS, deals=st.lists(DEAL, max_size=2), hire=HIRE, drop=st.lists(NAMES, max_size=2),
                     rates=st.lists(RATE, max_size=2))
CALLS = asked_by(period=PERIODS, amount=NUMBERS, count=NUMBERS, owner=NAMES, who=NAMES, note=TEXTS)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | NAMES | PERIODS | TIMES
FUNNELS = st.dictionaries(
    st.sampled_from(["path", "pipeline", "period", "from", "to", "owner", "manager", "region", "source", "where", "by", "as_of",
                     "unit", "stage", "horizon_days", "more"]), PLAIN)
FUNNEL_PATHS = ["/v1/funnel", *(f"/v1/funnel/{view}" for view in ("bottlenecks", "cohorts", "sources", "response"))]


@pytest.fixture(scope="module")
def service(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    with filled_store(trained, folder) as store:
        yield asked_service(trained, store, folder)


@pytest.fixture(scope="module")
def documented(service):
    paths = service.app.openapi()["paths"]
    return {(method.upper(), path): set(found["responses"])
            for path, methods in paths.items() for method, found in methods.items()}


def check(answer, documented, method, path):
    assert answer.status_code < 500 and str(answer.status_code) in documented[method, path], answer.text
    if answer.status_code >= 400:
        told = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert told["code"] and told["status"] == answer.status_code
    else:
        assert "NaN" not in answer.text and "Infinity" not in answer.text


@pytest.mark.parametrize(("path", "bodies"), [("/v1/forecast", FORECASTS), ("/v1/scenarios", SCENARIOS), ("/v1/calls", CALLS)])
def test_any_body_is_answered_or_refused(service, documented, path, bodies):
    @OFTEN
    @given(bodies)
    def ask(body):
        check(service.ask("POST", path, body), documented, "POST", path)

    ask()


def test_any_query_of_a_funnel_is_answered_or_refused(service, documented):
    @OFTEN
    @given(FUNNELS, st.sampled_from(FUNNEL_PATHS))
    def ask(query, path):
        check(service.ask("GET", path, params=query), documented, "GET", path)

    ask()


@pytest.mark.parametrize("path", ["/v1/forecasts", "/v1/calls"])
def test_any_cursor_and_limit_is_answered_or_refused(service, documented, path):
    @OFTEN
    @given(st.dictionaries(
        st.sampled_from(["cursor", "limit", "period", "all"]), PLAIN | st.sampled_from(["1", "0", "501", "true"])))
    def ask(query):
        check(service.ask("GET", path, params=query), documented, "GET", path)

    ask()

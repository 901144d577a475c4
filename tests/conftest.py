"""Where tests find the real data and the real services; in CI their absence is a failure, elsewhere a skip that says so."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures_store import bare_address, postgres_address, store, store_address  # noqa: F401  stores of one's own, on both databases
from fixtures_trained import service, service_without_models, trained  # noqa: F401  the session's trained workspace
from ingested import put, terms  # noqa: F401  batches of records into a store

from leadcast import schema
from leadcast.history import History
from leadcast.table import TIME, Table
from leadcast.vocabulary import Vocabulary

REPOSITORY = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # LightGBM's threads would burn the processor that another process needs
SLOWEST = ("test_serve.py", "test_training.py", "test_faults_service.py", "test_readme.py", "test_schemathesis.py",
           "test_docs_api.py", "test_entity_routes.py", "test_gate_http.py", "test_swap.py", "test_training_command.py",
           "test_refresh.py", "test_oracle.py", "test_fuzz_values.py", "test_jobs.py", "test_keeper.py", "test_promote.py",
           "test_backtest.py", "test_registry.py", "test_service.py", "test_forecast_command.py")
"""Files that take more than ten seconds, the slowest first."""


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # xdist would begin with the files that have the most tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files come first, or one process would end with one of them while the other has nothing left."""
    order = {name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def absent(what: str) -> None:
    """Skip with a reason, or fail where the run insists (LEADCAST_INSIST)."""
    if os.environ.get("LEADCAST_INSIST"):
        pytest.fail(f"{what}, and LEADCAST_INSIST is set")
    pytest.skip(what)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets: LEADCAST_SHARED_DATA, or ../shared/data beside the clone."""
    folder = Path(os.environ.get("LEADCAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        absent(f"real data sets not found in {folder} (set LEADCAST_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def loan_data(shared_data: Path) -> Path:
    return shared_data / "bpi-challenge-2012"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A real PostgreSQL server; LEADCAST_TEST_POSTGRES names another than the local one."""
    import sqlalchemy

    url = os.environ.get("LEADCAST_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    try:
        engine = sqlalchemy.create_engine(url, connect_args={"connect_timeout": 3})
        engine.connect().close()
    except sqlalchemy.exc.OperationalError as refused:
        absent(f"no PostgreSQL server answers ({refused.orig})")
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def written() -> Callable[..., History]:
    """``written(vocabulary, leads=..., events=...)``: a history from small text tables; ``-`` is missing."""
    schemas = {"leads": schema.LEADS, "opportunities": schema.OPPORTUNITIES, "events": schema.EVENTS, "stages": schema.STAGES,
               "fields": schema.FIELDS, "owners": schema.OWNERS, "quotas": schema.QUOTAS, "costs": schema.COSTS}

    def history(vocabulary: Vocabulary, end: str = "2027-01-01", **texts: str) -> History:
        tables = {name: _table(of, texts.get(name, ""), vocabulary) for name, of in schemas.items()}
        return History(vocabulary, **tables, end=np.datetime64(end, "us"))

    return history


def _table(of: schema.TableSchema, text: str, vocabulary: Vocabulary) -> Table:
    header, *lines = [line.split() for line in text.strip().splitlines()] or [[]]
    cells = dict(zip(header, zip(*lines, strict=True), strict=True)) if lines else dict.fromkeys(header, ())
    attributes = {a.name: a.type for a in vocabulary.attributes if f"{a.entity}_id" in of.required}
    rows = len(lines)
    columns = {}
    for name in (*of.columns, *(name for name in attributes if name not in of.columns)):
        texts = [None if v == "-" else v for v in cells.pop(name, ["-"] * rows)]
        if name in of.times or attributes.get(name) == "time":
            columns[name] = np.array(["NaT" if v is None else v for v in texts], TIME)
        elif name in of.numbers or attributes.get(name) in ("number", "flag"):
            columns[name] = np.array([np.nan if v is None else float(v) for v in texts])
        else:
            columns[name] = np.array(texts, object)
    assert not cells, f"{of.name} has no columns {', '.join(cells)}"
    return of.check(Table(columns))

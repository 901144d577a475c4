"""Schemathesis asks the whole API what its OpenAPI allows and what it forbids: no bug, and nothing that is not documented."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fixtures_store import own_database
from fixtures_trained import TrainedWorkspace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import allow_header_conformance, unsupported_method
from whole_api import whole_api

CONFIG = {
    "generation": {"with-security-parameters": False, "deterministic": True},
    "checks": {
        # JSON Schema cannot say all we ask: targets and owners that exist, one of two keys, no NUL, a cursor of ours
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422"]},
    },
}
MODES = list(GenerationMode)
ONCE, USABLE = "Idempotency-Key", re.compile("[!-~]{1,255}")


@dataclass
class Asked:
    """The API behind its gate, with a key that may do everything."""

    schema: Any
    headers: dict[str, str]
    asked: int = 0

    def ask(self, case: Any) -> None:
        self.asked += 1
        if case.headers and USABLE.fullmatch(str(case.headers.get(ONCE, ""))):
            case.headers[ONCE] = f"request-{self.asked}"  # one that came before would be refused, and nothing else be seen
        answer = case.call(headers=self.headers)
        # A path that is too long is refused before anybody looks at the method; "score" may be a job's id for GET and DELETE.
        apart = answer.status_code == 414 or case.path == "/v1/jobs/score"
        case.validate_response(answer, headers=self.headers,
                               excluded_checks=[unsupported_method, allow_header_conformance] if apart else [])

    def operations(self) -> Iterator[Any]:
        return (found.ok() for found in self.schema.get_all_operations())

    def edges(self, operation: Any) -> None:
        """Each boundary of each field."""
        config = self.schema.config.generation_for(operation=operation)
        cases = self.schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=config)
        for case in cases:
            self.ask(case)

    def anything(self, operation: Any, examples: int) -> None:
        """Requests as they should be, and as they should not."""
        @settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.one_of([operation.as_strategy(mode) for mode in MODES]))
        def ask(case: Any) -> None:
            self.ask(case)

        ask()


@contextmanager
def asked(trained: TrainedWorkspace, folder: Path, address: str) -> Iterator[Asked]:
    with whole_api(trained, folder, address) as api:
        config = SchemathesisConfig.from_dict(CONFIG)
        yield Asked(schemathesis.openapi.from_asgi("/openapi.json", api.gate, headers=api.headers, config=config), api.headers)


@pytest.fixture(scope="module")
def on_sqlite(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemathesis")
    with asked(trained, folder / "workspace", f"sqlite:///{folder / 'store.db'}") as found:
        yield found


@pytest.fixture(scope="module")
def on_postgresql(trained, tmp_path_factory, postgres_url):
    with own_database(postgres_url) as address, asked(trained, tmp_path_factory.mktemp("asked") / "workspace", address) as found:
        yield found


def test_openapi_is_what_version_3_1_asks_for(on_sqlite):
    assert on_sqlite.schema.raw_schema["openapi"].startswith("3.1")
    on_sqlite.schema.validate()


def test_the_edges_of_every_field_are_answered_as_documented(on_sqlite, subtests):
    for operation in on_sqlite.operations():
        with subtests.test(operation.label):
            on_sqlite.edges(operation)


def test_anything_is_answered_as_documented(on_sqlite, subtests):
    for operation in on_sqlite.operations():
        with subtests.test(operation.label):
            on_sqlite.anything(operation, 10)


@pytest.mark.long
@pytest.mark.parametrize("database", ["on_sqlite", "on_postgresql"])
def test_far_more_of_anything_is_answered_as_documented(request, database, subtests):
    service = request.getfixturevalue(database)
    for operation in service.operations():
        with subtests.test(operation.label):
            service.edges(operation)
            service.anything(operation, 200)
    print(f"{service.asked} requests")

"""The service's page: its request works as it stands, and the paths it names are those there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_service import AskedService, asked_service, filled_store
from fixtures_trained import TrainedWorkspace
from stored_company import desk_of

from serving.messages import Score, ScoreRequest

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "service.md").read_text(encoding="utf-8")


@pytest.fixture
def service(trained: TrainedWorkspace, tmp_path: Path) -> Iterator[AskedService]:
    with filled_store(trained, tmp_path) as store:
        found = asked_service(trained, store, tmp_path)
        found.app.state.desk = desk_of(trained)
        yield found


def test_the_request_on_the_page_is_scored(trained: TrainedWorkspace, service: AskedService):
    (result,) = service.post("/v1/score/leads", json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.S)[0]))["results"]
    assert {score["target"] for score in result["scores"]} == {name for name, b in trained.bundles.items() if b.entity == "lead"}
    assert not [note for note in result["notes"] if "never seen" in note], "the page's values are all cleaned to known ones"


def test_every_path_and_field_is_on_the_page(service: AskedService):
    paths = service.app.openapi()["paths"]
    asked = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert not [path for path in asked if f"`{path}`" not in PAGE]
    names = {*ScoreRequest.model_fields, *Score.model_fields}
    assert not [name for name in names if f"`{name}`" not in PAGE]

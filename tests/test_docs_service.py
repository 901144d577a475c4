"""The service's page: its request works as it stands, and the paths it names are those there are."""

import json
import re
import urllib.request
from pathlib import Path

from fixtures_trained import TrainedWorkspace

from serving.messages import Score, ScoreRequest

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "service.md").read_text(encoding="utf-8")


def test_the_request_on_the_page_is_scored(trained: TrainedWorkspace, service: str):
    body = re.findall(r"```json\n(.*?)```", PAGE, re.S)[0].encode()
    request = urllib.request.Request(f"{service}/v1/score/leads", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        (result,) = json.loads(answer.read())["results"]
    assert {score["target"] for score in result["scores"]} == {name for name, b in trained.bundles.items() if b.entity == "lead"}
    assert not [note for note in result["notes"] if "never seen" in note], "the page's values are all cleaned to known ones"


def test_every_path_and_field_is_on_the_page(service: str):
    with urllib.request.urlopen(f"{service}/openapi.json", timeout=60) as answer:
        paths = json.loads(answer.read())["paths"]
    asked = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert not [path for path in asked if f"`{path}`" not in PAGE]
    names = {*ScoreRequest.model_fields, *Score.model_fields}
    assert not [name for name in names if f"`{name}`" not in PAGE]

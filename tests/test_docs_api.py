"""docs/api.md, done as it says: its blocks run one after the other against a running service, and answer as is shown there."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import absent
from fixtures_running import Running
from fixtures_trained import ROOT, TrainedWorkspace
from fixtures_versions import workspace_copy

from serving.app import build_app

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.S | re.M)]
AT = "http://127.0.0.1:3000"
README = (ROOT / "README.md").read_text(encoding="utf-8").split("```bash\n")[1].split("```")[0]
TOLD = {"status", "code", "path", "kind", "entity", "entity_id", "target", "created", "updated", "unchanged", "rejected",
        "already", "message", "detail", "title"}
"""Keys whose values are the same whatever day it is and whatever the model says."""
HUBSPOT = """
exports.main({inputFields: {lead_id: 'HS-1', owner: 'u02', source: 'referral', lifecyclestage: 'marketingqualifiedlead',
  changed_at: String(Date.now() - 60000)}}, (told) => console.log(JSON.stringify(told)));
"""


@dataclass
class Followed:
    """The page's service, and what each block has printed, by its place among the blocks."""

    address: str
    folder: Path
    key: str
    printed: dict[int, str]


@pytest.fixture(scope="module")
def followed(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    for program in ("curl", "bash"):
        if shutil.which(program) is None:
            absent(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("api")
    workspace = workspace_copy(trained, folder / "demo")
    with Running(workspace, "--workers", "1") as running:
        yield _follow(running, folder)


def _follow(running: Running, folder: Path) -> Followed:
    """Run the page's sh and Python blocks in one shell, each printing into a file of its own."""
    script = ["set -u"]
    for place, (kind, text) in enumerate(BLOCKS):
        text = text.replace(AT, running.address).replace("sleep 3", _until_known("ADMIN", running))
        if kind == "python":
            (folder / f"{place}.py").write_text(text, encoding="utf-8")
            text = f"{sys.executable} {place}.py || echo FAILED >&2\n"
        if kind in ("sh", "python"):
            script.append(f"{{ {text}\n}} > {place}.out")
        if "export KEY" in text:
            script.append(_until_known("KEY", running))
    script.append('printf %s "$KEY" > key.out')
    readme = README.replace(AT, running.address).replace("curl", _until_known("KEY", running) + "\ncurl", 1)
    script.append(f"(cd demo\n{readme}) > readme.out")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "leadcast").write_text(f'#!/bin/sh\nexec {sys.executable} -m leadcast "$@"\n', encoding="utf-8")
    (commands / "leadcast").chmod(0o700)
    environ = {**running.environ, "PATH": f"{commands}:{running.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=environ, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0 and "FAILED" not in ran.stderr, ran.stderr + running.log.read_text()[-3000:]
    printed = {int(file.stem): file.read_text(encoding="utf-8") for file in folder.glob("[0-9]*.out")}
    return Followed(running.address, folder, (folder / "key.out").read_text(), printed)


def _until_known(key: str, running: Running) -> str:
    """A new key counts within two seconds, on a busy machine a little later."""
    return (f'for n in $(seq 20); do curl -sf -o /dev/null {running.address}/v1/models -H "X-API-Key: ${key}" && break; '
            "sleep 1; done")


def answers() -> list[int]:
    """Places of the JSON blocks that show what the block before them prints."""
    return [place for place, (kind, _) in enumerate(BLOCKS) if kind == "json"]


def differs(shown: Any, found: Any, where: str = "$") -> list[str]:
    """Where an answer lacks what the page shows, is of another type, or says another thing of what is always the same."""
    if isinstance(shown, dict):
        if not isinstance(found, dict):
            return [f"{where}: {type(found).__name__}"]
        missing = [f"{where}.{key} is gone" for key in shown if key not in found]
        other = [f"{where}.{key}: {found[key]}" for key in shown.keys() & found.keys() & TOLD if found[key] != shown[key]]
        inside = [line for key in shown if key in found for line in differs(shown[key], found[key], f"{where}.{key}")]
        return missing + other + inside
    if isinstance(shown, list):
        if not isinstance(found, list) or len(found) < len(shown):
            return [f"{where}: not {len(shown)} entries"]
        return [line for n, one in enumerate(shown) for line in differs(one, found[n], f"{where}[{n}]")]
    kinds = [float if isinstance(value, int | float) and not isinstance(value, bool) else type(value) for value in (shown, found)]
    return [f"{where}: {kinds[1].__name__}"] if kinds[0] is not kinds[1] and None not in (shown, found) else []


@pytest.mark.parametrize("place", answers())
def test_an_answer_is_as_the_page_shows_it(followed: Followed, place: int):
    assert BLOCKS[place - 1][0] == "sh", "a JSON block shows what the sh block before it prints"
    found = json.loads(followed.printed[place - 1])
    assert not differs(json.loads(BLOCKS[place][1]), found), json.dumps(found)[:2000]


def test_a_vanished_field_another_type_and_another_status_are_seen():
    shown = {"a": 1, "status": "created", "items": [{"b": "x"}]}
    assert differs(shown, {"a": 2.5, "status": "created", "items": [{"b": "y"}, {}], "more": 1}) == []
    assert differs(shown, {"a": "2", "status": "rejected", "items": [{}]}) == [
        "$.status: rejected", "$.a: str", "$.items[0].b is gone"]


def test_the_readme_puts_a_lead_scores_it_and_reads_the_queue(followed: Followed):
    text, told = (followed.folder / "readme.out").read_text(encoding="utf-8"), []
    while text:
        answer, end = json.JSONDecoder().raw_decode(text)
        told.append(answer)
        text = text[end:].lstrip()
    put, scored, queue = told
    assert put.get("rejected") == 0, put
    assert scored["results"][0]["scores"] and queue["items"]


def test_the_python_client_writes_scores_and_turns_pages(followed: Followed):
    (place,) = [place for place, (kind, _) in enumerate(BLOCKS) if kind == "python"]
    assert re.match(r"\{'PY-0': '[ABCD]', 'PY-1': '[ABCD]', 'PY-2': '[ABCD]'\} \d+\n$", followed.printed[place])


def test_the_hubspot_action_scores_a_lead(followed: Followed):
    if shutil.which("node") is None:
        absent("node is not installed")
    (code,) = [text for kind, text in BLOCKS if kind == "js"]
    ran = subprocess.run(["node", "-e", code.replace(AT, followed.address) + HUBSPOT], capture_output=True, text=True, timeout=60,
                         env={"PATH": "/usr/bin:/bin:/usr/local/bin", "LEADCAST_KEY": followed.key})
    assert ran.returncode == 0, ran.stderr
    outputs = json.loads(ran.stdout)["outputFields"]
    assert outputs["leadcast_grade"] in list("ABCD") and 0 < outputs["leadcast_probability"] < 1


def test_the_salesforce_actions_are_those_of_the_service(followed: Followed):
    theirs = json.loads((ROOT / "examples" / "salesforce-flow" / "leadcast-openapi.json").read_text(encoding="utf-8"))
    ours = openapi()
    assert len(json.dumps(theirs)) < 100_000
    for path, methods in theirs["paths"].items():
        for method, operation in methods.items():
            assert operation["operationId"] == ours["paths"][path][method]["operationId"]
    known = ours["components"]["schemas"]
    for name, schema in theirs["components"]["schemas"].items():
        if name == "Attributes":
            assert set(schema["properties"]) <= {a["name"] for a in workspace_attributes(followed.folder / "demo")}
        else:
            errors = {"errors"} if name == "Scored" else set()  # of an item that is refused instead
            assert set(schema["properties"]) - errors <= set(known[name]["properties"]), name


def workspace_attributes(folder: Path) -> list[dict[str, str]]:
    from leadcast.mapping import vocabulary_of
    from leadcast.workspace import read_workspace

    return [{"name": attribute.name} for attribute in vocabulary_of(read_workspace(folder)).attributes]


def openapi() -> dict[str, Any]:
    return build_app(lambda: datetime(2026, 3, 1, tzinfo=UTC)).openapi()


def test_every_path_parameter_and_field_is_named_on_a_page():
    pages = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("api", "service", "funnel"))
    named = set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", pages, flags=re.S | re.M)))
    words = {word for text in named for word in re.findall(r"\w+", text)}
    found = openapi()
    asked = {parameter["name"] for methods in found["paths"].values() for operation in methods.values()
             for parameter in operation.get("parameters", ()) if parameter["in"] != "header"}
    fields = {name for schema in found["components"]["schemas"].values() for name in schema.get("properties", ())}
    assert sorted((asked | fields) - words) == []
    assert not [path for path in found["paths"] if not any(text.split(" ")[-1] == path for text in named)]


def test_every_error_that_a_path_documents_is_in_the_table():
    table = PAGE.split("| status | code |")[1].split("\n\n")[0]
    operations = [operation for methods in openapi()["paths"].values() for operation in methods.values()]
    statuses = {status for operation in operations for status in operation["responses"]}
    assert not [status for status in statuses if status >= "400" and status not in table]

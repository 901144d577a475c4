"""The page's files: open to all as they hold no data, under addresses that change with them, and nothing from elsewhere."""

import gzip
import json
import re
from pathlib import Path

import pytest
from gated import Gated, gated

from serving.page import page_files
from serving.page.files import FOLDER

SOURCES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".js", ".css", ".html") and "packed" not in path.parts)


@pytest.fixture(scope="module")
def door(tmp_path_factory) -> Gated:
    door = gated(tmp_path_factory.mktemp("page"))
    door.key("read")
    return door


def test_the_page_is_open_and_what_it_asks_for_is_not(door):
    page = door.ask("GET", "/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "no-cache" in page.headers["cache-control"] and door.ask("HEAD", "/").status_code == 200
    assert door.ask("GET", "/v1/workspace").status_code == 401


def test_nothing_may_come_from_elsewhere(door):
    policy = door.ask("GET", "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe-eval" not in policy


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_file_names_another_host_or_writes_markup(path: Path):
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?:https?:)?//(?!www\.w3\.org)[a-z0-9-]+\.[a-z]{2,}", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


def test_every_file_that_the_page_names_is_there_and_kept_for_ever(door):
    for name in re.findall(r'(?:href|src)="(page/[^"]+)"', door.ask("GET", "/").text):
        answer = door.ask("GET", f"/{name}")
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], name


def test_modules_import_what_is_there():
    for path in (path for path in SOURCES if path.suffix == ".js"):
        for target in re.findall(r'from "(\.[^"]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / target).resolve().is_file(), f"{path.name} imports {target}"


def test_another_version_and_what_is_not_there_are_a_404(door):
    version = page_files().version
    for place in (f"{version}/js/nothing.js", "000000000000/js/dom.js", f"{version}/../files.py", f"{version}/"):
        assert door.ask("GET", f"/page/{place}").status_code in (401, 404), place


def test_who_takes_gzip_gets_it(door):
    address = f"/page/{page_files().version}/js/parts.js"
    plain = door.ask("GET", address, headers={"Accept-Encoding": "identity"})
    packed = door.ask("GET", address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content  # httpx unpacks it
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2


def test_the_chart_library_is_packed():
    library = page_files().others["packed/vega.js"].content
    assert len(library) > 500_000 and b"vegaEmbed" in library


@pytest.mark.parametrize("name", sorted(path.name for path in (FOLDER / "charts").glob("*.json")))
def test_a_chart_has_no_colours_of_its_own(name):
    spec = json.loads((FOLDER / "charts" / name).read_text(encoding="utf-8"))
    if name not in ("light.json", "dark.json"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(", json.dumps({**spec, "$schema": ""})), "themes say the colours"
        assert spec["data"] == {"name": "rows"} or "layer" in spec or "hconcat" in spec or "vconcat" in spec

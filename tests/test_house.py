"""The house rules: who may import whom, which library lives where, who may ask the time."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("leadcast", "features", "training", "serving")
COMMANDS = tuple(sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "leadcast" / "commands").glob("*.py")))
FRONT_DOOR = ("leadcast/cli.py", "leadcast/demo.py", *COMMANDS)
STORE = tuple(sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "leadcast" / "store").rglob("*.py")))

ARROWS = {
    "leadcast": {"leadcast"},
    "features": {"leadcast", "features"},
    "training": {"leadcast", "features", "training"},
    "serving": {"leadcast", "features", "serving"},
}
FENCES = {
    "bentoml": ("serving/service.py",),
    "lightgbm": ("training/models.py", "leadcast/members.py"),
    "mlflow": ("training/registry.py", "training/tracking.py", "training/versions.py", "serving/registry.py"),
    "optuna": ("training/tune.py",),
    # only caught in the last two
    "sqlalchemy": ("leadcast/mapping/sources.py", *STORE, "serving/registry.py", "training/tracking.py"),
    "alembic": STORE,
    "httpx": FRONT_DOOR,
    "requests": (),
    "urllib.request": FRONT_DOOR,
    "pickle": (),
    "joblib": (),
}
CLOCK_READERS = (*FRONT_DOOR, "serving/service.py")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"),
          ("Timestamp", "now"), ("Timestamp", "utcnow")}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def crossed_arrows(path: str, tree: ast.Module) -> list[str]:
    room = path.split("/")[0]
    allowed = set(ROOMS) if path in FRONT_DOOR else ARROWS[room]
    return [f"{path}:{line}: {room} may not import {name}" for line, name in imports(tree)
            if name.split(".")[0] in ROOMS and name.split(".")[0] not in allowed]


def crossed_fences(path: str, tree: ast.Module) -> list[str]:
    return [f"{path}:{line}: {library} belongs in {' and '.join(homes) or 'no module of ours'}"
            for line, name in imports(tree) for library, homes in FENCES.items()
            if (name == library or name.startswith(library + ".")) and path not in homes]


def clocks_read(path: str, tree: ast.Module) -> list[str]:
    if path in CLOCK_READERS:
        return []
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    return [f"{path}:{c.lineno}: asks the time; take as_of instead" for c in calls
            if isinstance(c.func.value, ast.Name | ast.Attribute)
            and (getattr(c.func.value, "id", getattr(c.func.value, "attr", "")), c.func.attr) in CLOCKS]


@pytest.mark.parametrize("rule", [crossed_arrows, crossed_fences, clocks_read])
def test_no_rule_of_the_house_is_broken(rule):
    broken = [line for path, tree in modules() for line in rule(path, tree)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "path", "code", "said"),
    [
        (crossed_arrows, "training/run.py", "import numpy\nfrom serving.scores import x",
         "training/run.py:2: training may not import serving.scores"),
        (crossed_arrows, "leadcast/history.py", "import features", "leadcast/history.py:1: leadcast may not import features"),
        (crossed_fences, "serving/app.py", "import bentoml", "serving/app.py:1: bentoml belongs in serving/service.py"),
        (crossed_fences, "leadcast/bundle.py", "import pickle", "leadcast/bundle.py:1: pickle belongs in no module of ours"),
        (clocks_read, "features/table.py", "import datetime\ndatetime.datetime.now()",
         "features/table.py:2: asks the time; take as_of instead"),
    ],
)
def test_a_crossed_line_is_named_with_file_and_line(rule, path, code, said):
    assert rule(path, ast.parse(code)) == [said]


def test_the_front_door_opens_rooms_only_inside_its_commands():
    for path in FRONT_DOOR:
        body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        top = ast.Module([node for node in body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        assert not [name for _, name in imports(top) if name.split(".")[0] in ROOMS[1:]], path


def test_importing_the_front_door_loads_nothing_heavy():
    code = "import sys, leadcast.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert not {"mlflow", "lightgbm", "bentoml", "matplotlib", "sklearn", "pandas"} & set(loaded)


def test_every_file_holds_one_idea():
    long = {path: lines for path in (p.relative_to(ROOT).as_posix() for room in ROOMS for p in (ROOT / room).rglob("*.py"))
            if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > 270}
    assert not {p: n for p, n in long.items() if p != "leadcast/workspace/model.py"}
    assert not [p for room in ROOMS for p in (ROOT / room).rglob("utils.py")]


def test_what_is_committed_names_no_path_of_a_machine():
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: nothing says which files are committed")
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout.split("\0")
    told = (".py", ".md", ".toml", ".lock", "run", "Makefile", "MLproject", ".txt", ".yaml", ".service", "Containerfile", ".json")
    marks = ("/" + "work/", "/" + "root/", "http" + "s://pypi")
    found = [name for name in tracked if name.endswith(told)
             and any(mark in (ROOT / name).read_text(encoding="utf-8") for mark in marks)]
    assert not found


def test_the_locks_carry_versions_and_hashes_and_no_addresses():
    for name in ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pins and all("==" in pin and pin.endswith("\\") for pin in pins), name
        assert not [line for line in lines if "://" in line], name

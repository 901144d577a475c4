"""The README's commands run, and what it says they print is what they print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from leadcast.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def console_blocks() -> list[tuple[str, list[str]]]:
    """(command, expected lines) of each ``$`` line in the console blocks."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def shell_lines() -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What ``make demo`` prints, and the folder it was run in."""
    assert re.search(r"^demo:.*\n\t@\$\(RUN\) -m leadcast demo", MAKEFILE, re.M)
    folder = tmp_path_factory.mktemp("readme")
    environment = {"PATH": "/usr/bin:/bin", "DEMO_SERVE": "0", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ran = subprocess.run([sys.executable, "-m", "leadcast", "demo"], cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return folder, ran.stdout


NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def says_the_same(line: str, printed: str) -> bool:
    """Equal words and spacing; numbers within 1 %, since another processor may round a model's last digits otherwise."""
    ours, theirs = ([float(n.replace(",", "")) for n in NUMBER.findall(text)] for text in (line, printed))
    words = [NUMBER.sub(lambda found: "#" * min(len(found[0]), 12), text.rstrip()) for text in (line, printed)]
    return words[0] == words[1] and ours == pytest.approx(theirs, rel=0.01, abs=0.002)


def test_the_first_screen_shows_what_the_demo_prints(demo):
    printed = iter(demo[1].splitlines())
    for line in dict(console_blocks())["make demo"]:
        if line != "...":
            assert any(says_the_same(line, found) for found in printed), f"the demo does not print, in this order: {line}"


def test_the_demo_shows_every_step_and_stops(demo):
    folder, said = demo
    steps = ("A small company's CRM, made up: ", "The data:", "The models, judged", "Most worth a call", "Beside the truth",
             "The forecast:", "The service: one lead over HTTP", "Where to look next")
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert "the same as in the batch to the last digit" in " ".join(said.split())
    assert re.search(r"curl -s -H 'content-type: application/json' -d @\S+\s+http://127\.0\.0\.1:\d+/v1/score/", said)
    assert (folder / "demo" / ".leadcast" / "one-record.json").is_file()


def test_a_changed_word_or_figure_is_seen():
    line = " sql within 60     2,885 / 668   0.822      0.425"
    assert says_the_same(line, " sql within 60     2,885 / 668   0.821      0.425  ")
    assert not says_the_same(line, " sql within 60     2,885 / 668   0.722      0.425")
    assert not says_the_same(line, " mql within 60     2,885 / 668   0.822      0.425")


def test_both_commands_are_in_the_makefile():
    for command, _ in console_blocks():
        assert re.search(rf"^{command.removeprefix('make ')}:", MAKEFILE, re.M), command


def test_every_command_it_names_exists_and_takes_these_options():
    for line in shell_lines():
        program, name, *rest = line.split()
        assert program == "leadcast", line
        options = {option for parameter in main.commands[name].params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in rest if word.startswith("-")} <= options, line


@pytest.mark.parametrize("arguments", [
    ["check"], ["features", "--list"], ["score", "--out", "scores.csv"], ["forecast", "--period", "quarter", "--by", "region"],
])
def test_the_next_steps_work_where_the_demo_ran(demo, arguments):
    ran = subprocess.run([sys.executable, "-m", "leadcast", *arguments, "--workspace", "demo"], cwd=demo[0], capture_output=True,
                         text=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)})
    assert ran.returncode == 0 and (ran.stdout or ran.stderr), ran.stderr


def test_every_page_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links and not [link for link in links if not (ROOT / link).exists()]

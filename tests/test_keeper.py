"""The keeper on a real registry: champions are brought, checked, tried in a process that may die of it, and only then named."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures_trained import TrainedWorkspace
from fixtures_versions import crown, put, put_broken, put_damaged_at_birth, workspace_copy

from leadcast.bundle import Bundle
from leadcast.workspace.model import Workspace
from serving.canary import try_out
from serving.copies import Alarm, Copy, read_alarms, read_pointer, serving_folder, write_alarms, write_pointer
from serving.keeper import catch_up, look_once

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=61)


@dataclass(frozen=True)
class Kept:
    """A workspace whose champions were brought once."""

    workspace: Workspace
    bundles: dict[str, Bundle]

    @property
    def folder(self) -> Path:
        return serving_folder(self.workspace)

    def pointer(self) -> dict[str, str]:
        return {target: copy.version for target, copy in (read_pointer(self.folder) or {}).items()}

    def reasons(self) -> dict[str, str]:
        return {name: alarm.reason for name, alarm in read_alarms(self.folder).items()}


@pytest.fixture(scope="module")
def first(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    workspace = workspace_copy(trained, tmp_path_factory.mktemp("keeper") / "first")
    look_once(workspace, NOW)
    return Kept(workspace, trained.bundles)


@pytest.fixture
def kept(first: Kept, tmp_path: Path) -> Kept:
    """The same for each test, to change as it likes."""
    from leadcast.workspace import read_workspace

    shutil.copytree(first.workspace.folder, tmp_path / "copy")
    return Kept(read_workspace(tmp_path / "copy"), first.bundles)


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        file = next(folder.glob(name))
        file.write_bytes(change(file.read_bytes()))

    return write


def test_the_first_look_brings_every_champion(first):
    assert first.pointer() == {target: bundle.version for target, bundle in first.bundles.items()}
    for copy in read_pointer(first.folder).values():
        assert json.loads((first.folder / copy.folder / "manifest.json").read_text())["checksum"] == copy.checksum
    assert first.reasons() == {}


def test_a_look_at_what_has_not_changed_says_and_writes_nothing(kept):
    before = {file: file.stat().st_mtime_ns for file in kept.folder.rglob("*")}
    assert look_once(kept.workspace, LATER) == []
    assert {file: file.stat().st_mtime_ns for file in kept.folder.rglob("*")} == before


def test_a_new_champion_takes_over_and_the_others_stay(kept):
    version = put(kept.workspace, kept.bundles["mql"], "second")
    assert look_once(kept.workspace, NOW) == [f"mql: version {version} takes over"]
    assert kept.pointer() == {**{target: bundle.version for target, bundle in kept.bundles.items()}, "mql": version}


def test_going_back_needs_no_process_and_no_download(kept, monkeypatch):
    put(kept.workspace, kept.bundles["mql"], "second")
    look_once(kept.workspace, NOW)
    crown(kept.workspace, "mql", 1)
    monkeypatch.setattr("serving.keeper.try_out", None)
    monkeypatch.setattr("serving.keeper.download", None)
    assert look_once(kept.workspace, NOW) == [f"mql: version {kept.bundles['mql'].version} takes over"]


def test_three_copies_of_a_target_stay_and_the_one_that_answers(kept):
    models = kept.folder / "models" / "mql"
    for number in (7, 8, 9):
        shutil.copytree(next(models.glob("1-*")), models / f"{number}-00000000")
    (kept.folder / "models" / ".new-left").mkdir()
    version = put(kept.workspace, kept.bundles["mql"], "second")
    look_once(kept.workspace, datetime.now(UTC) + timedelta(hours=2))
    assert sorted(copy.name for copy in models.iterdir()) == sorted([version, "7-00000000", "8-00000000", "9-00000000"])
    assert not list((kept.folder / "models").glob(".new-*"))


@pytest.fixture(scope="module")
def broken(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kept, dict[str, str], dict[str, str]]:
    """One look at three champions, each broken in another way; with their names and the reasons."""
    workspace = workspace_copy(trained, tmp_path_factory.mktemp("broken") / "copy")
    kept = Kept(workspace, trained.bundles)
    look_once(workspace, NOW)
    first, second, third = trained.bundles.values()
    other = replace(third.vocabulary, currency="XXX", attributes=third.vocabulary.attributes[1:])
    versions = [
        put_broken(workspace, first, "bit", changed("members.json", lambda content: content[:-5] + b"0" + content[-4:])),
        put_broken(workspace, second, "gone", lambda folder: (folder / "calibrator.json").unlink()),
        put(workspace, replace(third, vocabulary=other), "vocabulary"),
    ]
    look_once(workspace, NOW)
    return kept, dict(zip(trained.bundles, versions, strict=True)), kept.reasons()


@pytest.mark.parametrize(("place", "said"), [
    (0, "members.json differs from its manifest (SHA-256)"),
    (1, "lacks calibrator.json"),
    (2, "was trained with another leadcast.toml"),
])
def test_a_broken_champion_does_not_take_over_and_an_alarm_says_why(broken, place, said):
    kept, versions, reasons = broken
    target = list(kept.bundles)[place]
    before = kept.bundles[target].version
    assert kept.pointer()[target] == before
    assert reasons[target].startswith(f"version {versions[target]} cannot answer: ") and said in reasons[target]
    assert reasons[target].endswith(f"; version {before} goes on")


def test_a_model_that_kills_the_process_that_loads_it_is_refused_and_the_next_one_is_still_tried(kept):
    target = next(name for name, bundle in kept.bundles.items() if any(part.member.kind == "trees" for part in bundle.parts)
                  or bundle.curve is not None)
    other = next(name for name in kept.bundles if name != target)
    version, good = put_damaged_at_birth(kept.workspace, kept.bundles[target]), put(kept.workspace, kept.bundles[other], "good")
    look_once(kept.workspace, NOW)
    assert kept.pointer()[target] == kept.bundles[target].version and kept.pointer()[other] == good
    assert kept.reasons().keys() == {target}
    assert f"version {version} cannot answer: the process that loaded it was killed by SIG" in kept.reasons()[target]


def test_a_refused_version_is_tried_again_after_a_minute_and_the_alarm_ends(kept):
    folder = []
    put_broken(kept.workspace, kept.bundles["mql"], "late", lambda place: folder.append(place) or (place / "card.md").rename(
        place / "elsewhere.md"))
    look_once(kept.workspace, NOW)
    (folder[0] / "elsewhere.md").rename(folder[0] / "card.md")
    assert look_once(kept.workspace, NOW + timedelta(seconds=59)) == []
    (alarm,) = read_alarms(kept.folder).values()
    assert (alarm.since, alarm.tried) == (NOW.isoformat(), NOW.isoformat())
    said = look_once(kept.workspace, LATER)
    assert "takes over" in said[0] and said[1] == "mql: all is well again" and kept.reasons() == {}


def test_another_champion_is_tried_at_once_after_a_refused_one(kept):
    put_broken(kept.workspace, kept.bundles["mql"], "bad", lambda place: (place / "card.md").unlink())
    look_once(kept.workspace, NOW)
    version = put(kept.workspace, kept.bundles["mql"], "good")
    look_once(kept.workspace, NOW)
    assert kept.pointer()["mql"] == version and kept.reasons() == {}


def test_without_the_registry_nothing_changes_but_an_alarm(kept):
    database = kept.workspace.folder / ".leadcast" / "mlflow.db"
    before = kept.pointer()
    database.rename(database.with_suffix(".away"))
    said = look_once(kept.workspace, NOW)
    assert len(said) == 1 and said[0].startswith("registry: ")
    assert look_once(kept.workspace, LATER) == [] and kept.pointer() == before and not database.exists()
    database.with_suffix(".away").rename(database)
    assert look_once(kept.workspace, LATER) == ["registry: all is well again"]


def test_a_dead_tracking_server_is_an_alarm_without_its_password(kept, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    look_once(kept.workspace, NOW)
    assert "127.0.0.1:9 does not answer" in kept.reasons()["registry"] and "secret" not in kept.reasons()["registry"]
    assert kept.pointer() == {target: bundle.version for target, bundle in kept.bundles.items()}


def test_where_nobody_is_champion_any_more_the_last_one_goes_on(kept):
    crown(kept.workspace, "mql", None)
    look_once(kept.workspace, NOW)
    version = kept.bundles["mql"].version
    assert kept.pointer()["mql"] == version
    assert kept.reasons() == {"mql": f"no version is champion any more; version {version} goes on"}


def test_a_copy_that_is_damaged_on_disk_is_brought_anew_by_a_thorough_look(kept):
    copy = read_pointer(kept.folder)["mql"]
    (kept.folder / copy.folder / "members.json").write_text("{}")
    assert look_once(kept.workspace, NOW) == []
    look_once(kept.workspace, NOW, sure=True)
    assert (kept.folder / copy.folder / "members.json").read_text() != "{}" and read_pointer(kept.folder)["mql"] == copy


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mql": {"version": 3}}'])
def test_a_pointer_that_cannot_be_read_is_written_again(kept, text):
    before = read_pointer(kept.folder)
    (kept.folder / "champions.json").write_text(text)
    look_once(kept.workspace, NOW)
    assert read_pointer(kept.folder) == before


def test_pointer_and_alarms_are_read_as_they_were_written(tmp_path):
    copies = {"win": Copy("3-1f0c9a2b", "models/win/3-1f0c9a2b", "1f0c9a2b55")}
    alarms = {"win": Alarm("4-00000000", "why", "2026-07-01T08:00:00+00:00", "2026-07-01T08:01:00+00:00")}
    assert read_pointer(tmp_path) is None and read_alarms(tmp_path) == {}
    write_pointer(tmp_path, copies)
    write_alarms(tmp_path, alarms)
    assert (read_pointer(tmp_path), read_alarms(tmp_path)) == (copies, alarms)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["alarms.json", "champions.json"]


def test_a_bundle_that_takes_too_long_is_refused(kept):
    copy = read_pointer(kept.folder)["mql"]
    place = kept.folder / copy.folder
    said = try_out(kept.workspace.folder, None, [place], patience=0.01)
    assert said == {place: "the process that loaded it had no answer after 0.01 seconds"}


def test_catching_up_looks_only_where_somebody_follows_a_pointer(kept, trained, tmp_path):
    version = put(kept.workspace, kept.bundles["mql"], "second")
    catch_up(kept.workspace, NOW)
    assert kept.pointer()["mql"] == version
    without = workspace_copy(trained, tmp_path / "without")
    catch_up(without, NOW)
    assert not serving_folder(without).exists()

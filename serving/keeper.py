"""Who is champion now: new versions are brought here, tried, and only then named in the pointer that the service follows.

One look after the other; a look that fails changes nothing but the alarms.
"""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from leadcast.errors import LeadcastError, RegistryError
from leadcast.workspace.model import Workspace
from serving.canary import try_out
from serving.copies import (
    MODELS,
    NEW,
    REGISTRY,
    Alarm,
    Copy,
    copy_of,
    is_whole,
    read_alarms,
    read_pointer,
    serving_folder,
    settle,
    tidy,
    write_alarms,
    write_pointer,
)
from serving.registry import Champion, download, name_champions

RETRY = timedelta(seconds=60)


@dataclass(frozen=True)
class Brought:
    """What became of the champions that were due: copies that can answer, and why the others cannot, by target."""

    copies: dict[str, Copy]
    refused: dict[str, str]


def look_once(workspace: Workspace, now: datetime, data: Path | None = None, sure: bool = False) -> list[str]:
    """Ask the registry who is champion, and let what has changed take over if it can answer here.

    A version that cannot is tried again after a minute, or at once when another becomes champion; until then, and while the
    registry does not answer, the copies that the pointer names go on.

    Parameters
    ----------
    now : UTC
    data : the folder of the workspace's files, where it is not the one in leadcast.toml
    sure : read the copies that answer, and bring those anew that are missing or damaged

    Returns
    -------
    lines that say what has changed, none where nothing has
    """
    from leadcast.mapping import vocabulary_of

    folder = serving_folder(workspace)
    held, alarms = _held(folder)
    try:
        champions = name_champions(workspace)
    except RegistryError as reason:
        return _tell(folder, alarms, {**alarms, REGISTRY: _alarm(alarms.get(REGISTRY), "", str(reason), now)})
    good = {target: copy for target, copy in held.items() if not sure or is_whole(folder, copy)}
    wanted = [champion for champion in champions if not _is_copy_of(good.get(champion.target), champion)]
    due = [champion for champion in wanted if _is_due(alarms.get(champion.target), champion, now)]
    brought = _bring(workspace, data, folder, due)
    targets = [target.name for target in vocabulary_of(workspace).targets]
    pointer = {name: copy for name in targets if (copy := brought.copies.get(name, held.get(name))) is not None}
    if pointer != held:
        write_pointer(folder, pointer)
    new = {target: copy for target, copy in brought.copies.items() if held.get(target) != copy}
    lines = [f"{target}: version {copy.version} takes over" for target, copy in new.items()]
    raised = _alarms(champions, wanted, brought, pointer, alarms, now)
    if due:
        tidy(folder, pointer, now)
    return lines + _tell(folder, alarms, raised)


def catch_up(workspace: Workspace, now: datetime, data: Path | None = None) -> None:
    """Look once where an earlier ``leadcast serve`` left its pointer; a service that is started without a keeper follows it."""
    if _held(serving_folder(workspace))[0]:
        look_once(workspace, now, data)


def _held(folder: Path) -> tuple[dict[str, Copy], dict[str, Alarm]]:
    """What the two files say; a file that cannot be read is written again."""
    held: dict[str, Copy] = {}
    alarms: dict[str, Alarm] = {}
    with suppress(LeadcastError):
        held = read_pointer(folder) or {}
    with suppress(LeadcastError):
        alarms = read_alarms(folder)
    return held, alarms


def _is_copy_of(copy: Copy | None, champion: Champion) -> bool:
    return copy is not None and copy.number == champion.number and champion.checksum in ("", copy.checksum)


def _is_due(alarm: Alarm | None, champion: Champion, now: datetime) -> bool:
    return alarm is None or alarm.version != _copy_of(champion).version or now - datetime.fromisoformat(alarm.tried) >= RETRY


def _copy_of(champion: Champion) -> Copy:
    """Where its copy lies, if it has answered before: going back to it takes no time."""
    return copy_of(champion.target, champion.number, champion.checksum)


def _bring(workspace: Workspace, data: Path | None, folder: Path, due: Sequence[Champion]) -> Brought:
    """A copy of each of these champions: one that lies here already, or a new one that was tried out."""
    here = {champion.target: copy for champion in due if is_whole(folder, copy := _copy_of(champion))}
    missing = [champion for champion in due if champion.target not in here]
    if not missing:
        return Brought(here, {})
    models = folder / MODELS
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=NEW) as scratch:
        bundles, refused = _download(workspace, missing, Path(scratch))
        verdicts = try_out(workspace.folder, data, list(bundles.values()))
        refused |= {target: verdicts[bundle] for target, bundle in bundles.items() if bundle in verdicts}
        new = {champion.target: settle(folder, champion.target, champion.number, bundles[champion.target])
               for champion in missing if champion.target not in refused}
    return Brought({**here, **new}, refused)


def _download(workspace: Workspace, champions: Sequence[Champion], scratch: Path) -> tuple[dict[str, Path], dict[str, str]]:
    bundles, refused = {}, {}
    for number, champion in enumerate(champions):
        place = scratch / str(number)
        place.mkdir()
        try:
            bundles[champion.target] = download(workspace, champion, place)
        except LeadcastError as reason:
            refused[champion.target] = str(reason)
    return bundles, refused


def _alarms(
    champions: Sequence[Champion], wanted: Sequence[Champion], brought: Brought, pointer: Mapping[str, Copy],
    before: Mapping[str, Alarm], now: datetime,
) -> dict[str, Alarm]:
    """An alarm for every champion that does not answer, and for every copy that answers without being champion."""
    raised = {}
    for champion in wanted:
        target, version = champion.target, _copy_of(champion).version
        if target in brought.refused:
            instead = f"; version {pointer[target].version} goes on" if target in pointer else ""
            reason = f"version {version} cannot answer: {brought.refused[target]}{instead}"
            raised[target] = replace(_alarm(before.get(target), version, reason, now), tried=_iso(now))
        elif target not in brought.copies:
            raised[target] = before[target]
    for target in pointer.keys() - {champion.target for champion in champions}:
        reason = f"no version is champion any more; version {pointer[target].version} goes on"
        raised[target] = _alarm(before.get(target), pointer[target].version, reason, now)
    return raised


def _alarm(before: Alarm | None, version: str, reason: str, now: datetime) -> Alarm:
    if before is not None and (before.version, before.reason) == (version, reason):
        return before
    return Alarm(version, reason, since=_iso(now), tried=_iso(now))


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="seconds")


def _tell(folder: Path, before: Mapping[str, Alarm], alarms: dict[str, Alarm]) -> list[str]:
    """Write the alarms where they have changed, and say so in words."""
    if alarms != before:
        write_alarms(folder, alarms)
    known = {name: alarm.reason for name, alarm in before.items()}
    raised = [f"{name}: {alarm.reason}" for name, alarm in alarms.items() if known.get(name) != alarm.reason]
    return raised + [f"{name}: all is well again" for name in before if name not in alarms]

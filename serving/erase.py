"""Erasure: a person out of the store, out of every file beside it, and what is known of where they may remain."""

import fcntl
import secrets
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.moment import is_shown
from leadcast.places import state_folder
from leadcast.store import Store
from leadcast.store.columns import micro
from leadcast.store.erase import erase_records, erase_rows_about, forget_prepared
from leadcast.store.erased import Erasable
from leadcast.store.subject import Subject, subject_of
from leadcast.store.tombstones import come_back, note_buried
from leadcast.store.traces import file_mentions, overwrite_deleted
from leadcast.sweep import Swept, sweep
from leadcast.workspace.model import Workspace
from serving.job_files import note_changed_files
from serving.problems import NotFound
from serving.registry import Version, name_versions

BEYOND_REACH = (
    "backups of the store and of the workspace's folder: let them expire, and run leadcast erase --again after restoring one",
    "the files or the database that leadcast.toml names, and the CRM itself: delete the record there, too",
    "results that were downloaded, and files that commands wrote outside of .leadcast",
)


class UnknownSubject(NotFound):
    """Nobody is known under the id, or not to this caller."""


@dataclass(frozen=True)
class Erased:
    """What an erasure did.

    Attributes
    ----------
    already : it was erased before; whatever came back since is gone again
    removed : rows, files and mentions, by place
    kept : what stays and why, in words
    models : registered versions that had learned from them; None where the registry does not answer
    left : what could not be changed now, in words; erasing again tries again
    """

    entity: Erasable
    entity_id: str
    already: bool
    removed: dict[str, int]
    kept: list[str]
    models: list[Version] | None
    left: list[str] = field(default_factory=list)
    beyond_reach: tuple[str, ...] = BEYOND_REACH


def erase(
    workspace: Workspace, store: Store, entity: Erasable, entity_id: str, now: np.datetime64, with_opportunities: bool = False,
    owners: Collection[str] | None = None,
) -> Erased:
    """Erase a lead or a deal everywhere within reach; doing it twice is harmless.

    The files come first and once more at the end: what a crash leaves undone, and what was written meanwhile, is found by
    the next time, though texts that only they had are known no more once the store has forgotten them.

    Parameters
    ----------
    with_opportunities : a lead's deals go with it; else they stay without their link to it
    owners : whose records the caller may touch; None: everybody's

    Raises
    ------
    UnknownSubject : nothing is known under this id, or it is not among the ``owners``' records
    """
    folder = state_folder(workspace)
    with _alone(folder):
        with store.reading() as connection:
            subject = subject_of(connection, entity, entity_id, with_opportunities, owners)
        if subject is None:
            raise UnknownSubject(f"There is no {entity} of this id.")
        models = _models(workspace, subject)
        aliases = {one: f"erased-{secrets.token_hex(8)}" for one in sorted(subject.leads | subject.deals)}
        anywhere = subject.is_known or subject.was_erased
        before = sweep(folder, subject.mentions, aliases, anywhere)
        with store.writing() as connection:
            gone = erase_records(connection, subject, micro(now), [version.model for version in models or ()])
        if not anywhere and not gone and not before.removed:
            raise UnknownSubject(f"There is no {entity} of this id.")
        note_buried(folder, store)
        after = sweep(folder, subject.mentions, aliases, anywhere)
        note_changed_files(workspace, store, [*before.changed, *after.changed])
        with store.writing() as connection:
            gone += erase_rows_about(connection, subject) + forget_prepared(connection)
        left = overwrite_deleted(store, subject.mentions, [name for name in gone if " " not in name])
        return _told(folder, subject, gone, (before, after), models, left)


def _models(workspace: Workspace, subject: Subject) -> list[Version] | None:
    """Versions whose data reach beyond the record's creation, or have no dates."""
    try:
        versions = name_versions(workspace)
    except LeadcastError:
        return None
    created = None if subject.created_at is None else np.datetime64(subject.created_at, "us")
    if created is None or not is_shown(created):
        return versions if subject.is_known else []
    return [version for version in versions if not version.data_end or np.datetime64(version.data_end, "us") >= created]


def _told(
    folder: Path, subject: Subject, gone: Counter[str], swept: tuple[Swept, Swept], models: list[Version] | None, left: list[str]
) -> Erased:
    before, after = swept
    named = [f"{file}: a model's file names them; train again, then delete that version" for file in after.named_by]
    databases = [f"{file.name} names them" for file in sorted(folder.glob("*.db"))
                 if file.name != "store.db" and file_mentions(file, subject.mentions)]
    removed = gone + before.removed + after.removed
    return Erased(subject.entity, subject.entity_id, subject.was_erased, dict(sorted(removed.items())), _kept(subject), models,
                  [*left, *after.left, *named, *databases])


def _kept(subject: Subject) -> list[str]:
    kept = []
    if subject.unlinked:
        kept.append(f"{len(subject.unlinked)} opportunities of the lead, with amounts and events; their link to it is cleared")
    if subject.shared:
        kept.append(f"{len(subject.shared)} contacts with their events, because other leads or opportunities have them, too")
    return [*kept, "the account, and events that name nobody but the account"]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One erasure at a time on this machine: two would write the same files anew."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "erasing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def erase_again(workspace: Workspace, store: Store, now: np.datetime64) -> list[Erased]:
    """Erase whoever has a tombstone and is there again, as after a backup was restored.

    Tombstones come from the store and from ``erased.json`` beside it, which a restored store of an earlier day lacks.
    """
    return [erase(workspace, store, entity, one, now) for entity, one in come_back(state_folder(workspace), store)]

"""Where the workers of one server add up what they count: in memory where there is such a place, else beside the workspace."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 32 << 20


def new_metrics_folder(beside: Path, memory: Path = MEMORY) -> Path:
    """A new, empty folder that only we can read; those of servers that are gone are removed.

    Counting on a disk that runs full would kill the workers, so memory comes first.

    Parameters
    ----------
    beside : the workspace's folder of state, for where there is no memory to use
    """
    home = memory if _has_room(memory) else beside / "metrics"
    home.mkdir(parents=True, exist_ok=True)
    ours = f"leadcast-{os.getuid()}-"
    for old in home.glob(f"{ours}*"):
        pid = old.name.removeprefix(ours).partition("-")[0]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{ours}{os.getpid()}-", dir=home))


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= NEEDED_BYTES


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Places that fail when a test says so: a disk with little room, and a PostgreSQL server of one's own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import absent

from serving.launch import free_port


@dataclass
class SmallDisk:
    """A file system in memory; ``full()`` leaves no byte, ``free()`` gives the room back."""

    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def full(self) -> None:
        with self.ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self.ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """``with small_disk(folder, 64) as disk``; where nothing may be mounted, as in most containers of CI, the test is skipped."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass
class OwnPostgres:
    """A server that nobody else uses."""

    programs: Path
    folder: Path
    port: int
    user: str

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([self.programs / program, "-D", self.folder / "data", *arguments], user=self.user, cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """``immediate`` is as if the machine had lost its power."""
        self.run("pg_ctl", "-w", "-m", how, "stop")


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        absent("no PostgreSQL programs (initdb) are installed")
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="leadcast-postgres-"))  # not among pytest's own, which only their owner may enter
    shutil.chown(folder, user)
    server = OwnPostgres(found[-1].parent, folder, free_port(), user)
    try:
        server.run("initdb", "-A", "trust", "-U", user, "--no-sync")
        server.start()
        yield server
    finally:
        subprocess.run([server.programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"], user=user, cwd=folder,
                       capture_output=True)
        shutil.rmtree(folder)

"""Debian's PostgreSQL on a temporary cluster of its own: run by an unprivileged user, on a Unix socket alone, gone afterwards."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_SETTINGS = "-c listen_addresses='' -c fsync=off -c max_connections=50 -c shared_buffers=16MB"


@contextmanager
def cluster() -> Iterator[str]:
    """A URL with {} where a database's name goes; `postgres` is there."""
    folder = Path(tempfile.mkdtemp(prefix="clew-pg-"))
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    try:
        _run(user, "initdb", "-D", f"{folder}/data", "-U", "clew", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run(user, "pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", f"-k {folder} {_SETTINGS}", "-w", "start")
        try:
            yield f"postgresql://clew@/{{}}?host={folder}"
        finally:
            _run(user, "pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str, program: str, *arguments: str) -> None:
    command = [str(INSTALLED[-1].with_name(program)), *arguments]
    done = subprocess.run(command, user=user if os.geteuid() == 0 else None, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()

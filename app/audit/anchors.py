"""Where the audit log is held fast outside its database: a line with number and digest for each of its rows.

Rows cut off the end leave a chain that is whole; only what is kept elsewhere tells. Copy the file off the machine, or make it append-only.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import DataRefused
from graph.store.files import storage_errors


@dataclass(frozen=True)
class Anchor:
    """Row `number` of the audit log had this digest."""

    number: int
    digest: str


def add(path: Path, anchors: Iterable[Anchor]) -> None:
    """Append a line for each, synced. Raises StorageError."""
    lines = "".join(f'{{"number":{anchor.number},"digest":"{anchor.digest}"}}\n' for anchor in anchors)
    if not lines:
        return
    with storage_errors(path), os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as handle:
        if handle.seek(0, os.SEEK_END) and (handle.seek(-1, os.SEEK_END), handle.read(1))[1] != b"\n":
            lines = f"\n{lines}"  # a crash cut the last line short
        handle.write(lines.encode())
        handle.flush()
        os.fsync(handle.fileno())


def read(path: Path) -> list[Anchor]:
    """Every anchor in a file, a line that a crash cut short left out. Raises DataRefused for a line that says something else."""
    if not path.exists():
        return []
    with storage_errors(path):
        lines = path.read_text("utf-8", "replace").split("\n")
    return [anchor for number, line in enumerate(lines, start=1) if (anchor := _anchor(path, number, line))]


def _anchor(path: Path, number: int, line: str) -> Anchor | None:
    try:
        value = json.loads(line)
        return Anchor(int(value["number"]), str(value["digest"]))
    except (ValueError, TypeError, KeyError):
        if not line or not line.endswith("}"):
            return None
        raise DataRefused(f"{path}: line {number} is no anchor. Verify with the copy that is kept elsewhere.") from None

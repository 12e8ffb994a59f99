"""Records one JSON object a line, only ever added to: each line holds the SHA-256 of the one before it as `previous` and its own as `seal`.

A line that was changed, or taken out of the middle, is noticed. The file is replaced whole, so a reader sees all lines or all but the
newest.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph.store import files


def read(path: Path) -> list[str]:
    """The lines of `path`, oldest first; none where there is no file. Raises StorageError."""
    if not path.exists():
        return []
    with files.storage_errors(path):
        content = path.read_bytes()
    return content.decode("utf-8", "replace").removesuffix("\n").split("\n") if content else []


def write(path: Path, lines: Sequence[str]) -> None:
    """Put `lines` in the place of those that were there. Raises StorageError."""
    files.write_bytes(path, "".join(f"{line}\n" for line in lines).encode())


def follows(before: str | None) -> str:
    """`previous` of whatever comes after the line `before`, None being nothing."""
    return "" if before is None else _digest(before)


def sealed(record: dict[str, Any]) -> str:
    """The line of a record, its own SHA-256 as `seal` among it."""
    return _line({**record, "seal": _digest(_line(record))})


def unsealed(line: str) -> dict[str, Any]:
    """The record of a line. Raises ValueError where its seal is not of it; lines from before seals have none."""
    record: dict[str, Any] = json.loads(line)
    if record.pop("seal", None) is not None and line != sealed(record):
        raise ValueError("its seal is of another text")
    return record


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, sort_keys=True, ensure_ascii=True, allow_nan=False)


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()

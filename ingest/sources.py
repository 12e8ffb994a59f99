"""From what a user typed, a file, a folder or a glob, to the files to read, each with its format and compression."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import DataRefused, StorageError
from graph.store.files import sha256_of

_FORMATS = {"parquet": "parquet", "pq": "parquet", "csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl"}
_COMPRESSIONS = ("gz", "zst")
KNOWN_ENDINGS = ".parquet, .csv, .jsonl or .ndjson, the last three also with .gz or .zst"


@dataclass(frozen=True)
class Source:
    """One file to read into one table; `name` is the path as the user gave it, which may hold hostile text."""

    table: str
    name: str
    path: Path
    format: str  # parquet | csv | jsonl
    compression: str  # "" | gz | zst
    bytes: int
    sha256: str


def find_sources(table: str, given: Sequence[str]) -> list[Source]:
    """The files behind `given`, in the order given and sorted inside a folder or glob.

    Raises DataRefused (nothing there, an unknown ending, an empty file) and StorageError (no permission).
    """
    return [_source(table, path) for text in given for path in _paths(table, text)]


def _paths(table: str, text: str) -> list[Path]:
    path = Path(text)
    if _exists(path):
        return _inside(table, path) if path.is_dir() else [path]
    if glob.has_magic(text):
        found = [Path(match) for match in sorted(glob.glob(text, recursive=True))]  # noqa: PTH207 - an absolute pattern, which Path.glob refuses
        files = [file for file in found if file.is_file() and _kind(file)]
        if not files:
            raise DataRefused(f"--{table} {text}: matches no readable file. Give names ending in {KNOWN_ENDINGS}.")
        return files
    raise DataRefused(f"--{table} {text}: does not exist. Check the path.")


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}. Check the permissions of the folders above it.") from error
    return True


def _inside(table: str, folder: Path) -> list[Path]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise StorageError(f"{folder}: may not be read. Check its permissions.")
    hidden = (path for path in folder.rglob("*") if path.is_file() and _kind(path))
    files = sorted(path for path in hidden if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    if not files:
        raise DataRefused(f"--{table} {folder}: the folder holds no file ending in {KNOWN_ENDINGS}.")
    return files


def _kind(path: Path) -> tuple[str, str] | None:
    """(format, compression) by the file's name, or None."""
    parts = path.name.lower().split(".")[1:]
    compression = parts.pop() if parts and parts[-1] in _COMPRESSIONS else ""
    form = _FORMATS.get(parts[-1]) if parts else None
    if form is None or (form == "parquet" and compression):
        return None
    return form, compression


def _source(table: str, path: Path) -> Source:
    kind = _kind(path)
    if kind is None:
        raise DataRefused(f"{path}: unknown kind of file. Give {KNOWN_ENDINGS}.")
    if not path.is_file():
        raise DataRefused(f"{path}: is not a regular file. Give a file on disk.")
    if not os.access(path, os.R_OK):
        raise StorageError(f"{path}: may not be read. Check its permissions.")
    size = path.stat().st_size
    if size == 0:
        raise DataRefused(f"{path}: is empty (0 bytes). Export it again, or leave it out.")
    return Source(table, str(path), path, kind[0], kind[1], size, sha256_of(path))

"""Files that are whole or absent: write beside, fsync, rename, fsync the folder; the pointer moves last."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from graph.errors import StorageError

SEAL_DIGITS = 8  # of a SHA-256, in the names of files that nothing else lists (`seal`)
_BLOCK_BYTES = 1 << 20


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an operating-system error at `path` into a StorageError that names it and the remedy."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{path}: {reason}. Check space and permissions there, then run the command again.") from error
    except pl.exceptions.ComputeError as error:
        raise StorageError(f"{path}: cannot be read ({error}). Run `clew doctor` to see which stored file is damaged.") from error


def fsync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    """Make `folder` and those above it, each durable in the one that holds it: a file is no safer than the way to it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        fsync_folder(made.parent)


def _settle(temporary: Path, target: Path) -> None:
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    temporary.replace(target)
    fsync_folder(target.parent)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary path next to `target`, moved onto it when the block ends well and removed when it does not."""
    with storage_errors(target):
        _make_folder(target.parent)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            yield temporary
            _settle(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def write_bytes(target: Path, content: bytes) -> None:
    """Write `content` to `target` so that a reader sees the old file or the new one, never a part. Raises StorageError."""
    with _beside(target) as temporary:
        temporary.write_bytes(content)


def write_json(target: Path, value: Any) -> None:
    """Write `value` as sorted, indented UTF-8 JSON with a final newline, atomically. Raises StorageError."""
    write_bytes(target, json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """The one JSON form of Clew's files: sorted keys, two spaces, UTF-8, final newline."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises StorageError when it is absent, unreadable or no JSON."""
    with storage_errors(path):
        content = path.read_bytes()
    try:
        return json.loads(content)
    except ValueError as error:
        raise StorageError(f"{path}: is damaged ({error}). Run `clew doctor`, then restore it from a backup.") from error


def write_parquet(target: Path, frame: pl.DataFrame) -> None:
    """Write `frame` as zstd Parquet, atomically. Raises StorageError."""
    with _beside(target) as temporary:
        frame.write_parquet(temporary, compression="zstd", statistics=True)


def write_parquet_by_content(folder: Path, frame: pl.DataFrame) -> tuple[Path, str]:
    """Write `frame` into `folder` under the name of its own SHA-256; returns path and digest. Raises StorageError."""
    holding = folder / f".{secrets.token_hex(8)}.parquet"
    with storage_errors(folder):
        _make_folder(folder)
        try:
            frame.write_parquet(holding, compression="zstd", compression_level=1, statistics=True)  # a third faster, hardly larger
            digest = sha256_of(holding)
            target = folder / f"part-{digest[:24]}.parquet"
            _settle(holding, target)
        finally:
            holding.unlink(missing_ok=True)
    return target, digest


def seal(content: bytes) -> str:
    """What the name of a file holds that nothing else lists: the beginning of its SHA-256, by which `clew doctor` sees a changed byte."""
    return hashlib.sha256(content).hexdigest()[:SEAL_DIGITS]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as hex, read in blocks. Raises StorageError."""
    digest = hashlib.sha256()
    with storage_errors(path), path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()

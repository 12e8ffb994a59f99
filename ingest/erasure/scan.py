"""The proof: every byte under the workspace is looked at for the account, Parquet decoded, everything else as it lies there."""

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from graph.store.files import storage_errors
from graph.store.workspace import Workspace
from ingest.erasure.words import as_bytes, as_rust, as_stored

_SURE_BYTES = 8  # a shorter id is found by chance among compressed bytes; there only decoded values are looked at
NAMES_ACCOUNTS = ("account_id", "object_id", "node", "label")  # columns whose cells may be an account; elsewhere it would be chance


@dataclass(frozen=True)
class Scan:
    """What was looked at. By file, relative to the workspace: `values`, cells of NAMES_ACCOUNTS that are the account, and `mentions`, texts
    that name it."""

    files: int = 0
    bytes: int = 0
    values: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)


def scan(workspace: Workspace, account: str) -> Scan:
    """Look through every file of the workspace, settings, databases and exports among them. Raises StorageError."""
    values: dict[str, int] = {}
    mentions: dict[str, int] = {}
    count = size = 0
    for path in _files(workspace.root):
        name = str(path.relative_to(workspace.root))
        with storage_errors(path):
            count, size = count + 1, size + path.stat().st_size
            if path.suffix == ".parquet":
                values[name], mentions[name] = _decoded(path, account)
            if path.suffix != ".parquet" or len(account.encode()) >= _SURE_BYTES:
                mentions[name] = mentions.get(name, 0) + _raw(path, account)
    return Scan(count, size, {name: n for name, n in values.items() if n}, {name: n for name, n in mentions.items() if n})


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in sorted(os.walk(root)):
        yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file() and not path.is_symlink())


def _decoded(path: Path, account: str) -> tuple[int, int]:
    """Cells equal to `account`, and cells that hold it as a word among others."""
    scan = pl.scan_parquet(path, hive_partitioning=False)
    equal = words = 0
    for column, kind in scan.collect_schema().items():
        if kind not in (pl.String, pl.List(pl.String)):
            continue
        cells = pl.col(column) if kind == pl.String else pl.col(column).explode()
        named = pl.col("cell") == account if column in NAMES_ACCOUNTS else pl.lit(False)
        found = scan.select(cells.alias("cell")).select(equal=named.sum(), words=pl.col("cell").str.contains(as_rust(account)).sum())
        row = found.collect(engine="streaming").row(0)
        equal, words = equal + row[0], words + row[1] - row[0]
    return equal, words


def _raw(path: Path, account: str) -> int:
    """How often `account` stands in the bytes of a file as a word, without reading it whole into memory."""
    if not path.stat().st_size:
        return 0
    word = as_bytes(account)
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return len({at for form in as_stored(account) for at in _places(content, form) if word.match(content, at)})


def _places(content: mmap.mmap, form: bytes) -> Iterator[int]:
    """Where `form` begins; a plain search, many times as fast as the pattern."""
    at = content.find(form)
    while at >= 0:
        yield at
        at = content.find(form, at + 1)

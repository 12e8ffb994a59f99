"""Rows of accounts out of the stored tables: parts that hold them are written anew without them, and one commit takes the place of all.

Until that commit nothing is gone, after it everything; the commit deletes the files that no manifest names any more.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from graph.store import tables
from graph.store.files import storage_errors
from graph.store.tables import Manifest, Part
from graph.store.workspace import Workspace

_OTHERS = {"objects": ("object_id",)}  # columns besides account_id that may name an account: a transfer's partner


@dataclass(frozen=True)
class Removed:
    """How many rows went, by table, and how many files were written anew."""

    rows: dict[str, int] = field(default_factory=dict)
    parts: int = 0


def stored_accounts(workspace: Workspace) -> pl.Series:
    """Every account that a stored table names, each once."""
    parts = [part for part in tables.current(workspace).parts if part.table != "prompts"]
    if not parts:
        return pl.Series("account_id", [], dtype=pl.String)
    found = [pl.scan_parquet(workspace.root / part.path).select("account_id").unique() for part in parts]
    return pl.concat(found).unique().collect(engine="streaming")["account_id"].drop_nulls()


def erase_rows(workspace: Workspace, accounts: Collection[str]) -> Removed:
    """Take the rows of `accounts` out of every table, and prompt texts that on their day nobody else sent.

    The caller holds the workspace. Commits in any case, so that files which an erasure left that broke off are deleted too.
    Raises StorageError; then nothing was changed.
    """
    manifest = tables.current(workspace)
    written: list[Part] = []
    removed: Counter[str] = Counter()
    try:
        parts = [_without(workspace, part, sorted(accounts), written, removed) for part in manifest.parts if part.table != "prompts"]
        parts += list(_prompts(workspace, manifest, sorted(accounts), written, removed))
        tables.commit(workspace, replace(manifest, parts=tuple(part for part in parts if part)))
    except BaseException:
        _remove(workspace, written)
        raise
    return Removed(dict(sorted(removed.items())), len(written))


def _of(table: str, accounts: list[str]) -> pl.Expr:
    """Whether a row of `table` is about one of `accounts`."""
    columns = ("account_id", *_OTHERS.get(table, ()))
    return pl.any_horizontal(pl.col(column).is_in(accounts) for column in columns).fill_null(False)


def _without(workspace: Workspace, part: Part, accounts: list[str], written: list[Part], removed: Counter[str]) -> Part | None:
    """`part` as it is, or one written anew; None where no row is left."""
    with storage_errors(workspace.root / part.path):
        scan = tables.read_parts(workspace, part.table, [part])
        gone = int(scan.select(_of(part.table, accounts).sum()).collect(engine="streaming").item())
        if not gone:
            return part
        left = scan.filter(~_of(part.table, accounts)).collect()
    removed[part.table] += gone
    return _written(workspace, part, left, written)


def _written(workspace: Workspace, part: Part, left: pl.DataFrame, written: list[Part]) -> Part | None:
    if left.is_empty():
        return None
    new = tables.write_part(workspace, part.table, part.day, left)
    written.append(new)
    if part.table == "prompts":
        with storage_errors(workspace.root / new.path):
            (workspace.root / new.path).chmod(0o600)
    return new


def _prompts(
    workspace: Workspace, manifest: Manifest, accounts: list[str], written: list[Part], removed: Counter[str]
) -> Iterator[Part | None]:
    """The parts of prompts without texts that `accounts` sent and on the same day nobody else."""
    by_day: dict[str | None, list[Part]] = defaultdict(list)
    for part in manifest.of("prompts"):
        by_day[part.day].append(part)
    for day, parts in by_day.items():
        own = _own_prompts(workspace, manifest, day, accounts)
        for part in parts:
            path = workspace.root / part.path
            with storage_errors(path):
                left = (
                    pl.read_parquet(path, hive_partitioning=False).filter(~pl.col("prompt_id").is_in(own.implode())) if own.len() else None
                )
            if left is None or left.height == part.rows:
                yield part
            else:
                removed["prompts"] += part.rows - left.height
                yield _written(workspace, part, left, written)


def _own_prompts(workspace: Workspace, manifest: Manifest, day: str | None, accounts: list[str]) -> pl.Series:
    """prompt_id of texts that `accounts` sent on `day`, and nobody else did."""
    paths = [workspace.root / part.path for table in ("exchanges", "fragments") for part in manifest.of(table) if part.day == day]
    if not paths:
        return pl.Series("prompt_id", [], dtype=pl.Int64)
    scans = [pl.scan_parquet(path, hive_partitioning=False).select("account_id", "prompt_id").drop_nulls() for path in paths]
    sent, theirs = pl.concat(scans), pl.col("account_id").is_in(accounts)
    own = sent.filter(theirs).select("prompt_id").unique()
    others = sent.filter(~theirs).select("prompt_id")
    return own.join(others, on="prompt_id", how="anti").collect(engine="streaming")["prompt_id"]


def _remove(workspace: Workspace, written: list[Part]) -> None:
    named = {part.path for part in tables.current(workspace).parts}
    for part in written:
        if part.path not in named:
            (workspace.root / part.path).unlink(missing_ok=True)

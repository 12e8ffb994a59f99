"""The staged rows of one day against each other and against what is stored: new, seen before, or in conflict.

Everything here is a set operation on signatures, so that neither the order of rows nor of files can matter.

Exchanges and their objects. A row is an exchange plus objects. Rows of one exchange_id may differ in objects alone. Ordered by
signature, a row counts as accepted when it brings the exchange or an object that nobody before it, and nothing stored, has
brought; else it is a duplicate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from graph.store import tables
from graph.store.tables import Manifest, Part
from graph.store.workspace import Workspace
from graph.vocabulary import ROW_ID, TABLES
from ingest.account_fragments import account_fragments
from ingest.batches import ROW
from ingest.prepare import SOURCE
from ingest.signatures import CONTENT, FULL, row_signature
from ingest.staging import WHOLE, Stage

MAX_ROWS_AT_ONCE = 2_000_000  # of one day; more are settled in shares, cut by account
MAX_IDS_AT_ONCE = 20_000_000
_KEEP = "_keep"


@dataclass(frozen=True)
class Settled:
    """New rows of one day (or a share of its accounts), what was seen before, and the rows in conflict with their origin."""

    fresh: pl.DataFrame  # row_schema(table), in the order of the store
    objects: pl.DataFrame  # row_schema("objects"), likewise
    accepted: int
    duplicate: int
    conflicts: pl.DataFrame  # ROW, SOURCE, exchange_id


def find_conflicts(stage: Stage) -> pl.DataFrame:
    """Exchange row ids that came with more than one content in this run, over all days: ROW_ID, and the content to keep."""
    scans = [scan.select(ROW_ID, CONTENT) for day in stage.days("exchanges") if (scan := stage.scan("exchanges", day)) is not None]
    if not scans:
        return pl.DataFrame(schema={ROW_ID: pl.Int64(), _KEEP: pl.Int64()})
    rows = pl.concat(scans)
    shares = -(-int(rows.select(pl.len()).collect().item()) // MAX_IDS_AT_ONCE)
    share = pl.col(ROW_ID).reinterpret(signed=False) % shares
    found = [_with_two_contents(rows.filter(share == n)) for n in range(shares)] if shares > 1 else [_with_two_contents(rows)]
    return pl.concat(found)


def _with_two_contents(rows: pl.LazyFrame) -> pl.DataFrame:
    ids = rows.group_by(ROW_ID).agg(pl.col(CONTENT).min().alias(_KEEP), pl.col(CONTENT).max().alias("_most"))
    return ids.filter(pl.col(_KEEP) != pl.col("_most")).select(ROW_ID, _KEEP).collect(engine="streaming")


def settle_day(workspace: Workspace, stage: Stage, manifest: Manifest, table: str, day: str, conflicts: pl.DataFrame) -> Iterator[Settled]:
    """The staged rows of `table` and `day` (WHOLE where not cut by day), settled in shares that fit memory."""
    scan = stage.scan(table, day)
    if scan is None:
        return
    total = int(scan.select(pl.len()).collect().item())
    shares = -(-total // MAX_ROWS_AT_ONCE)
    objects = stage.scan("objects", day) if table == "exchanges" else None
    for share in range(shares):
        rows, things = (_share_of(frame, share, shares) for frame in (scan, objects))
        stored = _stored_ids(workspace, manifest, table, day)
        if table != "exchanges":
            fresh = _new(rows, stored)
            yield _settled(table, fresh, _no_objects(), rows.height, fresh.height, rows.clear())
        else:
            yield _settle_exchanges(workspace, manifest, day, rows, things, stored, conflicts)


def _share_of(scan: pl.LazyFrame | None, share: int, shares: int) -> pl.DataFrame:
    if scan is None:
        return pl.DataFrame(schema={**tables.row_schema("objects"), FULL: pl.Int64()})
    return (scan if shares == 1 else scan.filter(pl.col("account_id").hash(0) % shares == share)).collect()


def _new(rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """`rows` once each, less those stored. Copies nothing where there is nothing to drop, which is the usual night."""
    first = rows[ROW_ID].is_first_distinct()
    rows = rows if first.all() else rows.filter(first)
    return rows.join(stored, on=ROW_ID, how="anti") if stored.height else rows


def _no_objects() -> pl.DataFrame:
    return pl.DataFrame(schema=tables.row_schema("objects"))


def _stored(workspace: Workspace, manifest: Manifest, table: str, day: str) -> pl.LazyFrame:
    """All stored rows of a table and day; unlike tables.scan, older records of an account too."""
    return tables.read_parts(workspace, table, [part for part in manifest.of(table) if day in (WHOLE, part.day)])


def _stored_ids(workspace: Workspace, manifest: Manifest, table: str, day: str) -> pl.DataFrame:
    return _stored(workspace, manifest, table, day).select(ROW_ID).collect()


def _settled(table: str, fresh: pl.DataFrame, objects: pl.DataFrame, came: int, accepted: int, conflicts: pl.DataFrame) -> Settled:
    told = conflicts.select(ROW, SOURCE, "exchange_id") if "exchange_id" in conflicts.columns else conflicts.select(ROW, SOURCE)
    return Settled(
        sorted_for_store(fresh.select(list(tables.row_schema(table))), table),
        sorted_for_store(objects.select(list(tables.row_schema("objects"))), "objects"),
        accepted,
        came - accepted - conflicts.height,
        told,
    )


def _settle_exchanges(
    workspace: Workspace,
    manifest: Manifest,
    day: str,
    rows: pl.DataFrame,
    things: pl.DataFrame,
    stored: pl.DataFrame,
    conflicts: pl.DataFrame,
) -> Settled:
    keep = pl.concat([conflicts, _stored_contents(workspace, manifest, day, rows, stored)]).unique(ROW_ID, keep="last", maintain_order=True)
    wrong = rows.clear()
    if keep.height:
        judged = rows.join(keep, on=ROW_ID, how="left")
        wrong = judged.filter(pl.col(_KEEP) != pl.col(CONTENT)).drop(_KEEP)
        rows_left = judged.filter((pl.col(_KEEP) == pl.col(CONTENT)) | pl.col(_KEEP).is_null()).drop(_KEEP)
        things = things.join(wrong.select(FULL), on=FULL, how="anti")
    else:
        rows_left = rows
    fresh = _new(rows_left, stored)
    if things.is_empty():
        return _settled("exchanges", fresh, _no_objects(), rows.height, fresh.height, wrong)
    known = _stored_ids(workspace, manifest, "objects", day)
    brought = things.group_by(ROW_ID).agg(pl.col(FULL).min()).join(known, on=ROW_ID, how="anti")
    first = rows_left.group_by(ROW_ID).agg(pl.col(FULL).min()).join(stored, on=ROW_ID, how="anti")
    accepted = pl.concat([brought[FULL], first[FULL]]).n_unique()
    objects = _new(things, known)
    return _settled("exchanges", fresh, objects, rows.height, accepted, wrong)


def _stored_contents(workspace: Workspace, manifest: Manifest, day: str, rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """What is stored wins: ROW_ID and content of the stored exchanges that came again."""
    again = rows.select(ROW_ID).unique().join(stored, on=ROW_ID, how="semi")
    if again.is_empty():
        return pl.DataFrame(schema={ROW_ID: pl.Int64(), _KEEP: pl.Int64()})
    held = _stored(workspace, manifest, "exchanges", day).join(again.lazy(), on=ROW_ID, how="semi").collect()
    return held.select(ROW_ID).with_columns(row_signature(held, list(TABLES["exchanges"]), _KEEP))


def sorted_for_store(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """`frame` in the one order of the store, whatever the order it came in: what an account does looks alike, so it stands together."""
    if table not in ("exchanges", "objects"):
        return frame.sort(ROW_ID)
    names = frame.select(pl.col("account_id").unique().sort()).with_row_index("_account")
    numbered = frame.join(names, on="account_id", how="left", maintain_order="left")
    order = numbered.select("_account", "occurred_at", ROW_ID).with_row_index("_row").sort("_account", "occurred_at", ROW_ID)
    return frame[order["_row"]]


def writers(workspace: Workspace, stage: Stage, table: str, day: str, settled: Settled) -> list[Callable[[], list[Part]]]:
    """What is left to do for settled rows, as tasks that may run side by side: each stores parts that no reader sees yet."""
    named = None if day == WHOLE else day

    def store(name: str, frame: pl.DataFrame) -> list[Part]:
        return [tables.write_part(workspace, name, named, frame)] if frame.height else []

    def fragments() -> list[Part]:
        return store("fragments", account_fragments(stage.scan("prompt_fragments", day), settled.fresh))

    rows = partial(store, table, settled.fresh)
    return [fragments, rows, partial(store, "objects", settled.objects)] if table == "exchanges" else [rows]

"""The same cluster from night to night: lines that grow, merge, split, die and come back, each under one name.

A night continues a line by common accounts first, and by evidence where there are none: a pool that was banned and registered anew
has other accounts and the same exits, clients and wording. The memory of all lines travels from snapshot to snapshot, so that
one earlier snapshot is enough, however long ago a cluster was last seen.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from graph.kinship import Marks, kin
from graph.store.snapshot import FRAMES, Snapshot, window

REMEMBERED_DAYS = 90  # after that a line that was not found again is forgotten, unless a person decided about it
_CHANGED = 0.1  # growth or shrinkage worth a word
ALIVE, DEAD, MERGED = "alive", "dead", "merged"


@dataclass(frozen=True)
class Memory:
    """All lines as the night before left them: frame `lines`, and what each was last seen with, by cluster_id."""

    lines: pl.DataFrame
    marks: Marks

    @property
    def taken(self) -> frozenset[str]:
        """Ids that no new line may have."""
        return frozenset(self.lines["cluster_id"])

    def within_others(self, inside: bool) -> "Memory":
        """Only the lines of campaigns within a pool, or only the rest."""
        lines = self.lines.filter(pl.col("parent_id").is_not_null() == inside)
        return Memory(lines, self.marks.of(lines["cluster_id"].to_list()))


@dataclass(frozen=True)
class Line:
    """What a cluster is called tonight and what became of it since the night before.

    `others`: the lines that merged into it, the pieces that split off, or what it came out of. `names`: every id whose decisions
    hold for it: its own, those that merged into it, those it came out of.
    """

    cluster_id: str
    change: str  # born, same, grew, shrank, merged, split, revived; of lines not found: died, merged
    others: tuple[str, ...]
    names: tuple[str, ...]
    first_night: dt.datetime
    accounts: int
    parent_id: str | None = None  # the pool that this is a campaign within


@dataclass(frozen=True)
class Matches:
    """Which cluster continues which line. `names`: cluster → id, new ones too. `kin`: cluster, cluster_id, by_members, nearest first."""

    names: dict[int, str]
    kin: pl.DataFrame


def recall(earlier: Snapshot | None) -> Memory:
    """What the snapshot of the night before remembers; a snapshot older than lines remembers its members."""
    if earlier is None:
        return Memory(pl.DataFrame(schema=FRAMES["lines"]), Marks.none())
    lines = earlier.frame("lines").collect()
    if lines.height:
        return Memory(lines, Marks(*(earlier.frame(name).collect() for name in ("line_members", "line_entities"))))
    members = earlier.frame("members").select("cluster_id", "account_id").collect()
    until = window(earlier.manifest)[1]
    rows = [_row(Line(name, "", (), (name,), until, size), ALIVE, until) for name, size in _sizes(members, "cluster_id").items()]
    return Memory(_frame(rows), Marks(members, Marks.none().entities))


def match(tonight: Marks, memory: Memory, favoured: frozenset[str] = frozenset(), taken: frozenset[str] = frozenset()) -> Matches:
    """Names for tonight's clusters (`tonight` speaks of `cluster`, a number), whatever their numbers and the order of rows.

    Lines that were there the night before go first, then those remembered; common accounts before evidence; among equals the
    `favoured` (a person confirmed them), then the most alike, then the oldest. No new name is one of those `taken`.
    """
    pairs = kin(tonight, memory.marks).join(memory.lines.select("cluster_id", "state", "first_night"), on="cluster_id")
    digest = _digests(tonight)
    ranked = pairs.with_columns(
        tier=pl.col("by_members").not_().cast(pl.Int8) * 2 + (pl.col("state") != ALIVE).cast(pl.Int8),
        favoured=pl.col("cluster_id").is_in(sorted(favoured)),
        digest=pl.col("cluster").replace_strict(digest, return_dtype=pl.String),
    ).sort(
        ["tier", "favoured", "likeness", "first_night", "cluster_id", "digest"],
        descending=[False, True, True, False, False, False],
    )
    names: dict[int, str] = {}
    continued: set[str] = set()
    for cluster, cluster_id in ranked.select("cluster", "cluster_id").iter_rows():
        if cluster not in names and cluster_id not in continued:
            names[cluster] = cluster_id
            continued.add(cluster_id)
    known = {*taken, *memory.lines["cluster_id"]}
    for cluster in sorted(set(digest) - set(names), key=digest.__getitem__):
        names[cluster] = _new_name(digest[cluster], known)
        known.add(names[cluster])
    return Matches(names, ranked.sort("by_members", "likeness", "digest", "cluster_id", descending=[True, True, False, False]))


def tell(tonight: Marks, matches: Matches, memory: Memory, until: dt.datetime) -> dict[int, Line]:
    """What became of each cluster of `tonight`, which may have lost members since `match`, since the night before."""
    before = {row["cluster_id"]: row for row in memory.lines.iter_rows(named=True)}
    sizes = _sizes(tonight.members, "cluster")
    names = {cluster: name for cluster, name in matches.names.items() if cluster in sizes}
    absorbed, pieces, origin = _moves(matches, names, before)
    lines: dict[int, Line] = {}
    for cluster, name in names.items():
        old = before.get(name)
        change, others = _change(old, sizes[cluster], absorbed.get(cluster, []), pieces.get(name, []), origin.get(cluster))
        forebears = {name, *others} - set(pieces.get(name, []))
        inherited = {name, *(i for forebear in forebears & before.keys() for i in before[forebear]["names"])}
        first = old["first_night"] if old else until
        lines[cluster] = Line(name, change, tuple(others), tuple(sorted(inherited)), first, sizes[cluster])
    return lines


def remember(
    tonight: Marks, lines: dict[int, Line], memory: Memory, until: dt.datetime, decided: frozenset[str]
) -> dict[str, pl.DataFrame]:
    """The frames lines, line_members and line_entities: tonight's lines, and those lost no longer than REMEMBERED_DAYS ago.

    Lines that a decision names (`decided`) are never forgotten.
    """
    names = {cluster: line.cluster_id for cluster, line in lines.items()}
    rows = [_row(line, ALIVE, until) for line in lines.values()]
    rows += list(_lost(lines, memory, until, decided))
    table = _frame(rows)
    kept = memory.marks.of(table.filter(pl.col("state") != ALIVE)["cluster_id"].to_list())
    marks = tonight.named(names).joined(kept)
    return {"lines": table, "line_members": marks.members, "line_entities": marks.entities}


def _lost(lines: dict[int, Line], memory: Memory, until: dt.datetime, decided: frozenset[str]) -> Iterator[dict[str, Any]]:
    found = {line.cluster_id for line in lines.values()}
    into = {other: line.cluster_id for line in lines.values() if line.change == "merged" for other in line.others}
    for row in memory.lines.iter_rows(named=True):
        name = row["cluster_id"]
        if name in found:
            continue
        if name in into:
            yield {**row, "state": MERGED, "change": "merged", "others": [into[name]]}
        elif row["state"] == ALIVE:
            yield {**row, "state": DEAD, "change": "died", "others": []}
        elif until - row["last_night"] <= dt.timedelta(days=REMEMBERED_DAYS) or decided.intersection(row["names"]):
            yield {**row, "change": None}


def _moves(
    matches: Matches, names: dict[int, str], before: dict[str, dict[str, Any]]
) -> tuple[dict[int, list[str]], dict[str, list[str]], dict[int, str]]:
    """cluster → lines that merged into it; line → pieces that left it; cluster → the line it came out of, nearest first.

    All by common accounts; but what is born may come, by its evidence, out of a line whose remains keep the name.
    """
    continued = set(names.values())
    absorbed: dict[int, list[str]] = {}
    pieces: dict[str, list[str]] = {}
    origin: dict[int, str] = {}
    gone: set[str] = set()
    for cluster, line, by_members in matches.kin.select("cluster", "cluster_id", "by_members").iter_rows():
        if cluster not in names or names[cluster] == line:
            continue
        state, mine = before[line]["state"], before.get(names[cluster])
        if not by_members:
            if mine is None and line in continued:
                origin.setdefault(cluster, line)
            continue
        if line not in continued and line not in gone and state != MERGED:
            absorbed.setdefault(cluster, []).append(line)
            gone.add(line)
        if line in continued and state != MERGED and cluster not in origin and (mine is None or mine["state"] == MERGED):
            pieces.setdefault(line, []).append(names[cluster])
            origin[cluster] = line
    return absorbed, pieces, origin


def _change(old: dict[str, Any] | None, size: int, absorbed: list[str], pieces: list[str], origin: str | None) -> tuple[str, list[str]]:
    if absorbed:
        return "merged", sorted(absorbed)
    if pieces:
        return "split", sorted(pieces)
    beside = [origin] if origin else []
    if old is None:
        return "born", beside
    return ("revived", beside) if old["state"] != ALIVE else (_size_change(old["accounts"], size), [])


def _size_change(before: int, after: int) -> str:
    if after > before * (1 + _CHANGED):
        return "grew"
    return "shrank" if after < before * (1 - _CHANGED) else "same"


def _sizes(members: pl.DataFrame, key: str) -> dict[Any, int]:
    return dict(members.group_by(key).agg(pl.len()).sort(key).iter_rows())


def _row(line: Line, state: str, until: dt.datetime) -> dict[str, Any]:
    return {
        "cluster_id": line.cluster_id,
        "state": state,
        "change": line.change or None,
        "others": list(line.others),
        "names": list(line.names),
        "first_night": line.first_night,
        "last_night": until,
        "accounts": line.accounts,
        "parent_id": line.parent_id,
    }


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=FRAMES["lines"], orient="row").sort("cluster_id")


def _digests(tonight: Marks) -> dict[int, str]:
    """cluster → digest of its members: what a new line is called after."""
    grouped = tonight.members.sort("cluster", "account_id").group_by("cluster", maintain_order=True).agg("account_id")
    return {cluster: hashlib.sha256("\x1f".join(ids).encode()).hexdigest().upper() for cluster, ids in grouped.iter_rows()}


def _new_name(digest: str, taken: set[str]) -> str:
    return next(f"CL-{digest[i : i + 6]}" for i in range(len(digest)) if f"CL-{digest[i : i + 6]}" not in taken)

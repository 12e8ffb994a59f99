"""What an explanation looks at: one snapshot, the few accounts' rows of its window, and the decisions in force."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from graph.errors import UsageError
from graph.night import Night, open_night
from graph.store import decisions, snapshot, tables
from graph.store.decisions import Decision
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import DAY_COLUMN

# The columns of exchanges that signals and readers look at; the others cost as much to read.
_EXCHANGES = (
    "account_id",
    "occurred_at",
    "exchange_id",
    "ip",
    "ip_net",
    "user_agent",
    "client_version",
    "session_id",
    "model",
    "prompt_id",
)
_DAILY = ("exchanges", "objects", "fragments")  # tables cut by day, with rows of an account


@dataclass(frozen=True)
class Scene:
    """`night` holds the rows of the accounts asked about alone, in memory; `facts` their rows of frame `accounts`, by account."""

    workspace: Workspace
    snap: Snapshot
    night: Night
    facts: dict[str, dict[str, Any]]
    book: tuple[Decision, ...]

    @cached_property
    def units(self) -> int:
        """Accounts of the snapshot, a declared organisation once."""
        unit = pl.coalesce("org " + pl.col("org_id"), "account " + pl.col("account_id"))
        return max(2, int(self.snap.frame("accounts").select(unit.n_unique()).collect().item()))

    @cached_property
    def totals(self) -> dict[str, float]:
        """kind → how many links of it there are in all, at least as many as units; empty where the snapshot does not say."""
        frame = self.snap.frame("kinds").select("kind", pl.max_horizontal("total", pl.lit(self.units))).collect()
        return {kind: float(total) for kind, total in frame.iter_rows()}

    def links(self, kind: str) -> float:
        """How many links of a kind chance draws from; the fewest there can be where the snapshot does not say, which claims less."""
        return self.totals.get(kind, float(self.units))

    def exchanges_of(self, accounts: list[str], columns: tuple[str, ...]) -> pl.DataFrame:
        """Exchanges of `accounts`: account_id, occurred_at and `columns` alone, in order of time."""
        wanted = ("account_id", "occurred_at", *columns)
        return self._rows("exchanges", accounts, wanted).select(wanted).sort("occurred_at", "account_id", *columns)

    def objects_of(self, accounts: list[str]) -> pl.DataFrame:
        """What `accounts` acted on, in order of time."""
        return self._rows("objects", accounts, None).sort("occurred_at", "account_id", "kind", "object_id")

    def texts(self, prompts: list[int], days: list[dt.date]) -> pl.DataFrame:
        """prompt_id, text of those `prompts` of the restricted store whose texts are kept, looked up on `days` alone."""
        manifest = tables.current(self.workspace)
        scans = [tables.scan(self.workspace, manifest, "prompts", day, day) for day in days]
        chosen = pl.concat(scans).filter(pl.col("prompt_id").is_in(prompts)).select("prompt_id", "text")
        return chosen.collect().unique("prompt_id", maintain_order=True)

    def _rows(self, table: str, accounts: list[str], columns: tuple[str, ...] | None) -> pl.DataFrame:
        if set(accounts) <= self.facts.keys():
            held: pl.LazyFrame = getattr(self.night, table)
            return held.filter(pl.col("account_id").is_in(accounts)).collect()
        return _of(self.workspace, table, accounts, (self.night.first, self.night.until), columns)


def open_scene(workspace: Workspace, snap: Snapshot, accounts: list[str]) -> Scene:
    """Read what concerns `accounts` alone. Raises UsageError when the snapshot does not know one of them."""
    rows = snap.frame("accounts").filter(pl.col("account_id").is_in(accounts)).collect()
    facts = {row["account_id"]: row for row in rows.iter_rows(named=True)}
    if unknown := [account for account in accounts if account not in facts]:
        raise UsageError(_unknown(snap, workspace, unknown[0]))
    first, until = snapshot.window(snap.manifest)
    night = open_night(workspace, until, max(1, -((first - until) // dt.timedelta(days=1)))).of_accounts(accounts)
    span = _span(facts, first, until)
    held: dict[str, Any] = {
        table: _of(workspace, table, accounts, span, _EXCHANGES if table == "exchanges" else None).lazy() for table in _DAILY
    }
    small: dict[str, Any] = {table: getattr(night, table).collect().lazy() for table in ("accounts", "payments")}
    book = decisions.in_force(decisions.read(workspace))
    return Scene(workspace, snap, replace(night, first=first, **held, **small), facts, book)


def _span(facts: dict[str, dict[str, Any]], first: dt.datetime, until: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The part of the window in which any of the accounts was seen: on other days there is nothing to read."""
    seen = [row["first_seen"] for row in facts.values() if row["first_seen"]]
    last = [row["last_seen"] for row in facts.values() if row["last_seen"]]
    if not seen:
        return first, first
    return max(first, min(seen)), min(until, max(last) + dt.timedelta(microseconds=1))


def _of(
    workspace: Workspace, table: str, accounts: list[str], span: tuple[dt.datetime, dt.datetime], columns: tuple[str, ...] | None
) -> pl.DataFrame:
    """Rows of `accounts` in `span` (its end excluded). The time is compared after the accounts: most rows need not be read for it."""
    first, until = span
    scan = tables.scan(workspace, tables.current(workspace), table, first.date(), until.date())
    chosen = scan.filter(pl.col("account_id").is_in(accounts)).select(columns or pl.all()).collect(engine="streaming")
    return chosen.filter(pl.col(DAY_COLUMN[table]).is_between(first, until, closed="left"))


def _unknown(snap: Snapshot, workspace: Workspace, name: str) -> str:
    line = snap.frame("lines").filter(pl.col("cluster_id") == name).collect()
    if line.height:
        row = line.row(0, named=True)
        into = f", and went into {', '.join(row['others'])}" if row["state"] == "merged" and row["others"] else ""
        return f"{name}: this cluster was last found on {row['last_night']:%Y-%m-%d}{into}. See `clew clusters {workspace.root}`."
    return (
        f"{name}: no account or cluster of that name in snapshot {snap.snapshot_id}. See `clew clusters {workspace.root}`; accounts"
        f" that came in since are known after `clew detect {workspace.root}`."
    )

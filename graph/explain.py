"""Why two accounts are linked, or an account and a cluster; and why not. Down to raw rows."""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from graph import incidence, membership
from graph.errors import UsageError
from graph.night import Night, open_night
from graph.signals.registry import BY_KIND, available
from graph.signals.synchrony import coincidences
from graph.store import snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.text import visible
from graph.vocabulary import Channel

_ROWS_SHOWN = 3
_TERMS_SHOWN = 25
_LINKED_BITS = 20.0  # a million to one: what two accounts must share to be called linked
_BEAT_BITS = 10.0  # shared seconds below this are left to chance


@dataclass(frozen=True)
class Term:
    """One step of the waterfall: an entity, what it says in bits, and some of the raw rows that say it."""

    channel: str
    kind: str
    entity: str
    accounts: int
    bits: float
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Explanation:
    """`linked` with its terms, strongest first; `remarks` hold what speaks against, and what was not found."""

    subject: str
    linked: bool
    bits: float
    terms: tuple[Term, ...]
    remarks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain values; times as ISO text."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person, safe on a terminal."""
        told = [visible(f"{self.subject}: {'linked' if self.linked else 'not linked'}, {self.bits:.1f} bits of evidence")]
        for term in self.terms[:_TERMS_SHOWN]:
            told.append(visible(f"  {term.bits:+6.1f}  {term.channel}: {term.kind} {term.entity} (shared by {term.accounts})"))
            told += [visible("            " + ", ".join(f"{k}={v}" for k, v in row.items() if v is not None)) for row in term.rows]
        if len(self.terms) > _TERMS_SHOWN:
            told.append(f"  showing {_TERMS_SHOWN} of {len(self.terms)} entities")
        return told + [visible(f"  {remark}") for remark in self.remarks]


def explain(workspace: Workspace, snap: Snapshot, account: str, other: str) -> Explanation:
    """Why `account` and `other` (an account, or a cluster of `snap`) are linked, or why not. Raises UsageError for unknown names."""
    if any(cluster["cluster_id"] == other for cluster in snap.clusters()):
        return _with_cluster(workspace, snap, account, other)
    return _with_account(workspace, snap, account, other)


def _night(workspace: Workspace, snap: Snapshot) -> Night:
    first, until = snapshot.window(snap.manifest)
    return open_night(workspace, until, max(1, (until - first).days))


def _known(snap: Snapshot, account: str) -> None:
    if snap.frame("accounts").filter(pl.col("account_id") == account).select(pl.len()).collect().item() == 0:
        raise UsageError(f"{account}: no account or cluster of that name in snapshot {snap.snapshot_id}.")


def _touched(night: Night, snap: Snapshot, accounts: list[str]) -> pl.DataFrame:
    """Entities of the accounts that others touch too: account_id, entity_id, kind, value, units, accounts."""
    only = night.of_accounts(accounts)
    frames = [incidence.identified(s, only) for s in available(night) if s.channel != Channel.TIMING]
    found = pl.concat([frame.select("account_id", "entity_id", "kind", "value") for frame in frames])
    return found.join(snap.frame("popularity"), on="entity_id").filter(pl.col("units") >= 2).collect()


def _with_account(workspace: Workspace, snap: Snapshot, one: str, two: str) -> Explanation:
    if one == two:
        raise UsageError(f"{one}: is one account; name two, or an account and a cluster.")
    for account in (one, two):
        _known(snap, account)
    night = _night(workspace, snap)
    population = max(2, int(snap.manifest["counts"]["accounts"]))
    touched = _touched(night, snap, [one, two])
    shared = (
        touched.filter(pl.col("account_id").n_unique().over("entity_id") == 2)
        .unique("entity_id")
        .with_columns(bits=(population / pl.col("units")).log(2))
        .sort(["bits", "entity_id"], descending=[True, False])
    )
    terms = [
        Term(
            BY_KIND[r["kind"]].channel.value,
            r["kind"],
            r["value"],
            r["accounts"],
            round(r["bits"], 2),
            _raw(night, r["kind"], r["value"], [one, two]),
        )
        for r in shared.head(_TERMS_SHOWN).iter_rows(named=True)
    ]
    beat = coincidences(night, one, two)
    remarks = [f"They act within the same second {beat.seconds} times; their hourly rhythms lead to expect {beat.expected:.2f}."]
    if beat.bits >= _BEAT_BITS:
        terms.append(Term("timing", "same second", f"{beat.seconds} shared seconds", 2, round(beat.bits, 2), ()))
    remarks += _common_clusters(snap, one, two)
    remarks += [f"{channel}: nothing shared" for channel in _silent(night, terms)]
    total = _discounted(terms)
    return Explanation(
        f"{one} and {two}", total >= _LINKED_BITS, round(total, 2), tuple(sorted(terms, key=lambda t: -t.bits)), tuple(remarks)
    )


def _discounted(terms: list[Term]) -> float:
    """The sum as membership counts it: within a channel each further entity counts half as much as the one before."""
    total = 0.0
    for channel in {term.channel for term in terms}:
        ordered = sorted((t.bits for t in terms if t.channel == channel), reverse=True)
        total += sum(bits * membership.HALVING**i for i, bits in enumerate(ordered))
    return total


def _silent(night: Night, terms: list[Term]) -> list[str]:
    """Channels that link the two by nothing; timing apart, whose groups only a whole night shows, not two accounts."""
    spoken = {term.channel for term in terms} | {Channel.TIMING.value}
    return sorted({s.channel.value for s in available(night)} - spoken)


def _common_clusters(snap: Snapshot, one: str, two: str) -> list[str]:
    members = snap.frame("members").filter(pl.col("account_id").is_in([one, two])).collect()
    both = members.filter(pl.col("account_id").n_unique().over("cluster_id") == 2)["cluster_id"].unique().sort()
    return [f"Both stand in cluster {cluster_id}." for cluster_id in both] or ["No cluster holds both."]


def _with_cluster(workspace: Workspace, snap: Snapshot, account: str, cluster_id: str) -> Explanation:
    _known(snap, account)
    night = _night(workspace, snap)
    membership = snap.frame("members").filter(pl.col("account_id") == account, pl.col("cluster_id") == cluster_id).collect()
    if membership.is_empty():
        return _why_not(snap, night, account, cluster_id)
    held = (
        snap.frame("links")
        .filter(pl.col("account_id") == account, pl.col("cluster_id") == cluster_id)
        .join(snap.frame("entities").select("entity_id", "kind", "label", "accounts"), on="entity_id")
        .sort(["bits", "entity_id"], descending=[True, False])
        .collect()
    )
    terms = tuple(
        Term(r["channel"], r["kind"], r["label"], r["accounts"], round(r["bits"], 2), _raw(night, r["kind"], r["label"], [account]))
        for r in held.iter_rows(named=True)
    )
    remark = "Within a channel each further entity counts half as much as the one before, so the terms add up to more than the total."
    return Explanation(f"{account} in {cluster_id}", True, round(membership["bits"].item(), 2), terms, (remark,))


def _why_not(snap: Snapshot, night: Night, account: str, cluster_id: str) -> Explanation:
    profile = snap.frame("cluster_entities").filter(pl.col("cluster_id") == cluster_id).collect()
    touched = (
        _touched(night, snap, [account])
        .join(profile.select("entity_id", "bits"), on="entity_id")
        .sort(["bits", "entity_id"], descending=[True, False])
    )
    terms = [
        Term(BY_KIND[r["kind"]].channel.value, r["kind"], r["value"], r["accounts"], 0.0, _raw(night, r["kind"], r["value"], [account]))
        for r in touched.head(_TERMS_SHOWN).iter_rows(named=True)
    ]
    marks = f"{touched.height} of the {profile.height} entities that mark {cluster_id}"
    said = f"It touches {marks}, too little to pay for the odds against belonging."
    return Explanation(f"{account} in {cluster_id}", False, 0.0, tuple(terms), (said,))


def _raw(night: Night, kind: str, value: str, accounts: list[str]) -> tuple[dict[str, Any], ...]:
    table, column = _RAW.get(kind, ("", ""))
    if not table:
        return ()
    frame: pl.LazyFrame = getattr(night, table)
    time = _TIME[table]
    rows = (
        frame.filter(pl.col("account_id").is_in(accounts), pl.col(column) == value)
        .sort(time, "account_id")
        .select("account_id", time, column, *(["exchange_id"] if table == "exchanges" else []))
        .group_by("account_id", maintain_order=True)
        .head(_ROWS_SHOWN)
        .with_columns(pl.col(time).dt.to_string("iso:strict"))
        .collect()
    )
    return tuple(rows.iter_rows(named=True))


# Where the raw rows of a kind lie; the others are derived from several columns or rows.
_RAW = {
    "card": ("payments", "card_fingerprint"),
    "address": ("exchanges", "ip"),
    "network": ("exchanges", "ip_net"),
    "session": ("exchanges", "session_id"),
    "sign-up network": ("accounts", "signup_net"),
}
_TIME = {"payments": "paid_at", "exchanges": "occurred_at", "accounts": "created_at"}

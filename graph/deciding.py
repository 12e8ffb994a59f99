"""From what a person says to a decision that can be stored: every account and cluster is looked up in the newest snapshot."""

from dataclasses import replace
from typing import Any, NoReturn

import polars as pl

from graph.errors import UsageError
from graph.store.decisions import Decision, Kind, in_force
from graph.store.snapshot import Snapshot

_MOST_NAME, _MOST_REASON = 200, 2_000  # characters

# How each kind is written on the command line.
SAYS: dict[Kind, str] = {
    Kind.EXCLUDE: "exclude ACCOUNT… --from CLUSTER",
    Kind.MUST_LINK: "must-link ACCOUNT|CLUSTER ACCOUNT|CLUSTER…",
    Kind.CANNOT_LINK: "cannot-link ACCOUNT|CLUSTER… --from ACCOUNT|CLUSTER",
    Kind.CONFIRMED: "confirmed CLUSTER",
    Kind.CLEARED: "cleared CLUSTER",
    Kind.WITHDRAW: "withdraw NUMBER",
}


def draft(snap: Snapshot, book: tuple[Decision, ...], said: Decision, targets: tuple[str, ...], apart: tuple[str, ...] = ()) -> Decision:
    """`said` (kind, by, reason, time) filled in with what `targets`, and `apart` after --from, mean in `snap`.

    A cluster's name stands for the accounts that it holds there. `book`: all decisions so far. Raises UsageError naming what is
    unknown, missing or too much.
    """
    _text(said.by, "--by", _MOST_NAME)
    _text(said.reason, "--reason", _MOST_REASON)
    said = replace(said, snapshot=snap.snapshot_id)
    if said.kind is Kind.WITHDRAW:
        return replace(said, withdraws=_number(book, *_exactly(said.kind, targets, 1), *_exactly(said.kind, apart, 0)))
    if said.kind is Kind.EXCLUDE:
        accounts = _accounts(snap, targets, clusters=False) or _refuse(said.kind, "names no account")
        cluster = _cluster(snap, *_exactly(said.kind, apart, 1))
        return replace(said, accounts=accounts, cluster_id=cluster["cluster_id"])
    if said.kind in (Kind.MUST_LINK, Kind.CANNOT_LINK):
        return _pairing(snap, said, targets, apart)
    cluster = _cluster(snap, *_exactly(said.kind, targets, 1), *_exactly(said.kind, apart, 0))
    accounts = _accounts(snap, (cluster["cluster_id"],))
    return replace(said, cluster_id=cluster["cluster_id"], accounts=accounts, channels=cluster["channels"])


def _pairing(snap: Snapshot, said: Decision, targets: tuple[str, ...], apart: tuple[str, ...]) -> Decision:
    accounts, others = _accounts(snap, targets), _accounts(snap, apart)
    if said.kind is Kind.MUST_LINK:
        _exactly(said.kind, apart, 0)
        return replace(said, accounts=accounts) if len(accounts) > 1 else _refuse(said.kind, "names one account alone")
    if not accounts or not others:
        return _refuse(said.kind, "needs accounts on both sides")
    if both := sorted(set(accounts) & set(others)):
        return _refuse(said.kind, f"{both[0]} stands on both sides")
    return replace(said, accounts=accounts, others=others)


def _accounts(snap: Snapshot, targets: tuple[str, ...], clusters: bool = True) -> tuple[str, ...]:
    """The accounts that `targets` name, clusters (where allowed) by all their members."""
    members = snap.frame("members").filter(pl.col("cluster_id").is_in(targets)).select("cluster_id", "account_id").collect()
    named = set(members["cluster_id"]) if clusters else set()
    alone = sorted(set(targets) - named)
    known = set(snap.frame("accounts").filter(pl.col("account_id").is_in(alone)).select("account_id").collect()["account_id"])
    if unknown := [target for target in alone if target not in known]:
        what = "account or cluster" if clusters else "account"
        raise UsageError(f"{unknown[0]}: no {what} of that name in snapshot {snap.snapshot_id}. See `clew clusters`.")
    return tuple(sorted(known | set(members["account_id"] if clusters else ())))


def _cluster(snap: Snapshot, cluster_id: str) -> dict[str, Any]:
    found = next((cluster for cluster in snap.clusters() if cluster["cluster_id"] == cluster_id), None)
    if found is None:
        raise UsageError(f"{cluster_id}: no cluster of that name in snapshot {snap.snapshot_id}. See `clew clusters`.")
    return found


def _number(book: tuple[Decision, ...], text: str) -> int:
    numbers = {str(decision.number): decision.number for decision in in_force(book)}
    if text not in numbers:
        raise UsageError(f"{text}: no decision of that number is in force. See `clew decide WORKSPACE --list`.")
    return numbers[text]


def _exactly(kind: Kind, given: tuple[str, ...], n: int) -> tuple[str, ...]:
    return given if len(given) == n else _refuse(kind, "names too few things" if len(given) < n else "names too many things")


def _text(text: str, option: str, most: int) -> None:
    if not text.strip() or len(text) > most:
        raise UsageError(f"{option}: {'is empty' if not text.strip() else 'is too long'}. Write 1 to {most} characters.")


def _refuse(kind: Kind, fault: str) -> NoReturn:
    raise UsageError(f"{kind}: {fault}. Write it as `clew decide WORKSPACE {SAYS[kind]}`.")

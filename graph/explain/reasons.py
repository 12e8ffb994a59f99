"""Why not: each reason by name, with the figures and the people behind it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import polars as pl

from graph.explain.model import Reason, Term, independent, total, witnesses
from graph.explain.scene import Scene
from graph.membership import CORROBORATION_BITS
from graph.store.decisions import Decision, Kind
from graph.store.snapshot import Snapshot
from graph.vocabulary import BY_A_PERSON, CHANNEL_WORDS, Channel

_NAMED = 5  # things named in one sentence

_WITNESS_WORDS = {channel.value: word.lower() if channel is not Channel.IP else word for channel, word in CHANNEL_WORDS.items()} | {
    "software": "software alone (client, wording, upgrades, ids that follow from them: all who use a program have them in common)",
}


def iso(time: object) -> str | None:
    """A time as ISO text to the second, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, dt.datetime) else None


def memberships(snap: Snapshot, account: str) -> dict[str, float]:
    """cluster_id → bits of every cluster the account stands in."""
    held = snap.frame("members").filter(pl.col("account_id") == account).select("cluster_id", "bits").sort("cluster_id").collect()
    return dict(held.iter_rows())


def inactive(scene: Scene, accounts: Iterable[str]) -> tuple[Reason, ...]:
    """Accounts that sent nothing in the window."""
    first, until = scene.night.first, scene.night.until
    return tuple(
        Reason("inactive", f"{account} sent nothing in the window, {first:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC.")
        for account in accounts
        if not scene.facts[account]["exchanges"]
    )


def same_organisation(scene: Scene, one: str, two: str) -> tuple[Reason, ...]:
    """A declared organisation is one unit: what its accounts share counts once, and links nobody."""
    org = scene.facts[one]["org_id"]
    if org is None or org != scene.facts[two]["org_id"]:
        return ()
    said = f"Both belong to the declared organisation {org}. Its accounts count as one: what they share among themselves is no evidence."
    return (Reason("same-organisation", said),)


def colleagues(scene: Scene, account: str, cluster_id: str) -> tuple[Reason, ...]:
    """Members of the cluster that belong to the account's own declared organisation: together with it they count once."""
    org = scene.facts[account]["org_id"]
    if org is None:
        return ()
    own = scene.snap.frame("accounts").filter(pl.col("org_id") == org).select("account_id").collect()["account_id"]
    both = len(members(scene.snap, cluster_id).intersection(own))
    if not both:
        return ()
    said = f"{account} and {both:,} of the accounts in {cluster_id} belong to the declared organisation {org}, which counts as one."
    return (Reason("same-organisation", said),)


def weak(terms: tuple[Term, ...], aside: int = 0) -> tuple[Reason, ...]:
    """Where nothing is shared, or nothing that others do not share too: each thing by name, how common it is, and what it says.

    aside: how many things are shared that detection does not count.
    """
    if not terms:
        also = f" beside {aside:,} things that are not counted" if aside else ""
        return (Reason("nothing-shared", f"They share nothing that was looked at{also}."),)
    if any((term.accounts or 0) <= 2 for term in terms):
        return ()
    only = "only what many share" if all(term.bits < CORROBORATION_BITS for term in terms) else "nothing that others do not share too"
    named = ", ".join(f"{term.kind} {term.label} ({term.accounts:,} accounts, {term.bits:.3f} bits)" for term in terms[:_NAMED])
    more = f", and {len(terms) - _NAMED:,} more" if len(terms) > _NAMED else ""
    return (Reason("popular", f"They share {only}: {named}{more}."),)


def threshold(terms: tuple[Term, ...], needed: float, at_most: float = 0.0) -> tuple[Reason, ...]:
    """Too few bits, or one witness alone. `at_most`: bits that rhythm could add and that were not looked at."""
    found: list[Reason] = []
    if total(terms) < needed:
        rest = f" Rhythm, which is not asked again here, says {at_most:.0f} bits at most." if at_most else ""
        found.append(Reason("few-bits", f"{total(terms):.3f} bits speak for it, {needed:.3f} are needed.{rest}"))
    said = {name: bits for name, bits in witnesses(terms).items() if name != "conclusive"}
    if max(said.values(), default=0.0) >= CORROBORATION_BITS > independent(terms):
        strongest = max(said, key=lambda name: (said[name], name))
        found.append(
            Reason(
                "one-witness",
                f"One witness: {_WITNESS_WORDS[strongest]} says {said[strongest]:.3f} bits, everything else {independent(terms):.3f};"
                f" a second witness must say {CORROBORATION_BITS} (10 : 1).",
            )
        )
    return tuple(found)


def clusters(one: str, first: dict[str, float], two: str, second: dict[str, float]) -> tuple[Reason, ...]:
    """Which clusters hold the one and the other, none of them both."""
    said = f"No cluster holds both: {_stands(one, first)}; {_stands(two, second)}."
    return (Reason("different-clusters" if first and second else "no-cluster", said),)


def _stands(account: str, held: dict[str, float]) -> str:
    return f"{account} stands in {', '.join(f'{name} ({bits:.3f} bits)' for name, bits in held.items()) or 'no cluster'}"


def kept_apart(scene: Scene, one: str, two: str) -> tuple[Reason, ...]:
    """What people decided against the two being together."""
    sides = ((one, two), (two, one))
    return tuple(
        Reason("decided", told(scene, decision, f"said that {one} and {two} do not belong together"))
        for decision in scene.book
        if decision.kind is Kind.CANNOT_LINK and any(a in decision.accounts and b in decision.others for a, b in sides)
    )


def excluded(scene: Scene, account: str, cluster_id: str) -> tuple[Reason, ...]:
    """Who took the account out of the cluster, or out of one that became it."""
    names = names_of(scene, cluster_id)
    return tuple(
        Reason("decided", told(scene, decision, f"took {account} out of {decision.cluster_id}"))
        for decision in scene.book
        if decision.kind is Kind.EXCLUDE and account in decision.accounts and decision.cluster_id in names
    )


def kept_out(scene: Scene, account: str, cluster_id: str) -> tuple[Reason, ...]:
    """Who keeps the account apart from members of the cluster."""
    held = members(scene.snap, cluster_id)
    return tuple(
        Reason("decided", told(scene, decision, f"keeps {account} apart from {both:,} of the accounts in {cluster_id}"))
        for decision in scene.book
        if decision.kind is Kind.CANNOT_LINK and (both := len(held & _opposite(decision, account)))
    )


def _opposite(decision: Decision, account: str) -> set[str]:
    sides = (set(decision.accounts), set(decision.others))
    return sides[1] if account in sides[0] else sides[0] if account in sides[1] else set()


def members(snap: Snapshot, cluster_id: str) -> set[str]:
    """The accounts of a cluster."""
    return set(snap.frame("members").filter(pl.col("cluster_id") == cluster_id).select("account_id").collect()["account_id"])


def names_of(scene: Scene, cluster_id: str) -> frozenset[str]:
    """The ids whose decisions hold for a cluster: its own, and those of the lines that became it."""
    lines = scene.snap.frame("lines").filter(pl.col("cluster_id") == cluster_id).select("names").collect()
    return frozenset({cluster_id, *(name for names in lines["names"].to_list() for name in names or ())})


def joined(scene: Scene, accounts: Iterable[str]) -> tuple[str, ...]:
    """Notes: decisions that put all of `accounts` together."""
    wanted = set(accounts)
    return tuple(
        told(scene, decision, f"said that {' and '.join(sorted(wanted))} belong together")
        for decision in scene.book
        if decision.kind is Kind.MUST_LINK and wanted <= set(decision.accounts)
    )


def joined_to(scene: Scene, account: str, cluster_id: str) -> tuple[str, ...]:
    """Notes: decisions that put `account` together with others of the cluster."""
    others = members(scene.snap, cluster_id) - {account}
    return tuple(
        told(scene, decision, f"said that {account} belongs together with {both:,} others of {cluster_id}")
        for decision in scene.book
        if decision.kind is Kind.MUST_LINK and account in decision.accounts and (both := len(others & set(decision.accounts)))
    )


def told(scene: Scene, decision: Decision, did: str) -> str:
    """A decision in a sentence: who, when, why; and whether the snapshot knew of it."""
    heeded = decision.number <= int((scene.snap.manifest.get("decisions") or {}).get("stored", 0))
    later = "" if heeded else " Made after this snapshot: it takes effect with the next `clew detect`."
    return f"{BY_A_PERSON}{decision.by} {did} ({decision.day}, decision {decision.number}): {decision.reason}{later}"


def standing(cluster: dict[str, Any]) -> str:
    """What the list of clusters says of one."""
    flagged = "flagged" if cluster["flagged"] else "not flagged"
    return (
        f"{cluster['cluster_id']}: {cluster['accounts']:,} accounts, {flagged} tonight"
        f" (linkage {cluster.get('linkage', 0.0):.2f} × extraction {cluster.get('extraction', 0.0):.2f})."
    )

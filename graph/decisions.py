"""What people decided, applied to a night: who is joined, kept apart or taken out, and what stays flagged or is left alone.

Joins come first, then what keeps apart, then exclusions: where two decisions disagree, the one that accuses fewer holds. Whatever took
effect stands in the cluster's reasons, with who decided it, when and why. A decision about a cluster holds for what became of it: the same
line, the one it merged into, the pieces that split off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from graph.found import Found
from graph.lineage import Line
from graph.scoring import Score
from graph.store.decisions import Decision, Kind
from graph.vocabulary import BY_A_PERSON

_GROWN = 0.5  # of the accounts that were cleared: where more than so many others stand there, it is looked at again
_SPEAKS, _SILENT = 0.1, 0.01  # shares of a cluster's bits from which a channel is evidence, and below which it was none

_WITH_ITS_POOL = f"{BY_A_PERSON}its pool was cleared, and with it this campaign."

Notes = dict[int, tuple[str, ...]]  # cluster → what people decided about it, in sentences


@dataclass
class _Night:
    """Tonight's clusters while decisions change them. `held`: cluster → its account_ids. `active`: who did anything in the window."""

    held: dict[int, set[str]]
    active: set[str]
    units: dict[str, int]
    smallest: int
    changed: set[int] = field(default_factory=set)
    notes: Notes = field(default_factory=dict)

    def enough(self, accounts: Iterable[str]) -> bool:
        return len({self.units[account] for account in accounts}) >= self.smallest

    def note(self, cluster: int, decision: Decision, did: str) -> None:
        self.changed.add(cluster)
        self.notes[cluster] = (*self.notes.get(cluster, ()), _told(decision, did))


def linked(found: Found, book: tuple[Decision, ...], smallest: int) -> tuple[pl.DataFrame, Notes]:
    """The groups of `found` after must-link and cannot-link, and what was done.

    Linked accounts that were active join the cluster where most of them are; a cluster most of whose members are among them comes
    whole. Where two parts must not be together, the part with less evidence leaves, as a cluster of its own when it has `smallest` units.
    """
    together, apart = _of(book, Kind.MUST_LINK), _of(book, Kind.CANNOT_LINK)
    if not together and not apart:
        return found.groups, {}
    night = _opened(found, smallest)
    for decisions in _chained(together):
        _join(night, decisions)
    bits = _bits(found) if apart else {}
    for decision in apart:
        _part(night, decision, bits)
    return _closed(found, night)


def excluded(found: Found, book: tuple[Decision, ...], lines: Mapping[int, Line], smallest: int) -> tuple[pl.DataFrame, Notes]:
    """The groups of `found` without accounts that were excluded from a cluster's line, and what was done."""
    if not (exclusions := _of(book, Kind.EXCLUDE)):
        return found.groups, {}
    night = _opened(found, smallest)
    for decision in exclusions:
        for cluster, line in lines.items():
            out = night.held[cluster] & set(decision.accounts) if decision.cluster_id in line.names else set()
            if out:
                night.held[cluster] -= out
                night.note(cluster, decision, f"took {_accounts(len(out))} out of this cluster")
    return _closed(found, night)


def judged(
    scores: Mapping[int, Score],
    found: Found,
    lines: Mapping[int, Line],
    book: tuple[Decision, ...],
    notes: Notes,
    pools: Mapping[int, int],
) -> dict[int, Score]:
    """`scores` with what people decided: what was confirmed stays flagged, what was cleared stays unflagged while it is the same.

    `pools`: campaign → the pool it is within. Who clears a pool clears the campaigns within it; who confirms one confirms the pool alone.
    """
    bits, members = _channel_bits(found), _members(found)
    verdicts = _of(book, Kind.CONFIRMED, Kind.CLEARED)
    after: dict[int, Score] = {}
    for cluster, score in scores.items():
        line = lines[cluster]
        about = next((decision for decision in reversed(verdicts) if decision.cluster_id in line.names), None)
        decided, said = _verdict(about, members[cluster], bits.get(cluster, {})) if about else (None, ())
        after[cluster] = replace(score, decided=decided, reasons=(*score.reasons, *notes.get(cluster, ()), *said))
    for campaign, pool in pools.items():
        if after[campaign].decided is None and after[pool].decided == Kind.CLEARED.value:
            after[campaign] = replace(after[campaign], decided=Kind.CLEARED.value, reasons=(*after[campaign].reasons, _WITH_ITS_POOL))
    return after


def confirmed(book: tuple[Decision, ...]) -> frozenset[str]:
    """Ids of clusters that stand confirmed."""
    last = {decision.cluster_id: decision.kind for decision in _of(book, Kind.CONFIRMED, Kind.CLEARED)}
    return frozenset(name for name, kind in last.items() if name and kind is Kind.CONFIRMED)


def named(book: tuple[Decision, ...]) -> frozenset[str]:
    """Ids of all clusters that a decision is about."""
    return frozenset(decision.cluster_id for decision in book if decision.cluster_id)


def _of(book: tuple[Decision, ...], *kinds: Kind) -> list[Decision]:
    return [decision for decision in book if decision.kind in kinds]


def _verdict(decision: Decision, members: set[str], bits: Mapping[str, float]) -> tuple[str | None, tuple[str, ...]]:
    if decision.kind is Kind.CONFIRMED:
        return Kind.CONFIRMED.value, (_told(decision, "confirmed this cluster, and it stays flagged"),)
    before, others = len(decision.accounts), len(members - set(decision.accounts))
    again = "so it is looked at again"
    if others > _GROWN * before:
        return None, (_told(decision, f"cleared this cluster of {_accounts(before)}; {others:,} others stand in it now, {again}"),)
    if new := _new_channels(decision.channels, bits):
        return None, (_told(decision, f"cleared this cluster before {', '.join(new)} spoke for it, {again}"),)
    return Kind.CLEARED.value, (_told(decision, "cleared this cluster, and it is not flagged"),)


def _new_channels(before: Mapping[str, float], tonight: Mapping[str, float]) -> list[str]:
    then, now = sum(before.values()) or 1.0, sum(tonight.values()) or 1.0
    return sorted(channel for channel, bits in tonight.items() if bits / now >= _SPEAKS and before.get(channel, 0.0) / then < _SILENT)


def _join(night: _Night, decisions: list[Decision]) -> None:
    together = {account for decision in decisions for account in decision.accounts}
    within = {cluster: len(members & together) for cluster, members in night.held.items() if members & together}
    if not within:
        return
    target = max(sorted(within), key=lambda cluster: (within[cluster], len(night.held[cluster])))
    before = set(night.held[target])
    for cluster in within.keys() - {target}:
        whole = 2 * within[cluster] > len(night.held[cluster])
        night.held[target] |= night.held[cluster] if whole else set()
        night.held[cluster] = set() if whole else night.held[cluster] - together
        night.changed.add(cluster)
    night.held[target] |= together & night.active
    joined = night.held[target] - before
    for decision in decisions if joined else ():
        night.note(target, decision, f"linked accounts of this cluster; {_accounts(len(joined))} joined it by that")


def _part(night: _Night, decision: Decision, bits: Mapping[tuple[int, str], float]) -> None:
    for cluster, members in sorted(night.held.items()):
        sides = [members & set(decision.accounts), members & set(decision.others)]
        if not all(sides):
            continue
        leaving = min(sides, key=lambda side: (round(sum(bits.get((cluster, a), 0.0) for a in sorted(side)), 3), len(side), sorted(side)))
        night.held[cluster] = members - leaving
        night.note(cluster, decision, f"kept {_accounts(len(leaving))} apart from this cluster")
        if night.enough(leaving):
            own = max(night.held) + 1
            night.held[own] = leaving
            night.note(own, decision, "set these accounts apart as a cluster of their own")


def _chained(decisions: list[Decision]) -> list[list[Decision]]:
    """Decisions that have accounts in common, together: if a goes with b, and b with c, then a goes with c."""
    chains: list[tuple[set[str], list[Decision]]] = []
    for decision in decisions:
        accounts, chain = set(decision.accounts), [decision]
        apart = []
        for others, earlier in chains:
            if others & accounts:
                accounts |= others
                chain = [*earlier, *chain]
            else:
                apart.append((others, earlier))
        chains = [*apart, (accounts, chain)]
    return [sorted(chain, key=lambda decision: decision.number) for _, chain in chains]


def _opened(found: Found, smallest: int) -> _Night:
    accounts = found.bipartite.accounts.select("account", "account_id", "unit")
    active = found.facts.filter(pl.col("exchanges") > 0).join(accounts, on="account", how="semi")
    return _Night(
        _members(found),
        set(active["account_id"]),
        dict(accounts.select("account_id", "unit").iter_rows()),
        smallest,
    )


def _closed(found: Found, night: _Night) -> tuple[pl.DataFrame, Notes]:
    """Back to cluster, account; what decisions left too small is no cluster any more."""
    if not night.changed:
        return found.groups, {}
    kept = {cluster for cluster, members in night.held.items() if cluster not in night.changed or night.enough(members)}
    pairs = [(cluster, account) for cluster in kept for account in night.held[cluster]]
    numbers = found.bipartite.accounts.select("account_id", "account")
    named_pairs = pl.DataFrame(pairs, schema={"cluster": found.groups.schema["cluster"], "account_id": pl.String}, orient="row")
    groups = named_pairs.join(numbers, on="account_id").select(pl.col(name).cast(kind) for name, kind in found.groups.schema.items())
    return groups.sort("cluster", "account"), {cluster: said for cluster, said in night.notes.items() if cluster in kept}


def _members(found: Found) -> dict[int, set[str]]:
    """cluster → its account_ids."""
    named = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account")
    return {cluster: set(ids) for cluster, ids in named.group_by("cluster").agg("account_id").iter_rows()}


def _bits(found: Found) -> dict[tuple[int, str], float]:
    """(cluster, account_id) → bits of the membership."""
    said = found.channel_bits.group_by("cluster", "account").agg(pl.col("bits").sum())
    rows = said.join(found.bipartite.accounts.select("account", "account_id"), on="account").select("cluster", "account_id", "bits")
    return {(cluster, account): bits for cluster, account, bits in rows.iter_rows()}


def _channel_bits(found: Found) -> dict[int, dict[str, float]]:
    totals: dict[int, dict[str, float]] = {}
    for cluster, channel, bits in (
        found.channel_bits.group_by("cluster", "channel").agg(pl.col("bits").sum()).sort("cluster", "channel").iter_rows()
    ):
        totals.setdefault(cluster, {})[channel] = bits
    return totals


def _told(decision: Decision, did: str) -> str:
    return f"{BY_A_PERSON}{decision.by} {did} ({decision.day}, decision {decision.number}): {decision.reason}"


def _accounts(n: int) -> str:
    return "1 account" if n == 1 else f"{n:,} accounts"

"""Why two accounts are linked, or why not.

The chance is membership's, for a group of one: an account that touches r entities of a kind touches one of popularity d with probability
1 - exp(-r (d - 1) / T), T being all links of the kind. The busier of the two stands for r, which claims less. Of those whom a conclusive
test put together a stated share (`doubt`) may be strangers: there d - 1 counts by that share alone.
"""

import math
from typing import Any

import polars as pl

from graph.errors import UsageError
from graph.explain import meetings, reasons
from graph.explain.detail import detailed
from graph.explain.model import DOUBT_BITS, LEAST_BITS, Explanation, Reason, Term, chance_of, independent, total, waterfall
from graph.explain.scene import Scene, open_scene
from graph.explain.touched import TESTED, touched
from graph.membership import CORROBORATION_BITS
from graph.signals.registry import BY_KIND
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import Channel

_SECONDS_TEXT = "Both accounts act within the same second, more often than their hourly rhythms lead to expect."


def explain(workspace: Workspace, snap: Snapshot, one: str, two: str) -> Explanation:
    """Why accounts `one` and `two` are linked, or why not. Raises UsageError for unknown names, and for one account named twice."""
    if one == two:
        raise UsageError(f"{one}: is one account. Name two, or an account and a cluster.")
    scene = open_scene(workspace, snap, [one, two])
    both = touched(scene).filter(pl.col("account_id").n_unique().over("entity_id") == 2)
    exchanges = scene.exchanges_of([one, two], ("session_id", "prompt_id"))
    terms = _terms(scene, one, two, both, exchanges)
    held = {account: reasons.memberships(snap, account) for account in (one, two)}
    together = sorted(held[one].keys() & held[two].keys())
    needed = round(math.log2(scene.units - 1) + DOUBT_BITS, 3)
    said = (*_decided(scene, held), *reasons.same_organisation(scene, one, two))
    direct = total(terms) >= needed and independent(terms) >= CORROBORATION_BITS and not said
    linked = bool(together) or direct
    aside = both.filter(pl.col("units").is_null())
    why_not = () if linked else (*said, *_against(scene, held, terms, needed, aside["entity_id"].n_unique()))
    notes = (
        *_through(snap, together, held),
        *reasons.joined(scene, (one, two)),
        *(reason.sentence for reason in said if linked),
        *_seen(one, two, exchanges, {term.kind for term in terms}),
        *_set_aside(aside),
    )
    verdict = _verdict(together, direct, total(terms), needed)
    return Explanation(f"{one} and {two}", one, two, snap.snapshot_id, linked, verdict, total(terms), needed, terms, why_not, notes)


def _terms(scene: Scene, one: str, two: str, both: pl.DataFrame, exchanges: pl.DataFrame) -> tuple[Term, ...]:
    """The waterfall of what `both` share, of tests that put them together, and of their seconds where no such test speaks."""
    popularity = "accounts" if reasons.same_organisation(scene, one, two) else "units"  # colleagues are no strangers to what they share
    tested = _tested(scene, one, two, popularity)
    seconds = [] if any(term.kind == "workgroup" for term in tested) else _seconds(one, two, exchanges)
    terms = waterfall([*_shared(scene, both, popularity), *tested, *seconds])
    values = dict(both.select(pl.col("entity_id").cast(pl.String), "value").unique().iter_rows())
    fellows: dict[str | None, list[str]] = {term.entity_id: [two] for term in terms}
    return detailed(scene, one, terms, values, fellows)


def _decided(scene: Scene, held: dict[str, dict[str, float]]) -> tuple[Reason, ...]:
    """Who keeps the two apart, or took one of them out of a cluster of the other's."""
    (one, first), (two, second) = held.items()
    excluded = [reasons.excluded(scene, account, name) for account, other in ((one, second), (two, first)) for name in other]
    return (*reasons.kept_apart(scene, one, two), *(reason for found in excluded for reason in found))


def _against(scene: Scene, held: dict[str, dict[str, float]], terms: tuple[Term, ...], needed: float, aside: int) -> tuple[Reason, ...]:
    (one, first), (two, second) = held.items()
    return (
        *reasons.inactive(scene, held),
        *reasons.clusters(one, first, two, second),
        *reasons.weak(terms, aside),
        *reasons.threshold(terms, needed),
    )


def _shared(scene: Scene, both: pl.DataFrame, popularity: str) -> list[Term]:
    known = (
        both.filter(pl.col("units") >= 2)
        .group_by("kind", "entity_id", "accounts", "units", label="value")
        .agg(pl.col("busy").max(), pl.col("first_at").min(), pl.col("last_at").max())
        .sort("kind", "entity_id")
    )
    return [_term(scene, row, row[popularity]) for row in known.iter_rows(named=True)]


def _tested(scene: Scene, one: str, two: str, popularity: str) -> list[Term]:
    """What tests over the whole night found both accounts in."""
    held = (
        scene.snap.frame("links")
        .filter(pl.col("account_id").is_in([one, two]))
        .select("account_id", "entity_id", "first_seen", "last_seen")
    )
    tests = (
        scene.snap.frame("entities").filter(pl.col("kind").is_in(sorted(TESTED))).select("entity_id", "kind", "label", "accounts", "units")
    )
    common = (
        held.join(tests, on="entity_id")
        .group_by("kind", "entity_id", "label", "accounts", "units")
        .agg(pl.col("account_id").n_unique(), first_at=pl.col("first_seen").min(), last_at=pl.col("last_seen").max())
        .filter(pl.col("account_id") == 2)
        .sort("kind", "entity_id")
        .collect()
    )
    return [_term(scene, {**row, "busy": 1}, row[popularity]) for row in common.iter_rows(named=True)]


def _term(scene: Scene, row: dict[str, Any], popularity: int) -> Term:
    signal = BY_KIND[row["kind"]]
    others = (popularity - 1) * (signal.doubt if signal.conclusive else 1.0)
    chance = chance_of(row["busy"], max(others, signal.doubt), max(scene.links(signal.kind), popularity))
    return Term(
        signal.channel.value,
        signal.kind,
        row["label"],
        signal.explanation,
        round(max(0.0, -math.log2(chance)), 3),
        entity_id=str(row["entity_id"]),
        share=1.0,
        chance=chance,
        accounts=row["accounts"],
        software=signal.software,
        conclusive=signal.conclusive,
        first_seen=reasons.iso(row["first_at"]),
        last_seen=reasons.iso(row["last_at"]),
    )


def _seconds(one: str, two: str, exchanges: pl.DataFrame) -> list[Term]:
    """The same seconds of the two alone, where no test of the whole night speaks of them."""
    beat = meetings.beat(one, two, exchanges)
    if beat.bits < LEAST_BITS:
        return []
    label = f"{beat.seconds} shared seconds, {beat.expected:.2f} expected"
    bits = round(beat.bits, 3)
    return [Term(Channel.TIMING.value, meetings.SECONDS, label, _SECONDS_TEXT, bits, share=1.0, chance=2**-bits, accounts=2)]


def _verdict(together: list[str], direct: bool, bits: float, needed: float) -> str:
    between = f"between the two alone {bits:.3f} bits, {needed:.3f} are needed of two accounts picked out of all"
    if together:
        return f"linked: {' and '.join(together)} holds both; {between}"
    return f"linked: {between}, and more than one witness speaks" if direct else f"not linked; {between}"


def _through(snap: Snapshot, together: list[str], held: dict[str, dict[str, float]]) -> list[str]:
    clusters = {cluster["cluster_id"]: cluster for cluster in snap.clusters()}
    told = []
    for name in together:
        belong = " and ".join(f"{account} belongs by {bits[name]:.3f} bits" for account, bits in held.items())
        told.append(f"{reasons.standing(clusters[name])} {belong}: ask for either and {name}.")
        told.append("Members need not share anything with each other; what marks the cluster ties each to it.")
    return told


def _seen(one: str, two: str, exchanges: pl.DataFrame, spoken: set[str]) -> list[str]:
    """What the two were seen doing that only the test of a whole night can weigh, and did not find."""
    beat = meetings.beat(one, two, exchanges)
    counts = {
        f"{meetings.PROMPT_SECONDS} seconds apart at most they sent the same request": ("relayed prompt", meetings.repeated_requests),
        "within an hour they sent the same session id": ("relayed session", meetings.carried_sessions),
        "within minutes one began a spell of work as the other's ended": ("rotation", meetings.turns),
    }
    found = [f"{words}: {n} times" for words, (kind, find) in counts.items() if kind not in spoken and (n := find(one, exchanges).height)]
    told = [f"They act within the same second {beat.seconds} times; their hourly rhythms lead to expect {beat.expected:.2f}."]
    if found:
        told.append(f"Seen between them and not counted, as the snapshot knows of no test that found it beyond chance: {'; '.join(found)}.")
    return told


def _set_aside(aside: pl.DataFrame) -> list[str]:
    """What both touched that detection does not count a second time, or not at all."""
    kinds = aside.unique("entity_id").group_by("kind").len().sort("kind")
    if kinds.is_empty():
        return []
    named = ", ".join(f"{n:,} × {kind}" for kind, n in kinds.iter_rows())
    return [
        f"Not counted: {named}. The very same accounts touch them as touch another one that is counted, or none outside one declared"
        " organisation does."
    ]

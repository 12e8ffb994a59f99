"""Why an account does not stand in a cluster: what of the cluster's marks it touches, what that would say of it, and what stood against it.

The bits are membership's for an account outside: share of the members that touch the entity, against the chance that an account which
touches as many of the kind meets one that so many others touch. Counted from the snapshot, so without rhythm
and the tests of a whole night, which it holds for members alone.
"""

import math
from typing import Any

import polars as pl

from graph.explain import reasons
from graph.explain.detail import detailed
from graph.explain.model import Explanation, Reason, Term, chance_of, independent, total, waterfall
from graph.explain.scene import Scene
from graph.explain.touched import TESTED, touched
from graph.membership import CORROBORATION_BITS, RHYTHM_MOST_BITS
from graph.signals.registry import BY_KIND

_REFINED = (
    "Counted alone it would pay for belonging. Groups compete for accounts, are cut where they hang by little, and give up what two"
    " witnesses do not hold; a snapshot keeps how that ended, not each step."
)


def explain(scene: Scene, account: str, cluster: dict[str, Any], size: int, needed: float) -> Explanation:
    """Why `account` is not in `cluster`, which has `size` units and takes `needed` bits."""
    name = cluster["cluster_id"]
    own = touched(scene)
    marks = _marks(scene, name)
    common = own.join(marks, on=["entity_id", "kind"]).sort("kind", "entity_id")
    terms = waterfall(_term(scene, row, size) for row in common.iter_rows(named=True))
    values = dict(common.select(pl.col("entity_id").cast(pl.String), "value").iter_rows())
    terms = detailed(scene, account, terms, values, {})
    elsewhere = reasons.memberships(scene.snap, account)
    pays = total(terms) >= needed and independent(terms) >= CORROBORATION_BITS
    why_not = (
        *reasons.excluded(scene, account, name),
        *reasons.kept_out(scene, account, name),
        *reasons.colleagues(scene, account, name),
        *reasons.inactive(scene, (account,)),
        *_elsewhere(account, elsewhere, name),
        *_untouched(terms, marks.height, name),
        *reasons.threshold(terms, needed, RHYTHM_MOST_BITS),
        *([Reason("refined", _REFINED)] if pays else []),
    )
    cost = f"{needed:.3f} are needed of a cluster of {cluster['accounts']:,} accounts"
    verdict = f"not linked; what they share would say {total(terms):.3f} bits, {cost}"
    notes = (reasons.standing(cluster), *_tests(marks))
    return Explanation(
        f"{account} in {name}", account, name, scene.snap.snapshot_id, False, verdict, total(terms), needed, terms, why_not, notes
    )


def _marks(scene: Scene, name: str) -> pl.DataFrame:
    """What marks the cluster: entity_id, kind, label, members, expected, everyone (units), all (accounts), spill, leak."""
    entities = scene.snap.frame("entities").select("entity_id", "kind", "label", everyone="units", all="accounts")
    marks = scene.snap.frame("cluster_entities").filter(pl.col("cluster_id") == name).join(entities, on="entity_id")
    doubt = pl.col("kind").replace_strict({kind: s.doubt for kind, s in BY_KIND.items()}, default=1.0, return_dtype=pl.Float64)
    spill = (pl.col("everyone") - pl.col("members")).clip(0)
    leak = ((pl.col("spill").sum() + pl.col("doubt").first()) / pl.len()).over("kind")
    return (
        marks.select("entity_id", "kind", "label", "members", "expected", "own", "everyone", "all", spill=spill, doubt=doubt)
        .with_columns(leak=pl.min_horizontal(leak, "doubt"))
        .drop("doubt")
        .collect()
    )


def _term(scene: Scene, row: dict[str, Any], size: int) -> Term:
    signal = BY_KIND[row["kind"]]
    share = min(1.0, row["members"] / size)
    chance = chance_of(row["busy"], max(0, row["spill"] - 1) + row["leak"], scene.links(signal.kind))
    return Term(
        signal.channel.value,
        signal.kind,
        row["label"],
        signal.explanation,
        round(max(0.0, math.log2(share / chance)), 3),
        entity_id=str(row["entity_id"]),
        share=share,
        chance=chance,
        accounts=row["all"],
        members=row["members"],
        expected=row["expected"],
        software=signal.software and not row["own"],
        conclusive=signal.conclusive,
        first_seen=reasons.iso(row["first_at"]),
        last_seen=reasons.iso(row["last_at"]),
    )


def _elsewhere(account: str, held: dict[str, float], name: str) -> tuple[Reason, ...]:
    if not held:
        return (Reason("no-cluster", f"{account} stands in no cluster."),)
    where = ", ".join(f"{cluster} ({bits:.3f} bits)" for cluster, bits in held.items())
    return (Reason("different-clusters", f"{account} stands in {where}, not in {name}: an account goes where its evidence is strongest."),)


def _untouched(terms: tuple[Term, ...], marks: int, name: str) -> tuple[Reason, ...]:
    if not terms:
        return (Reason("nothing-shared", f"It touches none of the {marks:,} things that mark {name}."),)
    few = f"It touches {len(terms):,} of the {marks:,} things that mark {name}."
    weak = reasons.weak(terms)
    return (Reason("popular", f"{few} {weak[0].sentence}"),) if weak else ()


def _tests(marks: pl.DataFrame) -> list[str]:
    tested = sorted(set(marks["kind"]) & TESTED)
    if not tested:
        return []
    return [f"{', '.join(tested)}: tested over the whole night, which put members together and not this account with them."]

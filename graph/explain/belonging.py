"""Why an account stands in a cluster, with terms that add up to the published bits: entities, and rhythm for what they leave."""

import math
from dataclasses import replace
from typing import Any

import polars as pl

from graph.explain import outside, reasons
from graph.explain.detail import detailed
from graph.explain.model import DOUBT_BITS, Explanation, Term, ordered, total, waterfall
from graph.explain.scene import Scene, open_scene
from graph.explain.touched import TESTED, touched
from graph.signals.registry import BY_KIND
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import CHANNELS, Channel

RHYTHM, WORDING, UNNAMED = "rhythm", "campaign wording", "not itemised"
_WORDING_TEXT = "Of a pool's accounts some send this wording, and the others never do."
_RHYTHM_TEXT = "Its days, hours and pace match the members', better than those of a sample of equally busy accounts do."
_ROUNDING = 0.002  # bits: the published figures are each rounded to a thousandth
_FELLOWS = 200  # accounts with whom it is looked up where the account met them


def explain(workspace: Workspace, snap: Snapshot, account: str, cluster: dict[str, Any]) -> Explanation:
    """Why `account` stands in `cluster` (of the list of clusters), or why not. Raises UsageError when the account is unknown."""
    scene, name = open_scene(workspace, snap, [account]), cluster["cluster_id"]
    held = snap.frame("members").filter(pl.col("account_id") == account, pl.col("cluster_id") == name).collect()
    home = _home(snap, cluster)
    size = _size(scene, home["cluster_id"])
    needed = round(max(0.0, math.log2(max(1, scene.units - size) / size)) + DOUBT_BITS, 3)
    if held.is_empty():
        return outside.explain(scene, account, cluster, size, needed)
    terms = itemised(_held(scene, account, name, home), held.row(0, named=True), _wording(scene, account, name))
    values = touched(scene).select(pl.col("entity_id").cast(pl.String), "value").unique()
    terms = detailed(scene, account, terms, dict(values.iter_rows()), _fellows(scene, account, name, terms))
    terms = tuple(_paced(scene, account, name, term) for term in terms)
    verdict = f"linked: it belongs by {total(terms):.3f} bits; {needed:.3f} are needed of a cluster of {home['accounts']:,} accounts"
    within = [f"{name} is a campaign within {home['cluster_id']}: what links the pool's accounts, and the campaign's wording."]
    notes = (
        reasons.standing(cluster),
        *(within if home is not cluster else []),
        *reasons.joined_to(scene, account, name),
        *_thin(total(terms), needed),
    )
    return Explanation(f"{account} in {name}", account, name, snap.snapshot_id, True, verdict, total(terms), needed, terms, (), notes)


def _thin(bits: float, needed: float) -> list[str]:
    """A member may fall short: groups are cut and joined as wholes after membership was settled, and people join accounts."""
    if bits >= needed:
        return []
    short = f"Its own bits fall short of what is needed by {needed - bits:.3f}"
    return [f"{short}: it is held with accounts that a test, a part or a person ties it to."]


def _home(snap: Snapshot, cluster: dict[str, Any]) -> dict[str, Any]:
    """The cluster whose evidence it is: of a campaign within a pool, the pool."""
    return next((other for other in snap.clusters() if other["cluster_id"] == cluster["parent_id"]), cluster)


def _size(scene: Scene, name: str) -> int:
    """Members, a declared organisation once."""
    members = scene.snap.frame("members").filter(pl.col("cluster_id") == name).select("account_id")
    unit = pl.coalesce("org " + pl.col("org_id"), "account " + pl.col("account_id"))
    return max(1, int(scene.snap.frame("accounts").join(members, on="account_id", how="semi").select(unit.n_unique()).collect().item()))


def _held(scene: Scene, account: str, name: str, home: dict[str, Any]) -> list[Term]:
    """The published links of a member of `name`, not yet weighed. `home`: the cluster whose evidence they are."""
    links = scene.snap.frame("links").filter(pl.col("account_id") == account, pl.col("cluster_id") == name)
    marks = (
        scene.snap.frame("cluster_entities")
        .filter(pl.col("cluster_id") == home["cluster_id"])
        .select("entity_id", "members", "expected", "own")
    )
    entities = scene.snap.frame("entities").select("entity_id", "kind", "label", "accounts")
    rows = links.join(entities, on="entity_id").join(marks, on="entity_id", how="left").sort("entity_id").collect()
    return [_published(row, home["accounts"]) for row in rows.iter_rows(named=True)]


def _published(row: dict[str, Any], size: int) -> Term:
    signal = BY_KIND.get(row["kind"])
    share = (row["members"] - 1) / (size - 1) if row["members"] and size > 1 else None
    return Term(
        row["channel"],
        row["kind"],
        row["label"],
        signal.explanation if signal else "",
        row["bits"],
        entity_id=str(row["entity_id"]),
        share=share,
        chance=share * 2.0 ** -row["bits"] if share else None,
        accounts=row["accounts"],
        members=row["members"],
        expected=row["expected"],
        software=bool(signal and signal.software and not row["own"]),
        conclusive=bool(signal and signal.conclusive),
        first_seen=reasons.iso(row["first_seen"]),
        last_seen=reasons.iso(row["last_seen"]),
    )


def itemised(terms: list[Term], member: dict[str, Any], wording: Term | None = None) -> tuple[Term, ...]:
    """`terms` weighed so that they and rhythm add up to the member's published bits, channel by channel, to the thousandth.

    wording: what sets a campaign apart within its pool; it counts whole, beside the entities.
    """
    by_channel: dict[str, list[Term]] = {}
    for term in (*waterfall(terms), *([wording] if wording else [])):
        by_channel.setdefault(term.channel, []).append(term)
    for channel in CHANNELS:
        held = by_channel.get(channel, [])
        exact = sum(term.bits * term.weight for term in held)  # of the entities and the wording
        rest = round(member[f"bits_{channel}"] - total(held), 3)
        if abs(member[f"bits_{channel}"] - exact) > _ROUNDING:
            by_channel[channel] = [*held, _rest(channel, rest)]
        elif rest and held:
            by_channel[channel] = [replace(held[0], counted=round(held[0].counted + rest, 3)), *held[1:]]
    return ordered(by_channel)


def _wording(scene: Scene, account: str, name: str) -> Term | None:
    """What an account sends of the wording that makes a campaign within a pool; none in other clusters."""
    told = scene.snap.frame("campaigns").filter(pl.col("account_id") == account, pl.col("cluster_id") == name).collect()
    if told.is_empty():
        return None
    row = told.row(0, named=True)
    label = f"{row['sent']:,} sentences of this campaign's wording"
    remark = f"Its share of the pool's traffic would make {row['expected']:,.1f} of them; accounts outside the campaign send next to none."
    bits = round(row["bits"], 3)
    return Term(Channel.PROMPT, WORDING, label, _WORDING_TEXT, bits, counted=bits, software=True, remark=remark)


def _rest(channel: str, bits: float) -> Term:
    if channel == Channel.TIMING:
        return Term(channel, RHYTHM, "days, hours and pace like the members'", _RHYTHM_TEXT, bits, counted=bits)
    return Term(
        channel, UNNAMED, "the snapshot does not say by what", "What the channel says beyond the entities listed.", bits, counted=bits
    )


def _fellows(scene: Scene, account: str, name: str, terms: tuple[Term, ...]) -> dict[str | None, list[str]]:
    """entity_id → the other members that a test found with the account, some of them where they are very many."""
    tested = [int(term.entity_id) for term in terms if term.kind in TESTED and term.entity_id]
    if not tested:
        return {}
    links = scene.snap.frame("links").filter(
        pl.col("entity_id").is_in(tested), pl.col("cluster_id") == name, pl.col("account_id") != account
    )
    some = (
        links.select("entity_id", "account_id")
        .sort("entity_id", "account_id")
        .group_by("entity_id")
        .agg(pl.col("account_id").head(_FELLOWS))
    )
    return {str(entity): accounts for entity, accounts in some.collect().iter_rows()}


def _paced(scene: Scene, account: str, name: str, term: Term) -> Term:
    """The term of rhythm with what it compares: the account's pace beside the members', and how much of their days and hours agree."""
    if term.kind != RHYTHM:
        return term
    members = scene.snap.frame("members").filter(pl.col("cluster_id") == name).select("account_id")
    pace = pl.col("exchanges") / pl.col("days_active")
    paces = (
        scene.snap.frame("accounts")
        .join(members, on="account_id", how="semi")
        .filter(pl.col("days_active") > 0)
        .select("account_id", pace=pace)
    )
    counted = paces.select(
        own=pl.col("pace").filter(pl.col("account_id") == account).first(),
        low=pl.col("pace").quantile(0.25, "linear"),
        middle=pl.col("pace").median(),
        high=pl.col("pace").quantile(0.75, "linear"),
    ).collect()
    own, low, middle, high = counted.row(0)
    if own is None:
        return term
    hours = scene.snap.frame("activity").join(members, on="account_id", how="semi").collect()
    row = {
        "exchanges_per_active_day": round(own, 2),
        "median_of_members": round(middle, 2),
        "half_of_members_between": f"{low:.2f} and {high:.2f}",
        "days_in_common": _agreement(hours, account, pl.col("hour").dt.date()),
        "hours_of_day_in_common": _agreement(hours, account, pl.col("hour").dt.hour()),
    }
    return replace(term, rows=(row,), rows_total=1)


def _agreement(hours: pl.DataFrame, account: str, by: pl.Expr) -> str:
    """How much of the account's activity and of the other members' average falls on the same days or hours, in percent."""
    shares = hours.group_by("account_id", by=by).agg(n=pl.col("exchanges").sum())
    shares = shares.with_columns(share=pl.col("n") / pl.col("n").sum().over("account_id"))
    own = shares.filter(pl.col("account_id") == account).select("by", own="share")
    others = shares.filter(pl.col("account_id") != account)
    many = max(1, others["account_id"].n_unique())
    mean = others.group_by("by").agg(mean=pl.col("share").sum() / many)
    return f"{float(own.join(mean, on='by').select(pl.min_horizontal('own', 'mean').sum()).item()):.0%}"

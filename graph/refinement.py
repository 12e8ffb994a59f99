"""From candidate groups to clusters: grow and prune by evidence, let groups compete for accounts, join what is one.

First every group takes whoever belongs to it; groups that come to the same are kept once. Then each account stays only where
its evidence is strongest, which dissolves the mixtures that hubs had glued together. Two groups whose members would mostly
belong to each other are one.
"""

import polars as pl

from graph import membership, profile
from graph.incidence import Bipartite
from graph.leiden import bipartite_communities
from graph.membership import Groups
from graph.operation import of_one_operation
from graph.progress import Progress
from graph.silence import silence
from graph.succession import following, replaced

_OPEN_ROUNDS = 2
_EXCLUSIVE_ROUNDS = 3
_SAME = 0.5  # Jaccard: above it two groups tell the same story
_FRINGE = 0.5  # of the median member's bits: who has less touched the group's things, but is not of it
_CUTTINGS = (1.0, 4.0)  # Leiden resolutions: two pools as such, then one that rather cuts too much than too little
_KIN = 0.5  # of what speaks for an account at home: what others must say at least for them to be the same group
_REST, _SMALL = -1, -2  # pieces that no block or part has a number for
_MUTUAL = 0.5  # share of each group's members that belong to the other by the evidence


def refine(bipartite: Bipartite, groups: pl.DataFrame, smallest: int, progress: Progress) -> pl.DataFrame:
    """`groups` (cluster, account) → clusters of at least `smallest` units in the same columns, canonical order; no account twice."""
    progress.stage("refine", _OPEN_ROUNDS + _EXCLUSIVE_ROUNDS)

    tonight, blocks = Groups(bipartite, groups), _blocks(bipartite)
    for _ in range(_OPEN_ROUNDS):
        grown = _core(membership.belonging(tonight).filter(_said("corroboration")))
        tonight = _large(tonight, distinct(grown), smallest)
        tonight = _large(tonight, _without_parts(tonight), smallest)
        progress.advance()
    for _ in range(_EXCLUSIVE_ROUNDS):
        tonight = _large(tonight, _strongest(_vouched(tonight), blocks), smallest)
        tonight = _large(tonight, _dispatched(tonight, blocks, smallest), smallest)
        for resolution in _CUTTINGS:
            tonight = _large(tonight, _divided(tonight, resolution), smallest)
        tonight = _large(tonight, _households(tonight), smallest)
        tonight = _large(tonight, _outspoken(tonight), smallest)
        tonight = _joined(tonight)
        tonight = _as_one(tonight, replaced(tonight, blocks, smallest))
        progress.advance()
    return tonight.held


def _large(before: Groups, held: pl.DataFrame, smallest: int) -> Groups:
    """The groups of `held` of `smallest` units and more; where they are those of `before`, what is known of them is kept."""
    sizes = profile.sizes(before.bipartite, held).filter(pl.col("size_units") >= smallest)
    kept = held.join(sizes, on="cluster", how="semi", maintain_order="left").select("cluster", "account")
    return before if kept.equals(before.held) else Groups(before.bipartite, kept)


def _said(column: str) -> pl.Expr:
    return pl.col(column) >= membership.CORROBORATION_BITS


def _vouched(groups: Groups) -> pl.DataFrame:
    """Whose bits pay for belonging, by two independent witnesses; where most of a group has them, half as much is enough for the rest."""
    most = (pl.col("independent").median() >= membership.CORROBORATION_BITS).over("cluster")
    half = pl.col("independent") >= membership.CORROBORATION_BITS / 2
    return membership.belonging(groups).filter(_said("independent") | (most & half))


def distinct(groups: pl.DataFrame) -> pl.DataFrame:
    """Keep, strongest first, each group that is no near-equal of one already kept. In: cluster, account, surplus.

    Strength is the mean surplus times the root of the size: a larger group wins unless what it adds is weak.
    """
    strength = (
        groups.group_by("cluster")
        .agg(strength=(pl.col("surplus").mean() * pl.len().sqrt()).round(3))
        .sort(["strength", "cluster"], descending=[True, False])
    )
    rivals: dict[int, list[int]] = {}
    for a, b in _overlaps(groups).filter(pl.col("jaccard") >= _SAME).select("a", "b").iter_rows():
        rivals.setdefault(a, []).append(b)
        rivals.setdefault(b, []).append(a)
    kept: set[int] = set()
    for cluster in strength["cluster"]:
        if not kept.intersection(rivals.get(cluster, ())):
            kept.add(cluster)
    return groups.filter(pl.col("cluster").is_in(sorted(kept))).select("cluster", "account")


def _without_parts(groups: Groups) -> pl.DataFrame:
    """`groups`, of which those that are mostly a part of a larger one give up the accounts for whom its rest speaks as well."""
    part, host = pl.min_horizontal("size", "size_right"), pl.col("size") >= pl.col("size_right")
    nested = _overlaps(groups.held).filter(pl.col("shared") >= _SAME * part)
    pairs = nested.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("part"),
        cluster=pl.when(host).then("a").otherwise("b"),
        piece=pl.when(host).then("b").otherwise("a"),
    )
    said = groups.members.select("cluster", "account", "surplus")
    inside = pairs.join(said.rename({"cluster": "piece", "surplus": "of_piece"}), on="piece").join(said, on=["cluster", "account"])
    no_worse = pl.col("surplus") + membership.CORROBORATION_BITS >= pl.col("of_piece")  # else the larger one is a mixture
    inside = inside.filter(no_worse.mean().over("part") >= _MUTUAL)
    given_up = inside.filter(pl.col("part").is_in(_supported(groups, inside.select("part", "cluster", "account")).implode()))
    return groups.held.join(given_up, left_on=["cluster", "account"], right_on=["piece", "account"], how="anti")


def _supported(groups: Groups, parts: pl.DataFrame, silent: pl.DataFrame | None = None) -> pl.Series:
    """The parts (of `parts`: part, cluster, account) most of whose accounts belong to their group by what its rest says; `silent`
    (of `silence`) is held against them.
    """
    size = parts.group_by("part").agg(size=pl.len())
    own = groups.members.join(parts, on=["cluster", "account"]).select("part", "account", own="bits")
    said = membership.support(groups, parts).join(own, on=["part", "account"])
    if silent is not None:
        against = said.join(silent, on="account", how="left", maintain_order="left")["against"].fill_null(0.0)
        said = said.with_columns(pl.col("bits", "surplus", "beside_software", "independent") - against)
    said = _akin(said.filter(pl.col("bits") >= _KIN * pl.col("own")), groups)
    return said.group_by("part").agg(n=pl.len()).join(size, on="part").filter(pl.col("n") >= _MUTUAL * pl.col("size"))["part"].sort()


def _akin(said: pl.DataFrame, groups: Groups) -> pl.DataFrame:
    """The rows of `said` that pay for belonging, by two witnesses.

    One witness will do, client and wording apart, for accounts that are known to be coordinated: the question is only by whom.
    """
    coordinated = groups.members.filter(_said("conclusive"))["account"].unique()
    known = pl.col("account").is_in(coordinated.implode()) & (pl.col("beside_software") >= 0)
    return said.filter(pl.col("surplus") >= 0, known | _said("independent"))


def _overlaps(groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs of groups with common accounts: a < b, shared, size, size_right, jaccard."""
    size = groups.group_by("cluster").agg(size=pl.len().cast(pl.Int64))
    total = pl.col("size") + pl.col("size_right") - pl.col("shared")
    return (
        groups.lazy()
        .join(groups.lazy(), on="account")
        .filter(pl.col("cluster") < pl.col("cluster_right"))
        .group_by(a="cluster", b="cluster_right")
        .agg(shared=pl.len().cast(pl.Int64))
        .join(size.lazy(), left_on="a", right_on="cluster")
        .join(size.lazy(), left_on="b", right_on="cluster")
        .select("a", "b", "shared", "size", "size_right", jaccard=pl.col("shared") / total)
        .collect(engine="streaming")
    )


def _strongest(belonging: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """Each account where its evidence is strongest, and with its block (`_blocks`) where it has one, unless it is that group's fringe."""
    whole = pl.col("surplus").sum().over("block", "cluster")
    sought = belonging.join(blocks, on="account", how="left").with_columns(
        total=pl.when(pl.col("block").is_null()).then("surplus").otherwise(whole).round(3)
    )
    ranked = sought.sort(["account", "total", "surplus", "cluster"], descending=[False, True, True, False])
    assigned = _core(ranked.unique("account", keep="first", maintain_order=True))
    return assigned.select("cluster", "account").sort("cluster", "account")


def _blocks(bipartite: Bipartite) -> pl.DataFrame:
    """account, block: the largest group in which conclusive signals have found an account; who shares one moves together."""
    conclusive = bipartite.kinds.filter("conclusive").select("kind")
    tied = bipartite.links.join(conclusive, on="kind").join(bipartite.entities.select("entity", "units"), on="entity")
    first = tied.sort(["account", "units", "entity"], descending=[False, True, False]).unique("account", keep="first", maintain_order=True)
    return first.select("account", block="entity")


def _core(belonging: pl.DataFrame) -> pl.DataFrame:
    usual = pl.col("bits") >= _FRINGE * pl.col("bits").median().over("cluster")
    return belonging.filter(usual | (pl.col("conclusive") >= membership.CORROBORATION_BITS))


def _divided(groups: Groups, resolution: float) -> pl.DataFrame:
    """Every group cut where its own evidence is thinnest (Leiden on its accounts and entities), unless the rest speaks for the piece."""
    return _parted(groups, groups.evidence, resolution)


def _households(groups: Groups) -> pl.DataFrame:
    """Every group cut where the things that accounts have themselves in common are thinnest, their software and timing apart.

    People who share a card and a roof, and use what a campaign uses, are held to it by many small ties of one kind.
    """
    things = groups.bipartite.kinds.filter(~pl.col("software"), pl.col("doubt") == 1).select("kind")
    return _parted(groups, groups.evidence.join(things, on="kind", how="semi"), 1.0)


def _parted(groups: Groups, evidence: pl.DataFrame, resolution: float) -> pl.DataFrame:
    """`groups` cut by Leiden on `evidence`, of whose accounts those without any are one piece."""
    held = evidence.sort("cluster", "account", "entity")
    if held.is_empty():
        return groups.held
    node, mark = (held.select(pl.struct("cluster", thing).rank("dense")).to_series() for thing in ("account", "entity"))  # of one cluster
    found, _ = bipartite_communities(node, mark, held["bits"].to_numpy(), resolution=resolution)
    pieces = held.select("cluster", "account", node=node).unique().join(found.rename({"account": "node", "part": "piece"}), on="node")
    return _cut(groups, _rest_as_one(groups, pieces))


def _dispatched(groups: Groups, blocks: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Every group parted from its coordinated accounts, each block (`_blocks`) alone, unless what the others share speaks for them.

    Blocks of fewer than `smallest` units would be no group, and are one piece.
    """
    units = groups.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "unit")
    coordinated = groups.members.filter(_said("conclusive")).join(blocks, on="account").join(units, on="account")
    whole = pl.col("unit").n_unique().over("cluster", "block") >= smallest
    piece = pl.when(whole).then(pl.col("block").cast(pl.Int64)).otherwise(_SMALL)
    return _cut(groups, _rest_as_one(groups, coordinated.select("cluster", "account", piece=piece)))


def _rest_as_one(groups: Groups, pieces: pl.DataFrame) -> pl.DataFrame:
    """`pieces` (cluster, account, piece) of every account of `groups`, those that stand in none being one more piece of their group."""
    every = groups.held.join(pieces.select("cluster", "account", "piece"), on=["cluster", "account"], how="left")
    return every.with_columns(pl.col("piece").fill_null(_REST)).sort("cluster", "account")


def _outspoken(groups: Groups) -> pl.DataFrame:
    """Every group parted from those who send none of its own wording, unless the others share so much with them that it outweighs that."""
    silent = silence(groups)
    pieces = groups.held.join(silent.select("cluster", "account", piece=pl.lit(1, pl.Int64)), on=["cluster", "account"], how="left")
    return _cut(groups, pieces.sort("cluster", "account"), silent)


def _cut(groups: Groups, pieces: pl.DataFrame, silent: pl.DataFrame | None = None) -> pl.DataFrame:
    """`groups` with each of `pieces` (cluster, account, piece; null: nobody's) apart that the rest of its group does not speak for."""
    number = pl.struct("cluster", "piece").rank("dense").cast(pl.Int32)
    cut = pieces.with_columns(part=pl.when(pl.col("piece").is_not_null()).then(number))
    supported = _supported(groups, cut.drop_nulls("part"), silent)
    alone = pl.col("part").is_not_null() & ~pl.col("part").is_in(supported.implode())
    named = cut.with_columns(part=pl.when(alone).then("part").otherwise(0))
    return named.select(pl.struct("cluster", "part").rank("dense").cast(pl.Int32).alias("cluster"), "account").sort("cluster", "account")


def _joined(groups: Groups) -> Groups:
    """Groups most of whose members belong to each other, and not as fringe, or that are one operation, as one."""
    size = groups.held.group_by("cluster").agg(size=pl.len())
    usual = groups.members.group_by("cluster").agg(usual=pl.col("bits").median())
    said = membership.kinship(groups).join(groups.held.select("account", guest="cluster"), on="account")
    followed = said.join(following(groups), on=["cluster", "guest"], how="left").with_columns(
        pl.col("independent") + pl.col("following").fill_null(0.0)
    )
    kin = _akin(followed, groups).join(usual, on="cluster").join(groups.members.select("account", own="bits"), on="account")
    alike = pl.col("bits") >= _KIN * pl.max_horizontal("usual", "own")
    guests = kin.filter(alike | pl.col("following").is_not_null()).select("account", "guest", host="cluster")
    share = guests.group_by("guest", "host").agg(n=pl.len()).join(size, left_on="guest", right_on="cluster")
    at_home = share.filter(pl.col("n") / pl.col("size") >= _MUTUAL).select("guest", "host")
    mutual = at_home.join(at_home, left_on=["guest", "host"], right_on=["host", "guest"]).filter(pl.col("guest") < pl.col("host"))
    return _as_one(groups, pl.concat([mutual.select("guest", "host"), of_one_operation(groups)]))


def _as_one(groups: Groups, pairs: pl.DataFrame) -> Groups:
    """`groups` with those that `pairs` (guest, host) name as one, under the lowest number of them."""
    name = _lowest(pairs.select("guest", "host").sort("guest", "host").rows())
    if not name:
        return groups
    return Groups(groups.bipartite, groups.held.with_columns(pl.col("cluster").replace(name)).sort("cluster", "account"))


def _lowest(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """Of everything that `pairs` join, however many steps apart, the lowest number (union-find)."""
    above: dict[int, int] = {}

    def root(one: int) -> int:
        while above.get(one, one) != one:
            one = above[one]
        return one

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        above[high] = low
    return {one: root(one) for one in above}

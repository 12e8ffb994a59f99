"""Where to draw a cluster: its strongest entities as hubs, each account beside the hubs that tell it from others. Linear in the links."""

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.store.snapshot import FRAMES

LEADING = 8  # hubs of each channel that give the drawing its shape: those a reader sees first
MOST_HUBS = 150  # drawn as nodes; the page says "showing N of M"
PLACED_BY = 3  # hubs that place an account: more would draw every account to the middle
DISC = 1.35  # from account to account around one hub
GAP = 3.5  # from a hub to its nearest account
_SLIGHT = 0.2  # a hub that tells less than this share of an account's best does not place it
_CELL = 8.0  # hubs nearer than this are set apart
_STEPS = 250
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))

Points = npt.NDArray[np.float64]


def hub_layout(cluster_id: str, links: pl.DataFrame) -> pl.DataFrame:
    """`links`: account_id, entity_id, channel, bits of one cluster. Returns the rows of frame `layout` for it, in canonical order.

    Entities of one account link nothing and get no place. Where nothing is shared the answer is empty.
    """
    told = _telling(links)
    if told.is_empty():
        return pl.DataFrame(schema=FRAMES["layout"])
    chosen = _chosen(told)
    placing = _placing_hubs(told, chosen)
    accounts = _account_places(chosen, placing)
    hubs = pl.concat([placing, _other_hubs(told, placing, accounts)]).sort("entity_id")
    nodes = pl.concat(
        [
            accounts.select(node="account_id", x="x", y="y"),
            hubs.select(node="entity:" + pl.col("entity_id").cast(pl.String), x="x", y="y"),
        ]
    )
    return nodes.select(pl.lit(cluster_id).alias("cluster_id"), "node", pl.col("x").round(3), pl.col("y").round(3))


def _telling(links: pl.DataFrame) -> pl.DataFrame:
    """Links to the hubs, each account's most telling first: leading hubs before others, then bits times rarity within the cluster."""
    of = links["account_id"].n_unique()
    hubs = (
        links.group_by("channel", "entity_id")
        .agg(sharers=pl.len(), strength=pl.col("bits").median().round(3))
        .filter(pl.col("sharers") > 1)
        .sort(["strength", "sharers", "entity_id"], descending=[True, True, False])
        .with_columns(rank=pl.int_range(pl.len()).over("channel"))
        .sort(["rank", "strength", "entity_id"], descending=[False, True, False])
        .head(MOST_HUBS)
    )
    rarity = (1 + of / pl.col("sharers")).log(2) - 0.99  # nearly nothing for a hub that all share
    return (
        links.join(hubs.select("entity_id", "sharers", "rank"), on="entity_id")
        .select("account_id", "entity_id", leading=pl.col("rank") < LEADING, telling=(pl.col("bits").clip(0.01) * rarity).round(6))
        .sort(["account_id", "leading", "telling", "entity_id"], descending=[False, True, True, False])
    )


def _chosen(told: pl.DataFrame) -> pl.DataFrame:
    """The few links that place each account: leading hubs where it has any, without those that tell far less than its best."""
    first = told.filter(
        pl.int_range(pl.len()).over("account_id") < PLACED_BY, pl.col("leading") == pl.col("leading").first().over("account_id")
    )
    return first.filter(pl.col("telling") >= _SLIGHT * pl.col("telling").max().over("account_id"))


def _placing_hubs(told: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Hubs with the same accounts stand close, those of all accounts in the middle: a force layout of these hubs alone."""
    hubs = chosen.select("entity_id").unique().sort("entity_id").with_row_index("i")
    touching = told.join(hubs, on="entity_id").select("i", j=pl.col("account_id").rank("dense") - 1)
    incidence = np.zeros((hubs.height, touching["j"].n_unique()), dtype=np.float32)
    incidence[touching["i"].to_numpy(), touching["j"].to_numpy()] = 1
    pull = np.log2(1 + (incidence @ incidence.T).astype(np.float64))
    np.fill_diagonal(pull, 0)
    degree = np.maximum(pull.sum(axis=0), 1e-9)
    points = _settled(pull / np.sqrt(degree[:, None] * degree)) * _reach(chosen)  # many ties pull no closer than few
    return hubs.select("entity_id", x=pl.Series(points[:, 0]), y=pl.Series(points[:, 1]))


def _settled(pull: Points) -> Points:
    """Points of a force layout (Fruchterman and Reingold 1991) with a little gravity, from a fixed start; the farthest at distance 1."""
    turns = np.arange(len(pull))
    points = np.sqrt(turns + 0.5)[:, None] * np.column_stack([np.cos(turns * _GOLDEN_ANGLE), np.sin(turns * _GOLDEN_ANGLE)])
    for step in range(_STEPS):
        apart = points[:, None, :] - points[None, :, :]
        distance = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-3)[..., None]
        force = (apart / distance**2 - apart * distance * pull[..., None]).sum(axis=1) - 0.04 * len(pull) ** 0.5 * points
        length = np.maximum(np.hypot(force[:, 0], force[:, 1]), 1e-9)[:, None]
        points = points + force / length * np.minimum(length, (1 - step / _STEPS))
    points -= points.mean(axis=0)
    scaled: Points = points / max(float(np.hypot(points[:, 0], points[:, 1]).max()), 1e-9)
    return scaled


def _reach(chosen: pl.DataFrame) -> float:
    """Radius of the drawing: room for a disc of accounts around every hub."""
    own = chosen.group_by("account_id", maintain_order=True).first().group_by("entity_id").len().sort("entity_id")["len"].to_numpy()
    return float(1.7 * np.sqrt(((2 * GAP + DISC * np.sqrt(own)) ** 2).sum()))


def _account_places(chosen: pl.DataFrame, hubs: pl.DataFrame) -> pl.DataFrame:
    """Each account between its hubs, much nearer to the most telling; accounts of the same hub fill a disc there."""
    pull = pl.col("telling") ** 2
    at = (
        chosen.join(hubs, on="entity_id", maintain_order="left")
        .group_by("account_id", maintain_order=True)
        .agg(
            hub=pl.col("entity_id").first(),
            x=((pl.col("x") * pull).sum() / pull.sum()).round(3),
            y=((pl.col("y") * pull).sum() / pull.sum()).round(3),
        )
        .sort("hub", "x", "account_id")
    )
    return _spun(at, ["hub"], DISC, GAP).sort("account_id")


def _other_hubs(told: pl.DataFrame, placing: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Hubs that place no account, such as one that all share: in the middle of their accounts, set apart from one another."""
    middle = (
        told.join(placing, on="entity_id", how="anti")
        .join(accounts, on="account_id")
        .group_by("entity_id")
        .agg(pl.col("leading").any(), pl.col("x").median().round(3), pl.col("y").median().round(3))
        .sort(["leading", "entity_id"], descending=[True, False])
        .with_columns(cell_x=(pl.col("x") / _CELL).round(), cell_y=(pl.col("y") / _CELL).round())
    )
    seen = _spun(middle.filter("leading"), ["cell_x", "cell_y"], 2 * GAP, 0.0)
    rest = _spun(middle.filter(~pl.col("leading")), ["cell_x", "cell_y"], GAP / 2, GAP)
    return pl.concat([seen, rest]).select("entity_id", "x", "y")


def _spun(places: pl.DataFrame, of: list[str], step: float, gap: float) -> pl.DataFrame:
    """The places of each group moved onto a spiral of evenly filled area around where they were."""
    turn = pl.int_range(pl.len()).over(of).cast(pl.Float64)
    radius, angle = gap + step * turn.sqrt(), turn * _GOLDEN_ANGLE
    return places.with_columns(x=pl.col("x") + radius * angle.cos(), y=pl.col("y") + radius * angle.sin())

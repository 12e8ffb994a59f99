"""The null of a whole run: the same night with every link rewired, each account's and each entity's popularity kept."""

from dataclasses import replace

import numpy as np
import polars as pl

from graph.incidence import Bipartite


def shuffled(bipartite: Bipartite, seed: int) -> Bipartite:
    """`bipartite` with the accounts of each kind's links permuted; pairs that meet twice are kept once.

    A configuration model: how many shared entities of a kind an account touches, and how many accounts an entity has, stay.
    Kinds whose entities are themselves the outcome of a test (workgroups) are left out: their null is that test's.
    """
    dice = np.random.default_rng(seed)
    tested = bipartite.kinds.filter(pl.col("doubt") < 1)["kind"]
    chance = bipartite.links.filter(~pl.col("kind").is_in(tested.implode()))
    rewired = [
        links.with_columns(pl.Series("account", dice.permutation(links["account"].to_numpy())))
        for _, links in chance.sort("kind", "entity", "account").group_by("kind", maintain_order=True)
    ]
    links = pl.concat(rewired) if rewired else chance
    return replace(bipartite, links=links.unique(["account", "entity"], keep="first", maintain_order=True).sort("account", "entity"))

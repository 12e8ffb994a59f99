"""Leiden communities with a stated seed: igraph draws from Python's generator, which is set here and nowhere else."""

import random

import igraph as ig
import numpy as np
import numpy.typing as npt
import polars as pl


def communities(
    edges: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    nodes: int,
    *,
    resolution: float = 1.0,
    seed: int = 1,
    iterations: int = 4,
) -> npt.NDArray[np.int64]:
    """Group number of each of `nodes` nodes; `edges` has shape (m, 2). Sort the edges canonically: order changes the result.

    Traag, Waltman and van Eck (2019), modularity with `resolution`.
    """
    ig.set_random_number_generator(random.Random(seed))
    graph = ig.Graph(n=nodes, edges=edges)
    found = graph.community_leiden(
        objective_function="modularity", weights=weights.tolist(), resolution=resolution, n_iterations=iterations
    )
    return np.asarray(found.membership, dtype=np.int64)


def bipartite_communities(
    accounts: pl.Series,
    entities: pl.Series,
    weights: npt.NDArray[np.float64],
    *,
    resolution: float = 1.0,
    seed: int = 1,
    iterations: int = 4,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(account, part) and (entity, part): communities of the graph whose edge i joins `accounts[i]` and `entities[i]`; sort the edges."""
    left, right = accounts.unique().sort(), entities.unique().sort()
    ends = np.column_stack([np.searchsorted(left, accounts), len(left) + np.searchsorted(right, entities)]).astype(np.int64)
    found = communities(ends, weights, len(left) + len(right), resolution=resolution, seed=seed, iterations=iterations)
    return pl.DataFrame({"account": left, "part": found[: len(left)]}), pl.DataFrame({"entity": right, "part": found[len(left) :]})

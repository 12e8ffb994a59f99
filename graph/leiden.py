"""Leiden communities with a stated seed: igraph draws from Python's generator, which is set here and nowhere else."""

import random

import igraph as ig
import numpy as np
import numpy.typing as npt


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

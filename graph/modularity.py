"""Best modularity partition of an undirected graph: seeded Leiden runs from scratch, then iterated local search around the best.

One run of Leiden is often a local optimum (Good, de Montjoye and Clauset 2010); published bests are those of exact or very long searches.
"""

import random
from dataclasses import dataclass

import igraph as ig
import numpy as np
import numpy.typing as npt

_TIE = 12  # decimals: modularities equal to so many are a tie, which the smallest labels win
_COMMUNITIES = 0.75  # of kicks free whole communities; the others
_SCATTERED = 0.2  # free so many of all nodes

_Found = tuple[float, tuple[int, ...]]  # modularity; the community of each node, numbered in order of its first node


@dataclass(frozen=True)
class Best:
    """modularity of the unweighted simple graph, and membership: the community of each node, numbered in order of its first node."""

    modularity: float
    membership: npt.NDArray[np.int64]


def best_modularity(edges: npt.NDArray[np.int64], nodes: int, *, seed: int = 1, starts: int = 50, kicks: int = 150) -> Best:
    """The best partition of `starts` Leiden runs from scratch and `kicks` runs from the disturbed best (Lourenço, Martin, Stützle 2003).

    `edges` has shape (m, 2); loops and repeated edges are dropped. Same graph and seed, same answer, in whatever order the edges come.
    """
    pairs = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    if not len(pairs):
        return Best(0.0, np.arange(nodes, dtype=np.int64))
    graph = ig.Graph(n=nodes, edges=pairs)
    draw = random.Random(seed)
    ig.set_random_number_generator(draw)
    best = max((_leiden(graph, None) for _ in range(starts)), key=_order)
    for _ in range(kicks):
        best = max(best, _leiden(graph, _kicked(best[1], pairs, draw)), key=_order)
    return Best(best[0], np.asarray(best[1], dtype=np.int64))


def _order(found: _Found) -> _Found:
    return round(found[0], _TIE), tuple(-label for label in found[1])


def _leiden(graph: ig.Graph, start: list[int] | None) -> _Found:
    """Leiden until nothing improves (Traag, Waltman and van Eck 2019)."""
    found = graph.community_leiden(objective_function="modularity", initial_membership=start, n_iterations=-1)
    labels = _numbered(found.membership)
    return graph.modularity(labels), tuple(labels)


def _kicked(labels: tuple[int, ...], pairs: npt.NDArray[np.int64], draw: random.Random) -> list[int]:
    """`labels` with some nodes alone: those of the communities at the ends of one or two random edges, or some anywhere."""
    if draw.random() < _COMMUNITIES:
        ends = pairs[[draw.randrange(len(pairs)) for _ in range(draw.randint(1, 2))]].ravel()
        freed = {labels[end] for end in ends}
        loose = [label in freed for label in labels]
    else:
        loose = [draw.random() < _SCATTERED for _ in labels]
    return _numbered([len(labels) + node if alone else label for node, (label, alone) in enumerate(zip(labels, loose, strict=True))])


def _numbered(labels: list[int]) -> list[int]:
    number: dict[int, int] = {}
    return [number.setdefault(label, len(number)) for label in labels]

"""The best modularity, against published optima and networkx as an independent judge."""

import networkx as nx
import numpy as np
import pytest

from graph.modularity import best_modularity


def edges_of(graph):
    return np.array(list(graph.edges()), dtype=np.int64)


def judged(graph, membership):
    communities = [set(np.flatnonzero(membership == label)) for label in np.unique(membership)]
    return nx.community.modularity(graph, communities, weight=None)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_karate_reaches_the_published_optimum(seed):
    """.4198 (Aloise et al. 2010, exact), of the unweighted graph."""
    karate = nx.karate_club_graph()
    best = best_modularity(edges_of(karate), 34, seed=seed)
    assert round(best.modularity, 4) == 0.4198
    assert judged(karate, best.membership) == pytest.approx(best.modularity)


def test_a_planted_partition_is_recovered_and_nothing_judged_better():
    planted = nx.planted_partition_graph(8, 15, 0.5, 0.02, seed=4)
    truth = np.arange(120) // 15
    best = best_modularity(edges_of(planted), 120)
    assert judged(planted, best.membership) == pytest.approx(best.modularity)
    assert best.modularity >= judged(planted, truth) - 1e-12
    others = [nx.community.louvain_communities(planted, seed=seed) for seed in range(5)]
    assert best.modularity >= max(nx.community.modularity(planted, other) for other in others) - 1e-12


def test_cliques_in_a_ring_are_their_own_communities():
    ring = nx.ring_of_cliques(6, 5)
    best = best_modularity(edges_of(ring), 30)
    assert best.membership.tolist() == [n // 5 for n in range(30)]


def test_order_direction_loops_and_repeats_of_edges_do_not_matter():
    edges = edges_of(nx.karate_club_graph())
    dice = np.random.default_rng(5)
    other = np.concatenate([dice.permutation(edges)[:, ::-1], edges[:9], [[3, 3]]])
    first, second = (best_modularity(e, 34, starts=3, kicks=10) for e in (edges, other))
    assert first.modularity == second.modularity and first.membership.tolist() == second.membership.tolist()


def test_a_graph_without_edges():
    best = best_modularity(np.empty((0, 2), dtype=np.int64), 3)
    assert (best.modularity, best.membership.tolist()) == (0.0, [0, 1, 2])

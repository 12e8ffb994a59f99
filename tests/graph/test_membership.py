"""Membership against sums done by hand on a handful of accounts."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from graph import incidence, membership, refinement
from graph.membership import Groups
from graph.progress import Silent
from graph.signals.registry import available
from tests.graph.nights import a_night, at

PEOPLE = 400


def night(ring=8, orgs=None, shared_ip=True):
    """People with a card and an address each; a ring (accounts r0 …) shares one card and, if asked, one address."""
    ids = [f"p{i:03d}" for i in range(PEOPLE)] + [f"r{i}" for i in range(ring)]
    payments = [{"account_id": a, "card_fingerprint": "shared" if a[0] == "r" else f"card-{a}", "paid_at": at(5)} for a in ids]
    payments[0]["card_fingerprint"] = payments[1]["card_fingerprint"] = "couple"
    exchanges = [
        {"account_id": a, "occurred_at": at(60.0 * i), "ip": "192.0.2.1" if shared_ip and a[0] == "r" else f"10.0.{i // 250}.{i % 250}"}
        for i, a in enumerate(ids)
    ]
    accounts = [{"account_id": a, "org_id": (orgs or {}).get(a)} for a in ids]
    return a_night(accounts=accounts, payments=payments, exchanges=exchanges)


def bipartite(given):
    return incidence.build(given, available(given), Silent())


def group(graph, names):
    numbers = graph.accounts.filter(pl.col("account_id").is_in(names))["account"]
    return pl.DataFrame({"cluster": pl.Series([1] * len(numbers), dtype=pl.Int32), "account": numbers})


RING = [f"r{i}" for i in range(8)]


def test_bits_of_a_member_are_the_leave_one_out_likelihood_ratio():
    graph = bipartite(night())
    found = membership.evidence(Groups(graph, group(graph, RING)))
    card = graph.entities.filter(pl.col("value") == "shared")["entity"].item()
    total = PEOPLE + 8  # a card each; also the number of units
    elsewhere = 1 - math.exp(-1 * 1.0 / total)  # one entity touched, one unseen outsider allowed for
    assert found.filter(pl.col("entity") == card)["bits"].to_list() == pytest.approx([math.log2(1.0 / elsewhere)] * 8)


def test_private_traffic_costs_nothing():
    alone = bipartite(night())
    busy = night()
    more = [{"account_id": "r0", "occurred_at": at(9.0 * i), "ip": f"172.16.{i}.1"} for i in range(20)]
    mixed = bipartite(replace(busy, exchanges=pl.concat([busy.exchanges, a_night(exchanges=more).exchanges])))
    for graph in (alone, mixed):
        assert set(membership.belonging(Groups(graph, group(graph, RING)))["account"]) == set(group(graph, RING)["account"])


def test_a_declared_organisation_counts_once():
    declared = bipartite(night(orgs=dict.fromkeys(RING, "acme")))
    assert membership.belonging(Groups(declared, group(declared, RING))).is_empty()
    assert declared.entities.filter(pl.col("value") == "shared").is_empty()


def test_one_channel_alone_is_not_corroborated():
    graph = bipartite(night(shared_ip=False))
    said = membership.weigh(Groups(graph, group(graph, RING)))
    assert (said["corroboration"] < membership.CORROBORATION_BITS).all()


def test_refinement_grows_to_the_ring_and_drops_strangers():
    graph = bipartite(night())
    seeds = group(graph, [*RING[:6], "p005", "p006"])
    grown = refinement.refine(graph, seeds, 6, Silent())
    assert sorted(graph.accounts.join(grown, on="account")["account_id"]) == RING


def test_no_groups_give_no_clusters():
    graph = bipartite(night())
    empty = group(graph, [])
    assert refinement.refine(graph, empty, 6, Silent()).is_empty()


def test_evidence_does_not_depend_on_the_order_of_rows():
    given = night()
    shuffled = replace(given, payments=given.payments.collect().sample(fraction=1, shuffle=True, seed=4).lazy())
    one, other = bipartite(given), bipartite(shuffled)
    assert one.links.equals(other.links)
    assert np.array_equal(one.rhythms.vectors, other.rhythms.vectors)

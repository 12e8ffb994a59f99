from dataclasses import replace
from types import SimpleNamespace

import polars as pl

from graph import provenance
from graph.lists import Lists
from tests.graph.nights import a_night, at

ONE = 16777216  # 1.0.0.0


def told(night):
    accounts = pl.DataFrame({"account": [0, 1, 2], "account_id": ["a", "b", "c"]})
    groups = pl.DataFrame({"cluster": [1, 1, 2], "account": [0, 1, 2]}, schema_overrides={"cluster": pl.Int32})
    return provenance.sentences(night, SimpleNamespace(groups=groups, bipartite=SimpleNamespace(accounts=accounts)))


def ranges(**more):
    return pl.DataFrame({"start": [ONE], "end": [ONE + 255]} | more, schema_overrides={"start": pl.UInt32, "end": pl.UInt32})


def test_shares_of_requests_are_told_beside_everyones():
    rows = [("a", "1.0.0.1"), ("a", "1.0.0.2"), ("a", "2.0.0.1"), ("b", "1.0.0.1"), ("c", "2.0.0.1"), ("c", "2.0.0.2"), ("d", None)]
    night = a_night(exchanges=[{"account_id": a, "ip": ip, "occurred_at": at(i)} for i, (a, ip) in enumerate(rows)])
    assert told(night) == {}
    listed = Lists(hosting=ranges(), systems=ranges(system=["AS1 x"]))
    night = replace(night, lists=listed, columns=night.columns | {"lists": frozenset({"hosting", "asn-ipv4"})})
    of_one = "75% of the members' requests come from {} (all accounts: 50%)."
    assert told(night) == {1: [of_one.format("hosting ranges"), of_one.format("AS1 x")]}


def test_a_small_share_is_not_worth_a_sentence():
    rows = [("a", "1.0.0.1"), *(("a", "2.0.0.1") for _ in range(10))]
    night = a_night(exchanges=[{"account_id": a, "ip": ip, "occurred_at": at(i)} for i, (a, ip) in enumerate(rows)])
    lists = {"lists": frozenset({"hosting", "asn-ipv4"})}
    assert told(replace(night, lists=Lists(hosting=ranges(), systems=ranges(system=["AS1 x"])), columns=night.columns | lists)) == {}

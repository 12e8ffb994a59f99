from dataclasses import replace
from types import SimpleNamespace

import polars as pl

from graph import hosting
from graph.lists import Lists
from tests.graph.nights import a_night, at

ONE = 16777216  # 1.0.0.0


def told(night):
    accounts = pl.DataFrame({"account": [0, 1, 2], "account_id": ["a", "b", "c"]})
    groups = pl.DataFrame({"cluster": [1, 1, 2], "account": [0, 1, 2]})
    return hosting.sentences(night, SimpleNamespace(groups=groups, bipartite=SimpleNamespace(accounts=accounts)))


def test_the_share_of_requests_is_told_beside_everyones():
    rows = [("a", "1.0.0.1"), ("a", "1.0.0.2"), ("a", "2.0.0.1"), ("b", "1.0.0.1"), ("c", "2.0.0.1"), ("c", "2.0.0.2"), ("d", None)]
    night = a_night(exchanges=[{"account_id": a, "ip": ip, "occurred_at": at(i)} for i, (a, ip) in enumerate(rows)])
    assert told(night) == {}
    listed = Lists(hosting=pl.DataFrame({"start": [ONE], "end": [ONE + 255]}, schema={"start": pl.UInt32, "end": pl.UInt32}))
    night = replace(night, lists=listed, columns=night.columns | {"lists": frozenset({"hosting"})})
    assert told(night) == {1: "75% of the members' requests come from hosting ranges (all accounts: 50%)."}

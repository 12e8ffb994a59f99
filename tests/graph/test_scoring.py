"""Linkage: how firmly a group's members are tied."""

import polars as pl

from graph.found import Found
from graph.scoring import linkage


def test_a_group_that_nothing_ties_has_no_linkage() -> None:
    nothing = pl.DataFrame()
    groups = pl.DataFrame({"cluster": [1, 1, 2, 2], "account": [0, 1, 2, 3]}, schema={"cluster": pl.Int32, "account": pl.UInt32})
    rows = [(1, account, channel, 20.0, 0.0, False) for account in (0, 1) for channel in ("payment", "ip")]
    schema = {"cluster": pl.Int32, "account": pl.UInt32, "channel": pl.String, "bits": pl.Float64, "conclusive": pl.Float64}
    bits = pl.DataFrame(rows, schema={**schema, "software": pl.Boolean}, orient="row")
    found = Found(nothing, groups, nothing, nothing, bits, nothing)
    told = linkage(found)
    assert told.select("cluster", "size", "linkage", "tied_ip").rows() == [(1, 2, 1.0, 1.0), (2, 0, 0.0, 0.0)]

from dataclasses import replace

import polars as pl

from graph.lists import Lists
from graph.signals import ip
from tests.graph.nights import a_night, at


def seen(*rows, **lists):
    """rows: account, address, seconds since the start."""
    night = a_night(exchanges=[{"account_id": a, "ip": address, "ip_net": address[:5], "occurred_at": at(s)} for a, address, s in rows])
    return replace(night, lists=Lists(**lists), columns=night.columns | {"lists": frozenset(lists)})


def touched(frame):
    return set(frame.collect().select("account_id", "value").iter_rows())


def ranges(*pairs, **more):
    ends = {"start": [a for a, _ in pairs], "end": [b for _, b in pairs]}
    return pl.DataFrame(ends | more, schema_overrides={"start": pl.UInt32, "end": pl.UInt32})


ONE = 16777216  # 1.0.0.0


def test_exits_of_a_listed_vpn_are_one_address_and_no_network():
    rows = [("a", "1.0.0.1", 0), ("b", "1.0.0.2", 0), ("c", "2.0.0.1", 0)]
    night = seen(*rows, vpn=ranges((ONE, ONE + 255)))
    assert touched(ip.addresses(night)) == {("a", "an exit of a listed VPN"), ("b", "an exit of a listed VPN"), ("c", "2.0.0.1")}
    assert {account for account, _ in touched(ip.networks(night))} == {"c"}
    assert touched(ip.addresses(seen(*rows))) == {("a", "1.0.0.1"), ("b", "1.0.0.2"), ("c", "2.0.0.1")}

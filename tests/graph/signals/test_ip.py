from dataclasses import replace

import polars as pl

from graph.lists import Lists
from graph.signals import ip
from tests.graph.nights import a_night, at

HOUR = 3600


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


def test_an_address_counts_by_quarters_of_a_day():
    night = seen(("a", "1.0.0.1", HOUR), ("a", "1.0.0.1", 2 * HOUR), ("b", "1.0.0.1", 5 * HOUR), ("c", "1.0.0.1", 7 * HOUR))
    early, late = "1.0.0.1 · 2026-08-03 00h + 6 h UTC", "1.0.0.1 · 2026-08-03 06h + 6 h UTC"
    assert touched(ip.quarter_day_addresses(night)) == {("a", early), ("b", early), ("c", late)}
    first = ip.quarter_day_addresses(night).filter(pl.col("account_id") == "a").collect().row(0, named=True)
    assert (first["n"], first["first_at"], first["last_at"]) == (2, at(HOUR), at(2 * HOUR))


def test_exits_of_a_listed_vpn_are_one_address_and_no_network():
    rows = [("a", "1.0.0.1", 0), ("b", "1.0.0.2", 0), ("c", "2.0.0.1", 0)]
    night = seen(*rows, vpn=ranges((ONE, ONE + 255)))
    assert touched(ip.addresses(night)) == {("a", "an exit of a listed VPN"), ("b", "an exit of a listed VPN"), ("c", "2.0.0.1")}
    assert {account for account, _ in touched(ip.networks(night))} == {"c"}
    assert {account for account, _ in touched(ip.quarter_day_addresses(night))} == {"c"}
    assert touched(ip.addresses(seen(*rows))) == {("a", "1.0.0.1"), ("b", "1.0.0.2"), ("c", "2.0.0.1")}

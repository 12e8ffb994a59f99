"""A bipartite graph from plain tables of who touched what, without a night's columns: for tests of what stands on it."""

import polars as pl

from graph import incidence
from graph.progress import Silent
from graph.signals.base import INCIDENCE, Signal
from graph.vocabulary import Channel
from tests.graph.nights import a_night, at

CHANNELS = {
    "address": "ip",
    "card": "payment",
    "sentence": "prompt",
    "client": "metadata",
    "dispatcher": "timing",
    "domain": "registration",
}
SOFTWARE, CONCLUSIVE = ("sentence", "client"), ("dispatcher",)


def a_graph(orgs=None, doubts=None, **touched):
    """touched: kind (of CHANNELS) → account → values that it touches. Channels, conclusiveness and doubt follow the kind."""
    names = sorted({account for held in touched.values() for account in held})
    night = a_night(accounts=[{"account_id": name, "org_id": (orgs or {}).get(name)} for name in names])
    return incidence.build(night, tuple(_signal(kind, held, (doubts or {}).get(kind)) for kind, held in touched.items()), Silent())


def _signal(kind, held, doubt):
    rows = [(account, kind, value, 1, at(0), at(9)) for account, values in held.items() for value in dict.fromkeys(values)]
    frame = pl.DataFrame(rows, schema=INCIDENCE, orient="row")
    usual = 0.01 if kind in CONCLUSIVE else 1.0
    return Signal(
        Channel(CHANNELS[kind]),
        kind,
        "",
        ("exchanges", ()),
        lambda _: frame.lazy(),
        doubt=usual if doubt is None else doubt,
        software=kind in SOFTWARE,
        conclusive=kind in CONCLUSIVE,
    )


def held(graph, *groups):
    """Groups of account ids, numbered from 1, as cluster, account."""
    numbers = dict(graph.accounts.select("account_id", "account").iter_rows())
    rows = [(number, numbers[name]) for number, group in enumerate(groups, 1) for name in group]
    return pl.DataFrame(rows, schema={"cluster": pl.Int32, "account": pl.UInt32}, orient="row").sort("cluster", "account")


def named(graph, groups):
    """The account ids of each group of `groups` (cluster, account), in order of cluster."""
    rows = groups.join(graph.accounts.select("account", "account_id"), on="account", how="left")
    return [set(part["account_id"]) for _, part in rows.sort("cluster").group_by("cluster", maintain_order=True)]

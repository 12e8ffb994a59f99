import polars as pl
import pytest

from graph import incidence
from graph.bundle import observations
from graph.night import open_night
from graph.progress import Silent
from graph.signals.registry import BY_KIND
from graph.store import tables
from tests.factory import START, a_workspace
from tests.graph.bundle.bundles import at, identity, store

WINDOW = {"window": {"first": START.isoformat(), "until": at(24).isoformat()}}


def behind(workspace, *touched):
    """Rows behind links given as (account, kind, channel, value)."""
    links = pl.DataFrame([(a, identity(k, v), c) for a, k, c, v in touched], schema=["account_id", "entity_id", "channel"], orient="row")
    entities = pl.DataFrame([(identity(k, v), k, v) for _, k, _, v in set(touched)], schema=["entity_id", "kind", "label"], orient="row")
    return observations.behind(workspace, tables.current(workspace), WINDOW, links, entities.unique("entity_id"))


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    seen = {"ip": "192.0.2.1", "ip_net": "192.0.2.0/24", "user_agent": "ua", "client_version": "1", "session_id": "s"}
    store(
        made,
        payments=[{"account_id": a, "card_fingerprint": "fp", "paid_at": at(-99)} for a in "ab"],
        exchanges=[{"account_id": a, "occurred_at": at(h), "exchange_id": f"{a}{h}", **seen} for a in "abc" for h in range(9)],
        objects=[{"account_id": "a", "occurred_at": at(1), "kind": "repo", "object_id": "r"}],
        fragments=[{"account_id": "a", "fragment_id": 7, "prompt_id": 1, "n": 4, "first_at": at(1), "last_at": at(2)}],
    )
    return made


KINDS = [
    ("card", "payment", "fp", 1),
    ("address", "ip", "192.0.2.1", 9),
    ("network", "ip", "192.0.2.0/24", 9),
    ("client", "metadata", "ua · 1", 9),
    ("session", "metadata", "s", 9),
    ("object", "object", "repo r", 1),
    ("sentence", "prompt", "7", 1),
]


@pytest.mark.parametrize(("kind", "channel", "value", "total"), KINDS)
def test_rows_behind_a_link(kind, channel, value, total, workspace):
    rows, count = behind(workspace, ("a", kind, channel, value))
    assert (count, rows.height) == (total, min(total, observations.ROWS_PER_LINK))
    assert rows["account_id"].unique().to_list() == ["a"] and rows["at"].is_sorted()
    assert set(rows["channel"]) == {channel} and set(rows["kind"]) == {kind}
    assert rows["n"].to_list() == [4 if kind == "sentence" else 1] * rows.height


def test_every_source_is_named(workspace):
    assert {kind for kind, *_ in KINDS} == set(observations.SOURCES)


def test_other_accounts_and_values_stay_out(workspace):
    rows, count = behind(workspace, ("a", "address", "ip", "192.0.2.1"), ("b", "address", "ip", "192.0.2.9"))
    assert count == 9 and set(rows["account_id"]) == {"a"}


def test_the_window_limits_exchanges(workspace):
    store(workspace, exchanges=[{"account_id": "z", "occurred_at": at(h), "ip": "192.0.2.1"} for h in (-1, 5, 24, 30)])
    assert behind(workspace, ("z", "address", "ip", "192.0.2.1"))[1] == 1


def test_the_cap_is_stated(workspace, monkeypatch):
    monkeypatch.setattr(observations, "MOST_ROWS", 3)
    rows, count = behind(workspace, *((a, "address", "ip", "192.0.2.1") for a in "abc"))
    assert (rows.height, count) == (3, 27)


def test_every_link_that_detection_makes_has_its_rows(workspace):
    """Detection and export must name entities alike, or no row is ever found."""
    night = open_night(workspace, at(24), 60)
    made = incidence.build(night, tuple(BY_KIND[kind] for kind in ("card", "address", "network", "client", "session")), Silent())
    entities = made.entities.select("entity", "entity_id", "channel", kind="name", label="value")
    links = made.links.join(entities.drop("kind"), on="entity").join(made.accounts, on="account")
    rows, count = observations.behind(workspace, tables.current(workspace), WINDOW, links, entities)
    assert links.height == 14 and count == links["n"].sum()
    assert links.join(rows, on=["account_id", "entity_id"], how="anti").is_empty()

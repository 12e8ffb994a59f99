from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.timing import coaction_network
from tests.realdata import real

START = datetime(2026, 8, 3, tzinfo=UTC)
SCHEMA = {"account_id": pl.String, "object_id": pl.String, "content_id": pl.String, "occurred_at": pl.Datetime("us", "UTC")}


def events(rows):
    return pl.DataFrame([(a, o, c, START + timedelta(seconds=s)) for a, o, c, s in rows], schema=SCHEMA, orient="row")


def oracle(rows, window, least):
    """The published rules, one pair at a time."""
    rows = sorted({row for row in rows if row[1] is not None}, key=str)
    per_account = Counter(a for a, _, _, _ in rows)
    rows = [row for row in rows if per_account[row[0]] >= least]
    pairs = [(x, y) for x, y in combinations(rows, 2) if x[1] == y[1] and abs(x[3] - y[3]) <= window and x[0] != y[0] and x[2] != y[2]]
    contents = defaultdict(set)
    for pair in pairs:
        for account, _, content, _ in pair:
            contents[account].add(content)
    active = {account for account, held in contents.items() if len(held) >= least}
    kept = Counter(tuple(sorted((x[0], y[0]))) for x, y in pairs if x[0] in active or y[0] in active)
    return sorted((a, b, n) for (a, b), n in kept.items())


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from(["o1", "o2", None]),
    st.sampled_from([f"p{i}" for i in range(9)]),
    st.integers(0, 60),
)


@given(st.lists(ROW, max_size=40), st.sampled_from([0, 1, 10, 30]), st.integers(1, 4))
@settings(max_examples=150)
def test_agrees_with_the_rules_pair_by_pair(rows, window, least):
    assert coaction_network(events(rows), window, least).rows() == oracle(rows, window, least)


def test_chunks_do_not_change_the_result(monkeypatch):
    rows = [(f"a{i % 7}", f"o{i % 3}", f"p{i}", i % 90) for i in range(400)]
    whole = coaction_network(events(rows), 20, 2)
    monkeypatch.setattr("graph.signals.timing._PAIRS_AT_ONCE", 50)
    assert coaction_network(events(rows), 20, 2).equals(whole)


@pytest.fixture(scope="module")
def elections():
    return pl.read_csv(real("german_elections.csv.gz"), schema_overrides={"post_id": pl.String}).with_columns(
        occurred_at=pl.from_epoch("timestamp", "s").cast(pl.Datetime("us", "UTC"))
    )


def network(posts, column, window):
    named = posts.select(
        "account_id", pl.col(column).cast(pl.String).alias("object_id"), pl.col("post_id").alias("content_id"), "occurred_at"
    )
    return coaction_network(named, window, 2)


def size(*networks):
    edges = pl.concat([n.select("account_a", "account_b") for n in networks]).unique()
    pairs = sum(n["weight"].sum() for n in networks)
    return pl.concat([edges["account_a"], edges["account_b"]]).n_unique(), edges.height, pairs


def test_states_a_peers_published_network_exactly(elections):
    urls, images = network(elections, "url_id", 30), network(elections, "phash_id", 30)
    assert size(urls) == (506, 1453, 5658)
    assert size(images) == (214, 337, 2131)
    assert size(urls, images) == (671, 1732, 7789)
    facebook = elections.filter(pl.col("account_id").str.starts_with("fb_"))
    assert size(network(facebook, "url_id", 60)) == (503, 1645, 6288)

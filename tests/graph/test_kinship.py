"""Likeness is a share, reads the same from both sides, and weighs what is a cluster's own."""

import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.detect import detect
from graph.found import Found
from graph.incidence import Bipartite
from graph.kinship import kin, marks
from graph.progress import Silent
from graph.store import snapshot
from graph.store.workspace import open_workspace
from ingest.load import ingest
from tests.graph.test_lineage import marks as marked
from tests.worlds import TABLES

WEIGHED = st.dictionaries(st.integers(1, 12), st.sampled_from([0.2, 1.0, 3.5, 8.0]), min_size=1, max_size=8)
CHANNEL = ["prompt", "ip", "metadata"]


def one(entities, accounts="abc"):
    return marked({0: accounts}, [(0, entity, CHANNEL[entity % 3], weight) for entity, weight in entities.items()])


def earlier(entities, accounts="xyz"):
    return one(entities, accounts).named({0: "CL-1"})


@settings(max_examples=60)
@given(WEIGHED, WEIGHED)
def test_likeness_by_evidence_is_a_share_and_symmetric(some, others):
    there, back = kin(one(some), earlier(others)), kin(one(others), earlier(some))
    assert there.equals(back)
    assert there.filter(~pl.col("likeness").is_between(0.3, 1)).is_empty()
    same = kin(one(some), earlier(some))
    told = len({entity % 3 for entity, weight in some.items() if weight >= 1}) >= 2
    assert same["likeness"].to_list() == ([1.0] if told else [])


def test_a_hundred_passing_exits_do_not_drown_one_lasting_template():
    lasting = {3: 8.0, 2: 6.0}  # a template, a client
    now, then = ({**lasting, **{start + 3 * i: 6.0 for i in range(100)}} for start in (301, 901))  # exits
    assert kin(one(now), earlier(then))["likeness"][0] > 0.5


@pytest.mark.parametrize(("shared", "found"), [(3, True), (2, False)])
def test_half_of_the_smaller_is_kin_however_large_the_other(shared, found):
    large = [*"abcdef"[:shared], *(f"x{i}" for i in range(50))]
    pairs = kin(one({}, large), earlier({}, "abcdef"))
    assert (pairs.height == 1) is found


def test_what_is_a_clusters_own_weighs_more_than_what_everybody_has():
    own, public, group = 1, 2, 3
    entities = pl.DataFrame(
        {
            "entity": [0, 1, 2],
            "entity_id": [own, public, group],
            "name": ["sentence", "sentence", "workgroup"],
            "channel": ["prompt", "prompt", "timing"],
            "units": [6, 600, 6],
        }
    )
    accounts = pl.DataFrame({"account": range(1000), "account_id": [f"a{i}" for i in range(1000)], "unit": range(1000)})
    profile = pl.DataFrame({"cluster": [0, 0, 0], "entity": [0, 1, 2], "member_units": [6, 6, 6]})
    empty = pl.DataFrame()
    kinds = pl.DataFrame({"name": ["sentence", "workgroup"], "doubt": [1.0, 0.001]})
    bipartite = Bipartite(accounts, entities, empty, empty, kinds, None)
    groups = pl.DataFrame({"cluster": [0] * 6, "account": range(6)})
    found = marks(Found(bipartite, groups, empty, empty, empty, profile))
    weights = dict(found.entities.select("entity_id", "weight").iter_rows())
    assert set(weights) == {own, public}  # a workgroup is named after an account
    assert weights[own] > 5 and weights[public] < 0.1


def registered_anew(table, rows, replaced, days):
    """`rows` some time later, `replaced` accounts under other names and cards; what they send, and from where, stays."""
    new = {name: pl.col(name) + " anew" for name in ("account_id", "card_fingerprint") if name in rows.columns}
    changed = {name: pl.when(pl.col("account_id").is_in(replaced)).then(value).otherwise(pl.col(name)) for name, value in new.items()}
    times = {name: pl.col(name) + timedelta(days=days) for name, kind in rows.schema.items() if kind == pl.Datetime("us", "UTC")}
    unique = {"exchange_id": pl.col("exchange_id") + " anew"} if "exchange_id" in rows.columns else {}
    later = rows.with_columns(**changed, **times, **unique)
    return later.filter(pl.col("account_id").str.ends_with(" anew")) if table == "accounts" else later


def test_pools_that_were_banned_and_registered_anew_keep_their_lines(small_world, small_case, tmp_path):
    """A small world, and the same a month later with other accounts in every pool: what is known again is known as itself."""
    truth = pl.read_parquet(small_world / "truth.parquet")
    replaced = truth.filter(pl.col("campaign_id").is_not_null() | pl.col("pool_id").is_not_null())["account_id"].implode()
    workspace = open_workspace(Path(shutil.copytree(small_case, tmp_path / "workspace")))
    snaps, inputs = [snapshot.latest(workspace)], {}
    for table in TABLES:
        rows = pl.read_parquet(small_world / table / "*.parquet" if table == "exchanges" else small_world / f"{table}.parquet")
        path = tmp_path / f"{table}.parquet"
        registered_anew(table, rows, replaced, 30).write_parquet(path)
        inputs[table] = [str(path)]
    ingest(workspace, inputs, None, Silent())
    snaps.append(detect(workspace, until=None, window_days=8, seed=1, progress=Silent()))
    then, now = (snap.frame("members").select("account_id", "cluster_id").collect() for snap in snaps)
    successors = now.filter(pl.col("account_id").str.ends_with(" anew")).with_columns(pl.col("account_id").str.strip_suffix(" anew"))
    pairs = successors.join(then, on="account_id", suffix="_then").select("cluster_id", "cluster_id_then").unique()
    known = set(then["cluster_id"])
    kept = {new for new, old in pairs.iter_rows() if new == old}
    assert kept
    assert not {new for new, old in pairs.iter_rows() if new in known and new not in kept}  # nobody goes by another's name

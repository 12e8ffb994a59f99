"""The whole of detection on small labelled worlds: it finds, it accuses nobody else, and chance gives it nothing."""

import polars as pl
import pytest

from graph import incidence, shuffle
from graph.detect import detect, find_groups
from graph.evaluation import evaluate
from graph.night import open_night
from graph.progress import Silent
from graph.signals.registry import SIGNALS, availability, available
from graph.store import snapshot
from graph.store.workspace import create_workspace
from graph.vocabulary import Channel
from ingest.load import ingest
from ingest.simulate.world import simulate


def a_world(folder, tier, seed=7, scale=0.05, days=14):
    world = folder / "world"
    simulate(world, accounts=50_000, scale=scale, seed=seed, tier=tier, days=days, prompts=None, progress=Silent())
    workspace = create_workspace(folder / "workspace")
    inputs = {name: [str(world / f"{name}.parquet")] for name in ("accounts", "payments", "enforcement")}
    ingest(workspace, {**inputs, "exchanges": [str(world / "exchanges")]}, None, Silent())
    return workspace, pl.read_parquet(world / "truth.parquet")


@pytest.fixture(scope="module")
def realistic(tmp_path_factory):
    workspace, truth = a_world(tmp_path_factory.mktemp("realistic"), "realistic")
    snap = detect(workspace, until=None, window_days=60, seed=1, progress=Silent())
    return workspace, truth, snap


def test_finds_the_planted_campaigns_and_hardly_anybody_else(realistic):
    _, truth, snap = realistic
    outcome = evaluate(snap.frame("members").collect(), truth)
    assert outcome.account.f1 >= 0.9
    ordinary = truth.filter(pl.col("kind") == "ordinary")["account_id"]
    flagged = snap.frame("members").filter(pl.col("flagged")).select("account_id").collect()["account_id"].unique()
    assert flagged.is_in(ordinary.implode()).sum() / len(ordinary) <= 0.005


def test_a_world_without_campaigns_has_no_flagged_cluster(tmp_path):
    workspace, _ = a_world(tmp_path, "none")
    snap = detect(workspace, until=None, window_days=60, seed=1, progress=Silent())
    assert [c["cluster_id"] for c in snap.clusters() if c["flagged"]] == []


def test_the_same_night_rewired_has_no_flagged_cluster(realistic):
    _, _, snap = realistic
    assert snap.manifest["chance"]["flagged_in_shuffles"] == 0


def test_rewiring_keeps_every_margin(realistic):
    workspace, _, _ = realistic
    night = open_night(workspace, None, 60)
    bipartite = incidence.build(night, available(night), Silent())
    rewired = shuffle.shuffled(bipartite, seed=3)
    tested = bipartite.kinds.filter(pl.col("doubt") < 1)["kind"]
    kept = bipartite.links.filter(~pl.col("kind").is_in(tested.implode()))
    assert rewired.links.height > 0.9 * kept.height  # the rest were pairs that met twice
    before, after = (f.group_by("entity").agg(n=pl.len()).sort("entity") for f in (kept, rewired.links))
    assert (after.join(before, on="entity").select((pl.col("n") <= pl.col("n_right")).all()).item()) is True
    assert find_groups(rewired, 1, Silent()).height <= 0.01 * bipartite.accounts.height


def test_the_same_night_again_gives_the_same_bytes(realistic, tmp_path):
    workspace, _, snap = realistic
    first = {p.name: p.read_bytes() for p in snap.root.iterdir()}
    snap.root.rename(tmp_path / "aside")
    again = detect(workspace, until=None, window_days=60, seed=1, progress=Silent())
    assert {p.name: p.read_bytes() for p in again.root.iterdir()} == first


def test_every_cluster_has_reasons_and_bits_that_add_up(realistic):
    _, _, snap = realistic
    members = snap.frame("members").collect()
    channels = [f"bits_{channel}" for channel in Channel]
    assert members.select((pl.sum_horizontal(channels) - pl.col("bits")).abs().max()).item() < 0.01
    for cluster in snap.clusters():
        assert cluster["reasons"]
        assert 0 <= cluster["score"] <= 1
        assert cluster["accounts"] == members.filter(pl.col("cluster_id") == cluster["cluster_id"]).height


def test_what_members_ask_for_is_profiled_and_told_of_flagged_clusters(realistic):
    _, _, snap = realistic
    asked = snap.frame("capabilities").collect()
    assert snap.manifest["capabilities"]["sampled_prompts"] > 0
    assert set(asked["cluster_id"]) == {c["cluster_id"] for c in snap.clusters()}
    assert asked.select((pl.col("p_value") <= pl.col("q_value") + 1e-12).all()).item()
    for cluster in snap.clusters():
        told = [reason for reason in cluster["reasons"] if "times everyone else's" in reason]
        assert len(told) <= (3 if cluster["flagged"] else 0)
    assert any("times everyone else's" in reason for cluster in snap.clusters() for reason in cluster["reasons"])


def test_every_frame_of_a_snapshot_has_its_columns(realistic):
    _, _, snap = realistic
    for name, schema in snapshot.FRAMES.items():
        assert dict(snap.frame(name).collect().schema) == schema


def test_absent_columns_make_a_channel_unavailable_with_its_reason(tmp_path):
    workspace = create_workspace(tmp_path / "w")
    bare = tmp_path / "bare.csv"
    lines = [f"a{i % 40},2026-08-{3 + i % 9:02d}T{i % 24:02d}:00:0{i % 7}Z" for i in range(900)]
    bare.write_text("account_id,occurred_at\n" + "\n".join(dict.fromkeys(lines)) + "\n")
    ingest(workspace, {"exchanges": [str(bare)]}, None, Silent())
    states = availability(open_night(workspace, None, 60))
    assert "payments.card_fingerprint" in states[Channel.PAYMENT]
    assert states[Channel.TIMING] == ""
    assert detect(workspace, until=None, window_days=60, seed=1, progress=Silent()).clusters() == []


def test_every_signal_explains_itself():
    for signal in SIGNALS:
        assert signal.explanation.endswith((".", "dispatcher"))
        assert "{members}" in signal.sentence

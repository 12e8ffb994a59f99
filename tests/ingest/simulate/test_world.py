import datetime as dt
import hashlib
import json
import os
from pathlib import Path

import polars as pl
import pytest

from graph.errors import UsageError
from graph.progress import Silent
from graph.vocabulary import REQUIRED, TIME
from ingest.simulate.lookalikes import LOOKALIKES
from ingest.simulate.prompts import read_prompts
from ingest.simulate.scene import START
from ingest.simulate.world import WorldSummary, simulate

EXCHANGE_COLUMNS = {
    "account_id", "occurred_at", "exchange_id", "ip", "user_agent", "client_version", "session_id", "model", "surface", "status",
    "input_tokens", "output_tokens", "prompt",
}  # fmt: skip


def world(
    out: Path, seed: int = 1, tier: str = "realistic", days: int = 6, scale: float = 0.02, prompts: Path | None = None
) -> WorldSummary:
    return simulate(out, accounts=50_000, scale=scale, seed=seed, tier=tier, days=days, prompts=prompts, progress=Silent())


def digests(out: Path) -> dict[str, str]:
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "w"
    world(out)
    return out


def read(out: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(out / "exchanges" / "*.parquet" if table == "exchanges" else out / f"{table}.parquet")


def test_tables_follow_the_contract(built: Path) -> None:
    for table, required in REQUIRED.items():
        if table != "labels":
            frame = read(built, table)
            assert frame.height > 0
            assert not any(frame[column].has_nulls() for column in required), table
    exchanges = read(built, "exchanges")
    assert set(exchanges.columns) == EXCHANGE_COLUMNS
    assert exchanges.schema["occurred_at"] == TIME
    assert exchanges["exchange_id"].is_unique().all()
    assert read(built, "accounts")["account_id"].is_unique().all()
    for table in ("exchanges", "payments", "enforcement", "truth"):
        assert read(built, table).join(read(built, "accounts"), "account_id", "anti").is_empty()


def test_files_are_cut_by_day(built: Path) -> None:
    files = sorted((built / "exchanges").glob("*.parquet"))
    assert [f.stem for f in files] == [(START + dt.timedelta(days=d)).date().isoformat() for d in range(6)]
    for file in files:
        assert set(pl.read_parquet(file)["occurred_at"].dt.date().cast(pl.String)) == {file.stem}


def test_truth_covers_every_account_and_every_look_alike(built: Path) -> None:
    truth = read(built, "truth")
    assert set(truth["account_id"]) == set(read(built, "accounts")["account_id"])
    assert set(truth["kind"]) == {"ordinary", "campaign", *LOOKALIKES}
    assert truth.filter(pl.col("kind") == "ordinary")["group_id"].is_null().all()
    assert not truth.filter(pl.col("kind") != "ordinary")["group_id"].has_nulls()
    planted = truth.filter(pl.col("kind") == "campaign")
    assert not any(planted[c].has_nulls() for c in ("campaign_id", "pool_id", "archetype"))
    nested = (
        planted.group_by("pool_id").agg(pl.col("campaign_id").n_unique(), pl.col("archetype").first()).filter(pl.col("campaign_id") > 1)
    )
    assert set(nested["archetype"]) == {"proxy_pool"}
    assert 7 <= len(json.loads((built / "world.json").read_text())["pools"]) <= 9


def test_nobody_acts_before_signing_up_or_after_a_ban(built: Path) -> None:
    exchanges = read(built, "exchanges").join(read(built, "accounts"), "account_id")
    assert exchanges.filter(pl.col("occurred_at") < pl.col("created_at")).is_empty()
    assert set(exchanges.filter(pl.col("occurred_at") > pl.col("status_at"))["status"]) <= {"403"}


def test_no_payment_column_looks_like_a_card_number(built: Path) -> None:
    texts = read(built, "payments").select(pl.col(pl.String).exclude("account_id"))
    for column in texts.columns:
        assert not texts[column].str.contains(r"\d{13}").any(), column


def test_equal_arguments_give_equal_bytes(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "Pacific/Auckland")
    world(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(built)
    world(tmp_path / "other", seed=2)
    assert digests(tmp_path / "other")["truth.parquet"] != digests(built)["truth.parquet"]


def test_tier_none_is_the_same_world_without_campaigns(built: Path, tmp_path: Path) -> None:
    summary = world(tmp_path / "none", tier="none")
    assert summary.campaign_accounts == 0
    benign = read(built, "truth").filter(pl.col("kind") != "campaign")
    assert read(tmp_path / "none", "truth").equals(benign)
    kept = read(built, "exchanges").join(benign.select("account_id").unique(), "account_id", "semi").drop("exchange_id")
    left = read(tmp_path / "none", "exchanges").drop("exchange_id")
    order = ["account_id", "occurred_at", "session_id", "prompt", "status"]
    assert left.sort(order).equals(kept.sort(order))


def test_easy_shares_cards_and_hard_does_not(tmp_path: Path) -> None:
    share = {}
    for tier in ("easy", "hard"):
        world(tmp_path / tier, tier=tier, days=3)
        planted = read(tmp_path / tier, "truth").filter((pl.col("kind") == "campaign") & (pl.col("archetype") != "clockwork"))
        paid = read(tmp_path / tier, "payments").join(planted.select("account_id").unique(), "account_id", "semi")
        share[tier] = paid["card_fingerprint"].n_unique() / paid["account_id"].n_unique()
    assert share["easy"] < 0.4 < 0.95 < share["hard"]


def test_a_shorter_world_replaces_a_longer_one(tmp_path: Path) -> None:
    world(tmp_path / "w", days=4, tier="none")
    assert world(tmp_path / "w", days=2, tier="none").exchanges == read(tmp_path / "w", "exchanges").height
    assert len(list((tmp_path / "w" / "exchanges").iterdir())) == 2


def test_real_prompts_are_mixed_in(tmp_path: Path) -> None:
    folder = Path(os.environ.get("CLEW_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (folder / "prompts.jsonl.gz").exists():
        pytest.skip("no real prompts here")
    world(tmp_path / "w", days=3, tier="none", prompts=folder / "prompts.jsonl.gz")
    assert json.loads((tmp_path / "w" / "world.json").read_text())["prompts"] == "prompts.jsonl.gz"
    real = {text for texts in read_prompts(folder / "prompts.jsonl.gz").values() for text in texts}
    assert 0.01 < read(tmp_path / "w", "exchanges")["prompt"].is_in(list(real)).mean() < 0.5  # type: ignore[operator]


@pytest.mark.parametrize("wrong", [{"tier": "absurd"}, {"days": 1}, {"scale": 0.0}])
def test_arguments_that_make_no_sense(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        world(tmp_path / "w", **wrong)  # type: ignore[arg-type]


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="other files"):
        world(tmp_path)

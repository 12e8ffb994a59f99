"""The whole way through the `clew` command, once: what each verb prints and writes."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli.main import run_command
from graph.vocabulary import CHANNELS
from tests.worlds import inputs

CLUSTER_FIELDS = {
    "cluster_id": str,
    "kind": str,
    "parent_id": (str, type(None)),
    "accounts": int,
    "exchanges": int,
    "first_seen": str,
    "last_seen": str,
    "score": float,
    "flagged": bool,
    "channels": dict,
    "reasons": list,
}
MEMBER_COLUMNS = ["account_id", "cluster_id", "flagged", "bits", *(f"bits_{channel}" for channel in CHANNELS)]


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Standard output of a verb that must end with 0."""
    capsys.readouterr()
    code = run_command([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


@pytest.fixture
def clusters(case: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told(capsys, "clusters", case, "--format", "json"))
    assert found, "the small world must hold something to find"
    return found


def test_init_leaves_an_existing_workspace_as_it_is(own_case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = (own_case / "secret.key").read_bytes()
    assert "is ready" in told(capsys, "init", own_case)
    assert (own_case / "secret.key").read_bytes() == key


def test_ingest_prints_a_sum_that_adds_up(world: Path, empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "ingest", empty, *inputs(world, "accounts", "payments"))
    sums = re.findall(r"(\w+): ([\d,]+) rows in = ([\d,]+) accepted \+ ([\d,]+) duplicate \+ ([\d,]+) quarantined \+ ([\d,]+) late", out)
    assert [table for table, *_ in sums] == ["accounts", "payments"]
    for _, *figures in sums:
        rows_in, *parts = (int(figure.replace(",", "")) for figure in figures)
        assert rows_in == sum(parts) > 0


def test_clusters_as_json_keep_the_contract(clusters: list[dict[str, Any]]) -> None:
    for cluster in clusters:
        for field, kind in CLUSTER_FIELDS.items():
            assert isinstance(cluster[field], kind), field
        assert cluster["kind"] in ("pool", "campaign")
        assert 0 <= cluster["score"] <= 1
        assert set(cluster["channels"]) <= set(CHANNELS)
        assert cluster["reasons"] and all(isinstance(reason, str) for reason in cluster["reasons"])
    assert [c["score"] for c in clusters] == sorted((c["score"] for c in clusters), reverse=True)
    assert len({c["cluster_id"] for c in clusters}) == len(clusters)
    parents = {c["parent_id"] for c in clusters} - {None}
    assert parents <= {c["cluster_id"] for c in clusters}


def test_clusters_say_the_same_in_every_format(case: Path, clusters: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    ids = [cluster["cluster_id"] for cluster in clusters]
    rows = list(csv.DictReader(io.StringIO(told(capsys, "clusters", case, "--format", "csv"))))
    assert [row["cluster_id"] for row in rows] == ids
    assert [json.loads(row["reasons"]) for row in rows] == [cluster["reasons"] for cluster in clusters]
    lines = told(capsys, "clusters", case).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ids
    assert lines[-1] == f"{len(ids)} clusters"


def test_members_are_one_row_a_membership(
    case: Path, clusters: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, parquet, as_csv = (tmp_path / name for name in ("clusters.json", "members.parquet", "members.csv"))
    assert told(capsys, "clusters", case, "--format", "json", "--out", out, "--members", parquet) == ""
    told(capsys, "clusters", case, "--members", as_csv)
    members = pl.read_parquet(parquet)
    assert members.columns[: len(MEMBER_COLUMNS)] == MEMBER_COLUMNS
    assert not members.select("account_id", "cluster_id").is_duplicated().any()
    assert dict(members.group_by("cluster_id").len().iter_rows()) == {c["cluster_id"]: c["accounts"] for c in clusters}
    assert pl.read_csv(as_csv)["account_id"].to_list() == members["account_id"].to_list()
    assert json.loads(out.read_text()) == clusters


def test_show_and_explain(case: Path, clusters: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = clusters[0]["cluster_id"]
    told(capsys, "clusters", case, "--members", tmp_path / "m.parquet")
    members = pl.read_parquet(tmp_path / "m.parquet").filter(pl.col("cluster_id") == cluster).sort("bits", descending=True)
    account = members["account_id"][0]
    assert f"cluster_id: {cluster}" in told(capsys, "show", case, cluster)
    shown = json.loads(told(capsys, "show", case, account, "--format", "json"))
    assert [m["cluster_id"] for m in shown["memberships"]] == [cluster]
    assert f"{account} in {cluster}: linked" in told(capsys, "explain", case, account, cluster)
    pair = json.loads(told(capsys, "explain", case, account, members["account_id"][1], "--format", "json"))
    assert pair["linked"] and sum(round(term["counted"] * 1000) for term in pair["terms"]) == round(pair["total"] * 1000)
    assert pair["witnesses"] and all(len(term["rows"]) <= term["rows_total"] for term in pair["terms"])


def test_export_verify_doctor(own_case: Path, clusters: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, cluster = tmp_path / "evidence.zip", clusters[0]["cluster_id"]
    assert cluster in told(capsys, "export", own_case, cluster, "--out", bundle)
    assert "signer is not checked" in told(capsys, "verify", bundle)
    assert "Everything holds" in told(capsys, "verify", bundle, "--trust", own_case / "keys" / "signing.pub.pem")
    assert re.fullmatch(r"\d+ stored files hold\n", told(capsys, "doctor", own_case))


def test_evaluate_measures_against_the_truth(case: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = world / "truth.parquet"
    assert "account" in told(capsys, "evaluate", case, "--truth", truth)
    assert isinstance(json.loads(told(capsys, "evaluate", case, "--truth", truth, "--format", "json")), dict)


def test_json_log_lines_are_json_objects(empty: Path, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "ingest", empty, "--exchanges", few)
    capsys.readouterr()
    assert run_command(["detect", str(empty), "--log-format", "json"]) == 0
    captured = capsys.readouterr()
    records = [json.loads(line) for line in captured.err.splitlines()]
    assert {record["event"] for record in records} <= {"stage", "note"}
    assert "publish" in [record["message"] for record in records]
    assert captured.out.startswith("snapshot ")


def records(workspace: Path, command: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((workspace / "runs").glob(f"*-{command}.json"))]


def test_every_run_leaves_a_record(own_case: Path) -> None:
    (ingested,), (detected,) = records(own_case, "ingest"), records(own_case, "detect")
    assert (ingested["outcome"], detected["outcome"]) == ("ok", "ok")
    assert detected["snapshot"] == (own_case / "snapshots" / "CURRENT").read_text().strip()
    assert run_command(["detect", str(own_case), "--until", "2001-01-01T00:00:00Z"]) == 3
    assert records(own_case, "detect")[-1]["outcome"].startswith("DataRefused")

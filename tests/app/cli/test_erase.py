"""`clew erase` on a real night: the account is out, the others' clusters keep their names, and the night after it too."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli.main import run_command
from tests.app.cli.test_nightly import newest, settings


def a_member(case: Path) -> tuple[str, str]:
    """An account of a flagged cluster, and the cluster."""
    members = pl.read_parquet(newest(case) / "members.parquet").filter("flagged").sort("bits", "account_id")
    return members["account_id"][-1], members["cluster_id"][-1]


def clusters(case: Path) -> dict[str, dict[str, Any]]:
    return {cluster["cluster_id"]: cluster for cluster in json.loads((newest(case) / "clusters.json").read_text())}


def test_an_account_goes_and_its_cluster_stays(own_case: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(own_case / "snapshots")
    assert run_command(["detect", str(own_case), "--until", "2026-08-10T00:00:00Z"]) == 0
    account, cluster = a_member(own_case)
    before = clusters(own_case)
    capsys.readouterr()
    assert run_command(["erase", str(own_case), account, "--by", "ana", "--reason", "ticket 7"]) == 0
    captured = capsys.readouterr()
    assert "rows removed: 1 of accounts" in captured.out and "no stored value is the account" in captured.out
    assert "still mentioned" not in captured.out
    assert account not in captured.out + captured.err
    assert run_command(["doctor", str(own_case)]) == 0
    assert run_command(["show", str(own_case), account]) == 2
    assert run_command(["export", str(own_case), cluster, "--out", str(own_case.parent / "after.zip")]) == 0
    after = clusters(own_case)
    assert set(after) == set(before)
    assert after[cluster]["accounts"] == before[cluster]["accounts"] - 1
    stored = [path for path in own_case.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    assert not any(account.encode() in path.read_bytes() for path in stored)

    settings(own_case, world)
    assert run_command(["nightly", str(own_case)]) == 0
    again = pl.read_parquet(newest(own_case) / "accounts.parquet")["account_id"]
    assert account not in again and again.len() > 1000
    assert clusters(own_case)[cluster]["accounts"] >= before[cluster]["accounts"] - 2


def test_a_new_export_does_not_bring_it_back(own_case: Path, world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account, _ = a_member(own_case)
    assert run_command(["erase", str(own_case), account]) == 0
    rows = pl.read_parquet(world / "exchanges" / "*.parquet").filter(pl.col("account_id") == account)
    rows.write_parquet(tmp_path / "again.parquet")
    capsys.readouterr()
    assert run_command(["ingest", str(own_case), "--exchanges", str(tmp_path / "again.parquet")]) == 0
    assert f"removed again: {rows.height:,} of exchanges" in capsys.readouterr().out
    record = json.loads(sorted((own_case / "runs").glob("*-ingest.json"))[-1].read_text())
    assert record["erased_again"]["exchanges"] == rows.height


def test_what_stays_is_named(own_case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account, cluster = a_member(own_case)
    (own_case / "exports").mkdir(exist_ok=True)
    assert run_command(["export", str(own_case), cluster, "--redaction", "full", "--out", str(own_case / "exports" / "given.zip")]) == 0
    capsys.readouterr()
    assert run_command(["erase", str(own_case), account]) == 0
    assert f"still mentioned: {Path('exports') / 'given.zip'}" in capsys.readouterr().out


def test_an_empty_name_cannot_be_meant(empty: Path) -> None:
    assert run_command(["erase", str(empty), ""]) == 2

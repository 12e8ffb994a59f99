"""The same rows give the same bytes: in any order, cut into any files, taken in by any number of runs, under any settings of a machine."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from app.cli.main import run_command
from tests.worlds import TABLES

DETECT = "import sys; from app.cli.main import main; main(['detect', sys.argv[1]])"


def results(workspace: Path, out: Path) -> dict[str, str]:
    """Digests of the outputs that the contract fixes."""
    out.mkdir()
    made = [out / name for name in ("clusters.json", "members.parquet", "members.csv")]
    for members in made[1:]:
        assert run_command(["clusters", str(workspace), "--format", "json", "--out", str(made[0]), "--members", str(members)]) == 0
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made}


def snapshot_digests(workspace: Path) -> dict[str, str]:
    """Digest of every file of the newest snapshot."""
    name = (workspace / "snapshots" / "CURRENT").read_text().strip()
    listing = json.loads((workspace / "snapshots" / name / "manifest.json").read_text())["files"]
    return {"id": name, **{file: entry["sha256"] for file, entry in listing.items()}}


def shuffled(world: Path, out: Path, seed: int) -> tuple[Path, Path]:
    """The world's tables, rows shuffled, cut in two folders of files."""
    halves = (out / "one", out / "two")
    for table in TABLES:
        source = world / table / "*.parquet" if table == "exchanges" else world / f"{table}.parquet"
        rows = pl.read_parquet(source).sample(fraction=1.0, shuffle=True, seed=seed)
        for half, part in zip(halves, (rows[: rows.height // 3], rows[rows.height // 3 :]), strict=True):
            half.mkdir(parents=True, exist_ok=True)
            part.write_parquet(half / f"{table}.parquet")
    return halves


def test_order_files_runs_and_machine_do_not_matter(case: Path, world: Path, empty: Path, tmp_path: Path) -> None:
    for half in reversed(shuffled(world, tmp_path, seed=3)):
        options = [word for table in TABLES for word in (f"--{table}", str(half / f"{table}.parquet"))]
        assert run_command(["ingest", str(empty), *options]) == 0
    threads = "1" if pl.thread_pool_size() > 1 else "3"  # other than here
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C", "POLARS_MAX_THREADS": threads}
    subprocess.run([sys.executable, "-c", DETECT, str(empty)], env={**os.environ, **elsewhere}, check=True, capture_output=True)
    assert snapshot_digests(empty) == snapshot_digests(case)
    assert results(empty, tmp_path / "shuffled") == results(case, tmp_path / "plain")


def test_nightly_on_what_was_taken_in_and_detected_gives_the_same_snapshot(
    case: Path, own_case: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same tables by `clew nightly`, after `clew ingest` and `clew detect`: every row a duplicate, every file as it was."""
    settings = [f'{table} = "{world / table}{"" if table == "exchanges" else ".parquet"}"' for table in TABLES]
    kept = ["[privacy]", "keep_prompts_days = 36500", ""]  # else the texts of this old world go before it is looked at
    (own_case / "clew.toml").write_text("\n".join(["[inputs]", *settings, *kept]))
    shutil.rmtree(own_case / "snapshots")
    capsys.readouterr()
    assert run_command(["nightly", str(own_case)]) == 0
    told = capsys.readouterr().out
    assert snapshot_digests(own_case) == snapshot_digests(case)
    for line in (line for line in told.splitlines() if " rows in = " in line):
        rows = line.split(": ")[1].split()[0]
        assert f"0 accepted + {rows} duplicate + 0 quarantined + 0 late" in line
    assert told.count(" rows in = ") == len(TABLES)


def test_nightly_twice_gives_one_snapshot(empty: Path, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "clew.toml").write_text(f'[inputs]\nexchanges = "{few}"\n')
    told, digests = [], []
    for _ in range(2):
        capsys.readouterr()
        assert run_command(["nightly", str(empty)]) == 0
        told.append(capsys.readouterr().out)
        digests.append(snapshot_digests(empty))
    assert digests[0] == digests[1]
    assert "400 rows in = 400 accepted + 0 duplicate" in told[0] and "400 rows in = 0 accepted + 400 duplicate" in told[1]

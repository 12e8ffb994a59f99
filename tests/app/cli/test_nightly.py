"""One night as an operator meets it: told, measured, rehearsed, repeated, backfilled."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli import telling
from app.cli.main import run_command
from app.cli.metrics import lines
from tests.app.alerts.servers import free_port, http_server
from tests.worlds import TABLES


def settings(case: Path, world: Path, port: int = 0, more: str = "") -> None:
    """clew.toml of `case` with the tables of `world`, a metrics file and, if there is a port, a webhook."""
    inputs = [f'{table} = "{world / table}{"" if table == "exchanges" else ".parquet"}"' for table in TABLES]
    hook = [f'webhook = "http://127.0.0.1:{port}/hook"', 'webhook_allow = ["127.0.0.1"]'] if port else []
    kept = ["[privacy]", "keep_prompts_days = 36500", more, "[metrics]", 'textfile = "clew.prom"', "[alerts]", *hook]
    (case / "clew.toml").write_text("\n".join(["[inputs]", *inputs, *kept, ""]))


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def metrics(case: Path) -> dict[str, float]:
    rows = (line.rsplit(" ", 1) for line in (case / "clew.prom").read_text().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEW_WEBHOOK_SECRET", "0123456789abcdef")
    monkeypatch.setattr(telling.outbox.deliver, "__defaults__", (lambda _seconds: None, 3))  # nobody waits in a test


@pytest.fixture
def fresh(own_case: Path) -> Path:
    """A workspace with the small world's tables and no snapshot."""
    shutil.rmtree(own_case / "snapshots")
    shutil.rmtree(own_case / "runs")
    return own_case


def test_a_night_is_told_once_measured_and_still_told_when_the_receiver_was_away(
    fresh: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(fresh, world, port=free_port())
    assert run_command(["nightly", str(fresh)]) == 69
    assert "published" in (told := capsys.readouterr().err) and "clew digest" in told
    assert (fresh / "snapshots" / "CURRENT").exists(), "an alert that fails takes nothing back"
    found = metrics(fresh)
    assert (found["clew_last_exit_code"], found["clew_alerts_pending"], found["clew_alerts_failed"]) == (69, 1, 1)
    with http_server() as (port, got):
        settings(fresh, world, port=port)
        assert run_command(["digest", str(fresh), "--send"]) == 0
        assert run_command(["nightly", str(fresh)]) == 0
        ((_, headers, body),) = got.requests
    told_body = json.loads(body)
    flagged = [c["cluster_id"] for c in json.loads((newest(fresh) / "clusters.json").read_text()) if c["flagged"]]
    assert sorted(change["cluster_id"] for change in told_body["changes"]) == sorted(flagged)
    assert told_body["id"] == headers["clew-alert-id"]
    found = metrics(fresh)
    assert (found["clew_last_exit_code"], found["clew_alerts_pending"], found["clew_clusters_flagged"]) == (0, 0, len(flagged))
    assert found['clew_rows{outcome="rows_in",table="exchanges"}'] == found['clew_rows{outcome="duplicate",table="exchanges"}'] > 0
    assert {'clew_phase_duration_seconds{phase="ingest"}', 'clew_phase_duration_seconds{phase="detect"}'} <= set(found)
    assert found["clew_last_success_timestamp_seconds"] <= found["clew_last_run_timestamp_seconds"]
    assert found['clew_channel_available{channel="object"}'] == 0


def newest(case: Path) -> Path:
    return case / "snapshots" / (case / "snapshots" / "CURRENT").read_text().strip()


def test_the_alert_of_a_real_night_holds_no_account_and_no_prompt(case: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import polars as pl

    accounts = pl.read_parquet(world / "accounts.parquet")["account_id"].to_list()
    prompts = pl.read_parquet(world / "exchanges" / "*.parquet")["prompt"].drop_nulls().unique().to_list()
    for form in ("text", "html", "json"):
        capsys.readouterr()
        assert run_command(["digest", str(case), "--format", form]) == 0
        told = capsys.readouterr().out
        assert len(told) > 1000
        assert set(re.findall(r"[\w.@-]+", told)).isdisjoint(accounts)
        assert not any(prompt in told for prompt in prompts if len(prompt) > 20)


def test_a_dry_run_says_all_and_changes_nothing(fresh: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with http_server() as (port, got):
        settings(fresh, world, port=port)
        before = files(fresh)
        assert run_command(["nightly", str(fresh), "--dry-run"]) == 0
        assert files(fresh) == before
        assert got.requests == []
        told = capsys.readouterr().out
        assert "new file:" not in told, "all of them were taken in before"
        assert "alert, would go to: webhook at 127.0.0.1" in told and "nothing was stored" in told
        assert run_command(["nightly", str(fresh)]) == 0
        snapshot = newest(fresh).name
        assert f"snapshot {snapshot}:" in told
        assert json.loads(got.requests[0][2])["text"].split("\n\n")[1] in told


def test_a_dry_run_of_an_empty_workspace_names_the_new_files(empty: Path, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "clew.toml").write_text(f'[inputs]\nexchanges = "{few}"\n')
    before = files(empty)
    assert run_command(["nightly", str(empty), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"new file: {few} (exchanges, 400 rows)" in told
    assert "400 rows in = 400 accepted" in told and "no alert" in told
    assert files(empty) == before


@pytest.mark.parametrize(("text", "code"), [('exchanges = "missing.csv"\n', 3), ("", 2)])
def test_a_run_that_fails_is_measured_too(empty: Path, text: str, code: int) -> None:
    (empty / "clew.toml").write_text(f'[inputs]\n{text}[metrics]\ntextfile = "clew.prom"\n')
    assert run_command(["nightly", str(empty)]) == code
    found = metrics(empty)
    assert found["clew_last_exit_code"] == code
    assert "clew_last_success_timestamp_seconds" not in found


def test_a_failure_after_a_success_keeps_the_time_of_the_success(empty: Path, few: Path) -> None:
    text = f'[inputs]\nexchanges = "{few}"\n[metrics]\ntextfile = "clew.prom"\n'
    (empty / "clew.toml").write_text(text)
    assert run_command(["nightly", str(empty)]) == 0
    first = metrics(empty)
    few.unlink()
    assert run_command(["nightly", str(empty)]) == 3
    second = metrics(empty)
    assert second["clew_last_success_timestamp_seconds"] == first["clew_last_success_timestamp_seconds"]
    assert (second["clew_last_exit_code"], second["clew_clusters"]) == (3, first["clew_clusters"])


def test_metrics_that_cannot_be_written_fail_no_night(empty: Path, few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "clew.toml").write_text(f'[inputs]\nexchanges = "{few}"\n[metrics]\ntextfile = "clew.toml/x.prom"\n')
    assert run_command(["nightly", str(empty)]) == 0
    assert "metrics not written" in capsys.readouterr().err


def test_a_metrics_file_that_nobody_would_read_is_refused(empty: Path, few: Path) -> None:
    (empty / "clew.toml").write_text(f'[inputs]\nexchanges = "{few}"\n[metrics]\ntextfile = "clew.txt"\n')
    assert run_command(["nightly", str(empty)]) == 3


def test_the_text_format_is_kept_to() -> None:
    made = lines(
        [("clew_rows", {"table": 'a"b\\c\nd', "outcome": "late"}, 3), ("clew_clusters", {}, 2), ("clew_rows", {"table": "b"}, 1.5)]
    )
    assert made == [
        "# HELP clew_rows Rows of the last ingest by table and by what became of them.\n",
        "# TYPE clew_rows gauge\n",
        'clew_rows{outcome="late",table="a\\"b\\\\c\\nd"} 3\n',
        'clew_rows{table="b"} 1.5\n',
        "# HELP clew_clusters Clusters in the newest snapshot.\n",
        "# TYPE clew_clusters gauge\n",
        "clew_clusters 2\n",
    ]


def test_a_backfill_gives_the_nights_that_running_each_night_gives(empty: Path, few: Path, tmp_path: Path) -> None:
    assert run_command(["ingest", str(empty), "--exchanges", str(few)]) == 0
    other = tmp_path / "other"
    shutil.copytree(empty, other)
    assert run_command(["backfill", str(empty), "--from", "2026-08-03"]) == 0
    for day in ("04", "05", "06"):
        assert run_command(["detect", str(other), "--until", f"2026-08-{day}T00:00:00Z"]) == 0
    assert files(empty / "snapshots") == files(other / "snapshots")
    earlier: list[Any] = [json.loads(path.read_text())["earlier"] for path in sorted((empty / "snapshots").glob("*/manifest.json"))]
    assert earlier == [None, *sorted(path.name for path in (empty / "snapshots").iterdir() if path.is_dir())[:-1]]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--from", "yesterday"], "yesterday"),
        (["--from", "2026-08-01"], "2026-08-03"),
        (["--from", "2026-08-05", "--to", "2026-08-04"], "Choose within"),
        (["--from", "2026-08-03", "--to", "2026-08-03"], "published already"),
    ],
)
def test_a_backfill_that_would_tear_lines_is_refused(
    empty: Path, few: Path, options: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["ingest", str(empty), "--exchanges", str(few)]) == 0
    assert run_command(["detect", str(empty)]) == 0
    capsys.readouterr()
    assert run_command(["backfill", str(empty), *options]) == 2
    assert fault in capsys.readouterr().err

"""Doctor finds a changed byte in whatever a run left."""

import random
from pathlib import Path

import polars as pl
import pytest

from graph.detect import detect
from graph.doctor import examine
from graph.progress import Silent
from graph.store import decisions, erasures
from graph.store.decisions import Decision, Kind
from graph.store.workspace import Workspace, create_workspace
from ingest.load import ingest


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two deliveries with a bad row, a night, a decision, an erasure."""
    folder = tmp_path_factory.mktemp("doctor")
    made = create_workspace(folder / "workspace")
    for day in ("03", "04"):
        rows = [f"a{n % 20},2026-08-{day}T{n % 24:02d}:00:00Z,{day}-{n},192.0.2.{n % 9}" for n in range(200)]
        path = folder / f"{day}.csv"
        path.write_text("\n".join(["account_id,occurred_at,exchange_id,ip", *rows, "a1,never,x,", ""]))
        ingest(made, {"exchanges": [str(path)]}, None, Silent())
    detect(made, until=None, window_days=60, seed=1, progress=Silent())
    decisions.append(made, Decision(Kind.CLEARED, "Ann", "a class", "2026-08-05T09:00:00+00:00", channels={"ip": 1.25}))
    for state in (erasures.BEGUN, erasures.DONE):
        erasures.append(made, {"state": state, "account": "erased-1", "at": "2026-08-05T09:00:00+00:00", "reason": "ticket \u00ab7\u00bb"})
    return made


def stored(workspace: Workspace) -> list[Path]:
    return sorted(path for path in workspace.root.rglob("*") if path.is_file() and path.stat().st_size)


def test_a_whole_workspace_holds(workspace: Workspace) -> None:
    assert examine(workspace).faults == ()
    assert {path.relative_to(workspace.root).parts[0] for path in stored(workspace)} >= {
        "tables",
        "snapshots",
        "quarantine",
        "decisions.jsonl",
        "erasures.jsonl",
        "secret.key",
    }


@pytest.mark.parametrize("seed", range(6))
def test_one_flipped_bit_is_found_in_every_file_and_named(workspace: Workspace, seed: int) -> None:
    dice = random.Random(seed)
    for path in stored(workspace):
        if path.name in ("clew.toml", ".decisions.lock") or (path.name.startswith("manifest-") and path.name != _current(workspace)):
            continue  # people edit the settings; an older manifest serves no one
        content = path.read_bytes()
        at = dice.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << dice.randrange(8)]) + content[at + 1 :])
        faults = examine(workspace).faults
        path.write_bytes(content)
        assert faults, f"{path} at {at}: {content[max(0, at - 20) : at + 20]!r}"
    assert examine(workspace).faults == ()


def _current(workspace: Workspace) -> str:
    return (workspace.tables / "CURRENT").read_text().split()[0]


def test_records_and_quarantine_from_before_seals_hold(workspace: Workspace, tmp_path: Path) -> None:
    old = create_workspace(tmp_path / "old")
    old.key_seal.unlink()
    for folder in (old.runs, old.quarantine):
        folder.mkdir()
    (old.runs / "20260803T000000000000Z-ingest.json").write_text("{}")
    pl.DataFrame({"row": [1]}).write_parquet(old.quarantine / "exchanges-0123456789abcdef-01234567.parquet")
    assert examine(old).faults == ()


def test_settings_that_are_no_text_are_a_fault_not_a_crash(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "workspace")
    made.settings_file.write_bytes(b"[detect]\nseed = 1 # \xff\n")
    assert [fault for fault in examine(made).faults if "clew.toml" in fault]

"""Every exit code but 0, and that its message names the thing at fault."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import run_command

HOLD = """
import sys
from pathlib import Path
from graph.store.workspace import Workspace, exclusive
with exclusive(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""
CARD = "4111 1111 1111 1111"  # the public test number; Luhn-valid


def failing(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and standard error."""
    capsys.readouterr()
    return run_command([str(argument) for argument in arguments]), capsys.readouterr().err


def newest(workspace: Path) -> Path:
    return workspace / "snapshots" / (workspace / "snapshots" / "CURRENT").read_text().strip()


def a_file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["detect", "nowhere"], "nowhere"),
        (["clusters", "nowhere"], "nowhere"),
        (["nightly", "nowhere"], "nowhere"),
        (["frobnicate"], "frobnicate"),
        (["detect", "EMPTY", "--frobnicate"], "--frobnicate"),
        (["detect", "EMPTY", "--until", "2026-08-05T00:00:00"], "has no offset"),
        (["detect", "EMPTY", "--until", "yesterday"], "yesterday"),
        (["detect", "EMPTY", "--window-days", "0"], "--window-days"),
        (["ingest", "EMPTY"], "nothing to ingest"),
        (["clusters", "EMPTY"], "clew detect"),
        (["nightly", "EMPTY"], "[inputs]"),
        (["show", "CASE", "CL-NONE"], "CL-NONE"),
        (["explain", "CASE", "nobody", "CL-NONE"], "nobody"),
        (["clusters", "CASE", "--members", "m.xlsx"], "m.xlsx"),
        (["export", "CASE", "CL-NONE", "--out", "x.zip"], "CL-NONE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_2_what_cannot_be_meant(
    arguments: list[str],
    fault: str,
    empty: Path,
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = {"EMPTY": str(empty), "CASE": str(case)}
    code, err = failing(capsys, *(paths.get(argument, argument) for argument in arguments))
    assert (code, fault in err, "Traceback" in err) == (2, True, False), err


def test_3_a_card_number_refuses_the_file_and_is_stored_nowhere(empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    payments = a_file(tmp_path / "payments.csv", "account_id,card_fingerprint", "a1,fp_1", f"a2,{CARD}")
    code, err = failing(capsys, "ingest", empty, "--payments", payments)
    assert code == 3
    assert "payments.csv" in err
    stored = b"".join(path.read_bytes() for path in empty.rglob("*") if path.is_file())
    for value in (CARD, CARD.replace(" ", "")):
        assert value not in err
        assert value.encode() not in stored
    assert not (empty / "tables" / "CURRENT").exists()


def test_3_wrong_settings_name_the_setting(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "clew.toml").write_text("[detect]\nwindow_dayz = 3\n")
    code, err = failing(capsys, "nightly", empty)
    assert (code, "window_dayz" in err) == (3, True)


def test_3_an_input_that_is_not_there(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = failing(capsys, "ingest", empty, "--exchanges", "missing.csv")
    assert (code, "missing.csv" in err) == (3, True)


def test_3_a_bundle_with_one_flipped_byte(own_case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, cluster = tmp_path / "evidence.zip", json.loads((newest(own_case) / "clusters.json").read_text())[0]["cluster_id"]
    assert run_command(["export", str(own_case), cluster, "--out", str(bundle)]) == 0
    whole = bundle.read_bytes()
    middle = len(whole) // 2
    bundle.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    code, err = failing(capsys, "verify", bundle)
    assert (code, "evidence.zip" in err) == (3, True)


def test_3_detection_without_exchanges(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = failing(capsys, "detect", empty)
    assert (code, "--exchanges" in err) == (3, True)


def test_4_finished_but_too_much_quarantined(empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = [f"a{n},2026-08-03T10:00:0{n}Z" for n in range(5)]
    exchanges = a_file(tmp_path / "exchanges.csv", "account_id,occurred_at", *good, "a6,yesterday")
    code, err = failing(capsys, "ingest", empty, "--exchanges", exchanges)
    assert (code, "16.7%" in err, "5.0%" in err) == (4, True, True), err
    assert (empty / "tables" / "CURRENT").exists()
    assert list((empty / "quarantine").rglob("*"))


@pytest.mark.parametrize("arguments", [["clusters", "CASE", "--out", "OUT"], ["init", "OUT"], ["simulate", "OUT", "--scale", "0.001"]])
def test_74_a_path_that_cannot_be_written(arguments: list[str], case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_file(tmp_path / "file", "in the way")
    paths = {"CASE": str(case), "OUT": str(tmp_path / "file" / "below")}
    code, err = failing(capsys, *(paths.get(argument, argument) for argument in arguments))
    assert (code, "file" in err, "Traceback" in err) == (74, True, False), err


def test_74_doctor_finds_one_flipped_byte(own_case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = sorted(path for path in own_case.rglob("*.parquet"))
    for path in (stored[0], stored[len(stored) // 2], stored[-1]):
        whole = path.read_bytes()
        path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
        capsys.readouterr()
        code = run_command(["doctor", str(own_case)])
        captured = capsys.readouterr()
        assert (code, captured.out.count("damaged:"), path.name in captured.out) == (74, 1, True)
        path.write_bytes(whole)
    assert run_command(["doctor", str(own_case)]) == 0


@pytest.mark.parametrize("verb", ["detect", "nightly", "ingest"])
def test_75_while_another_process_holds_the_workspace(verb: str, own_case: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accounts = str(world / "accounts.parquet")
    (own_case / "clew.toml").write_text(f'[inputs]\naccounts = "{accounts}"\n')
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(own_case)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        code, err = failing(capsys, verb, own_case, *(["--accounts", accounts] if verb == "ingest" else []))
        assert (code, str(holder.pid) in err) == (75, True), err
    assert run_command(["ingest", str(own_case), "--accounts", accounts]) == 0


@pytest.mark.parametrize("option", [["--log-format", "json"], ["--log-format=json"]], ids=len)
def test_a_failure_is_a_json_line_where_json_is_asked_for(option: list[str], empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = failing(capsys, "detect", empty, *option)
    record = json.loads(err.splitlines()[-1])
    assert (code, record["event"], record["exit_code"], "--exchanges" in record["message"]) == (3, "error", 3, True)


def test_a_traceback_only_when_asked_for(capsys: pytest.CaptureFixture[str], empty: Path) -> None:
    code, err = failing(capsys, "detect", empty, "--debug")
    assert (code, "Traceback" in err) == (3, True)

"""Four nights on one small world: clusters keep their names, and what a person decided holds on every later night."""

import json
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli.main import run_command
from tests.app.cli.test_way import told
from tests.worlds import inputs

NIGHTS = [f"2026-08-{day:02d}T00:00:00Z" for day in range(7, 11)]
HOSTILE = "not theirs\x1b[2J\u202e"


def snapshot_of(workspace: Path) -> Path:
    return workspace / "snapshots" / (workspace / "snapshots" / "CURRENT").read_text().strip()


def members_of(snap: Path) -> dict[str, set[str]]:
    frame = pl.read_parquet(snap / "members.parquet")
    return {str(name): set(rows["account_id"]) for (name,), rows in frame.group_by("cluster_id")}


def clusters_of(snap: Path) -> dict[str, dict[str, Any]]:
    return {cluster["cluster_id"]: cluster for cluster in json.loads((snap / "clusters.json").read_text())}


def decide(workspace: Path, *words: str) -> None:
    second = ["--approved-by", "bo"] if words[0] == "confirmed" else []
    assert run_command(["decide", str(workspace), *words, "--by", "ana", *second, "--reason", HOSTILE]) == 0


def alike(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some | others)


@pytest.fixture(scope="module")
def nights(world: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], dict[str, str]]:
    """A workspace after four nights, with decisions made after the second; the snapshots; and what was decided about whom."""
    workspace = tmp_path_factory.mktemp("nights") / "workspace"
    assert run_command(["init", str(workspace)]) == 0
    assert run_command(["ingest", str(workspace), *inputs(world)]) == 0
    snaps: list[Path] = []
    about: dict[str, str] = {}
    for number, until in enumerate(NIGHTS):
        assert run_command(["detect", str(workspace), "--until", until]) == 0
        snaps.append(snapshot_of(workspace))
        if number == 1:
            about = _decided(workspace, snaps[-1])
    return workspace, snaps, about


def _decided(workspace: Path, snap: Path) -> dict[str, str]:
    """Exclude an account from the largest cluster, clear another flagged one, confirm one that is not flagged."""
    members, clusters = members_of(snap), clusters_of(snap)
    largest = max(sorted(members), key=lambda name: len(members[name]))
    flagged = next(name for name, cluster in clusters.items() if cluster["flagged"] and name != largest)
    quiet = next(name for name, cluster in clusters.items() if not cluster["flagged"] and name != largest)
    out = min(members[largest])
    decide(workspace, "exclude", out, "--from", largest)
    decide(workspace, "cleared", flagged)
    decide(workspace, "confirmed", quiet)
    return {"largest": largest, "out": out, "cleared": flagged, "confirmed": quiet}


def _whole(snap: Path) -> dict[str, set[str]]:
    """Members of every cluster that is not a campaign within another: such a one may be most of its pool, under its own name."""
    return {name: held for name, held in members_of(snap).items() if clusters_of(snap)[name]["parent_id"] is None}


def test_names_are_stable_and_nothing_is_born_twice(nights: tuple[Path, list[Path], dict[str, str]]) -> None:
    _, snaps, _ = nights
    born: list[str] = []
    for earlier, tonight in pairwise(snaps):
        before, now = (_whole(snap) for snap in (earlier, tonight))
        assert all(name == other for name, some in before.items() for other, others in now.items() if alike(some, others) > 0.5)
    for snap in snaps:
        born += pl.read_parquet(snap / "lines.parquet").filter(pl.col("change") == "born")["cluster_id"].to_list()
    assert len(born) == len(set(born)) > 0
    assert {name for snap in snaps for name in members_of(snap)} == set(born)


def test_every_line_of_the_night_before_is_accounted_for(nights: tuple[Path, list[Path], dict[str, str]]) -> None:
    _, snaps, _ = nights
    for earlier, tonight in pairwise(snaps):
        lines = pl.read_parquet(tonight / "lines.parquet")
        told_of = set(lines.filter(pl.col("change").is_not_null())["cluster_id"])
        assert set(members_of(earlier)) <= told_of
        changes = json.loads((tonight / "manifest.json").read_text())["changes"]
        assert sum(changes.values()) == len(told_of)
        assert {name: cluster["change"] for name, cluster in clusters_of(tonight).items()} == dict(
            lines.filter(pl.col("state") == "alive").select("cluster_id", "change").iter_rows()
        )


def test_decisions_hold_on_every_later_night(nights: tuple[Path, list[Path], dict[str, str]]) -> None:
    _, snaps, about = nights
    assert about["out"] in members_of(snaps[1])[about["largest"]]
    for snap in snaps[2:]:
        clusters = clusters_of(snap)
        assert about["out"] not in members_of(snap).get(about["largest"], set())
        if cluster := clusters.get(about["confirmed"]):
            assert cluster["flagged"] and cluster["decided"] == "confirmed"
        if cluster := clusters.get(about["cleared"]):
            assert not cluster["flagged"] or "looked at again" in cluster["reasons"][-1]
            assert HOSTILE in cluster["reasons"][-1]
    assert about["largest"] in members_of(snaps[2])
    assert any("took 1 account out of this cluster" in reason for reason in clusters_of(snaps[2])[about["largest"]]["reasons"])


def test_a_night_again_is_the_same_until_something_is_decided(nights: tuple[Path, list[Path], dict[str, str]]) -> None:
    workspace, snaps, _ = nights
    for until, snap in ((NIGHTS[2], snaps[2]), (NIGHTS[-1], snaps[-1])):
        assert run_command(["detect", str(workspace), "--until", until]) == 0
        assert snapshot_of(workspace) == snap


def test_decisions_are_listed_and_their_text_is_data(
    nights: tuple[Path, list[Path], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _, about = nights
    listed = told(capsys, "decide", workspace, "--list")
    assert "3 decisions, 3 in force" in listed and about["out"] in listed
    assert "\x1b" not in listed and "\u202e" not in listed
    as_json = json.loads(told(capsys, "decide", workspace, "--list", "--format", "json"))
    assert [(decision["kind"], decision["by"], decision["in_force"]) for decision in as_json] == [
        ("exclude", "ana", True),
        ("cleared", "ana", True),
        ("confirmed", "ana, approved by bo", True),
    ]
    assert as_json[0]["reason"] == HOSTILE


@dataclass(frozen=True)
class ByHand:
    """A night on which two clusters were merged, a third was split and three accounts of a fourth were labelled, and the night before."""

    workspace: Path
    before: Path
    after: Path
    merged: tuple[str, str]
    split: str
    part: frozenset[str]
    labelled: str


@pytest.fixture(scope="module")
def by_hand(case: Path, tmp_path_factory: pytest.TempPathFactory) -> ByHand:
    folder = tmp_path_factory.mktemp("by_hand")
    workspace = Path(shutil.copytree(case, folder / "workspace"))
    before = snapshot_of(workspace)
    members = members_of(before)
    largest, second, *others = sorted(sorted(_whole(before)), key=lambda name: len(members[name]), reverse=True)
    one, two = sorted(others)[:2]
    decide(workspace, "must-link", one, two)
    accounts = sorted(members[second])
    part, rest = accounts[: len(accounts) // 2], accounts[len(accounts) // 2 :]
    decide(workspace, "cannot-link", *part, *(word for account in rest for word in ("--from", account)))
    rows = [f"{account},benign,2026-08-09T00:00:00Z,ana" for account in sorted(members[largest])[:3]]
    labels = folder / "labels.csv"
    labels.write_text("\n".join(["account_id,verdict,decided_at,decided_by", *rows, ""]))
    assert run_command(["ingest", str(workspace), "--labels", str(labels)]) == 0
    assert run_command(["detect", str(workspace)]) == 0
    return ByHand(workspace, before, snapshot_of(workspace), (one, two), second, frozenset(part), largest)


def test_a_merge_by_hand_holds_and_ends_with_its_withdrawal(by_hand: ByHand) -> None:
    before, after = members_of(by_hand.before), members_of(by_hand.after)
    one, two = by_hand.merged
    (merged,) = [name for name, members in after.items() if before[one] <= members]
    assert before[two] <= after[merged]
    assert any(HOSTILE in reason for reason in clusters_of(by_hand.after)[merged]["reasons"])
    decide(by_hand.workspace, "withdraw", "1")
    decide(by_hand.workspace, "withdraw", "2")
    assert run_command(["detect", str(by_hand.workspace)]) == 0
    assert {frozenset(m) for m in members_of(snapshot_of(by_hand.workspace)).values()} == {frozenset(m) for m in before.values()}


def test_a_split_by_hand_makes_two_clusters(by_hand: ByHand) -> None:
    accounts = members_of(by_hand.before)[by_hand.split]
    after = [members & accounts for members in members_of(by_hand.after).values()]
    assert any(after)
    assert not any(members & by_hand.part and members - by_hand.part for members in after)


def test_labels_are_counted_among_the_reasons_and_calibrate_nothing_while_few(by_hand: ByHand) -> None:
    cluster = clusters_of(by_hand.after)[by_hand.labelled]
    assert "3 members were judged benign by ana" in cluster["reasons"][-1]
    assert cluster["calibrated"] is None
    assert json.loads((by_hand.after / "manifest.json").read_text())["calibration"]["reason"].startswith("1 clusters")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["confirmed", "CL-NONE", "--by", "ana", "--reason", "x"], "CL-NONE"),
        (["exclude", "nobody", "--from", "CL-NONE", "--by", "ana", "--reason", "x"], "nobody"),
        (["confirmed", "CL-NONE", "--reason", "x"], "--by"),
        (["guilty", "CL-NONE"], "guilty"),
        ([], "--list"),
        (["confirmed", "CL-NONE", "--list"], "--list"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(own_case: Path, words: list[str], fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["decide", str(own_case), *words]) == 2
    assert fault in capsys.readouterr().err
    assert not (own_case / "decisions.jsonl").exists()


@pytest.mark.parametrize("second", [[], ["--approved-by", ""], ["--approved-by", " ANA "]])
def test_confirming_takes_two_names(own_case: Path, second: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    cluster = min(members_of(snapshot_of(own_case)))
    assert run_command(["decide", str(own_case), "confirmed", cluster, "--by", "ana", *second, "--reason", "x"]) == 2
    assert "takes two people" in capsys.readouterr().err
    assert not (own_case / "decisions.jsonl").exists()


def test_decisions_are_in_the_audit_log(own_case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = min(members_of(snapshot_of(own_case)))
    decide(own_case, "cleared", cluster)
    begun, row = [json.loads(line) for line in told(capsys, "audit", "list", own_case).splitlines()]
    assert begun["action"] == "decision begun", "the log knows of it before it holds"
    assert (row["actor"], row["action"], row["detail"]["by"], row["detail"]["cluster"]) == ("command line", "decision made", "ana", cluster)
    assert "2 rows hold" in told(capsys, "audit", "verify", own_case)

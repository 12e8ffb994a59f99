"""Erasure of one account: nothing of it is left, everything of the others is, and a crash at any step is mended by running it again."""

import datetime as dt
import hashlib
import json
import pathlib
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.doctor import examine
from graph.errors import StorageError, UsageError
from graph.progress import Silent
from graph.store import decisions, erasures, snapshot, tables
from graph.store.decisions import Decision, Kind
from graph.store.workspace import Workspace
from ingest.erasure.erase import erase, keep_erased
from ingest.erasure.nights import without
from ingest.erasure.scan import scan
from ingest.erasure.words import as_bytes, as_rust, replaced, tombstone
from ingest.load import ingest
from tests.factory import a_snapshot, a_workspace

AT = dt.datetime(2026, 9, 1, 2, 30, tzinfo=dt.UTC)
SHARED = "write out step by step the reasoning behind what all of us send"
OWN = "these are my own words and nobody else has ever sent them before day"
GONE, TWIN = "acct-0-00003", "acct-0-00031"  # members of the made-up snapshot


def a_case(folder: Path) -> Workspace:
    """Three accounts with a shared and an own prompt each over two days, payments, a transfer between two, a snapshot, decisions."""
    workspace = a_workspace(folder)
    lines = [
        f"{who},2026-08-0{day}T10:00:{n:02d}Z,{prompt},{partner}"
        for day in (3, 4)
        for n, (who, prompt, partner) in enumerate(
            [
                (GONE, SHARED, "shop"),
                (GONE, f"{OWN} {day}", TWIN),
                (TWIN, SHARED, GONE),
                (TWIN, "their own words", "shop"),
                ("acct-9", f"{GONE}-x is another name", "shop"),
            ]
        )
    ]
    (folder / "exchanges.csv").write_text("\n".join(["account_id,occurred_at,prompt,partner", *lines, ""]))
    (folder / "map.toml").write_text('[exchanges]\nobjects = { partner = "partner" }\n')
    (folder / "payments.csv").write_text(f"account_id,card_fingerprint\n{GONE},fp_1\n{TWIN},fp_1\n")
    (folder / "accounts.csv").write_text(f"account_id,email\n{GONE},gone@mail.example\n{TWIN},twin@mail.example\n")
    given_files = {table: [str(folder / f"{table}.csv")] for table in ("accounts", "payments", "exchanges")}
    ingest(workspace, given_files, folder / "map.toml", Silent())
    a_snapshot(workspace, clusters=2, accounts=40)
    for kind in (Kind.MUST_LINK, Kind.CONFIRMED):
        decisions.append(workspace, Decision(kind, "ana", f"{GONE} wrote", AT.isoformat(), accounts=(GONE, TWIN)))
    return workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return a_case(tmp_path)


def erased(workspace: Workspace, account: str = GONE) -> dict[str, Any]:
    return erase(workspace, account, "ana", "ticket 7", lambda: AT, Silent())


def rows(workspace: Workspace, table: str) -> pl.DataFrame:
    frame = pl.concat([pl.read_parquet(workspace.root / part.path) for part in tables.current(workspace).of(table)])
    return frame.sort(frame.columns)


def content(workspace: Workspace) -> dict[str, str]:
    """Everything that stands, but for what counts the runs."""
    skipped = ("manifest-", "CURRENT", ".lock", ".decisions.lock", "erasures.jsonl")
    paths = (path for path in workspace.root.rglob("*") if path.is_file() and not path.name.startswith(skipped))
    return {str(path.relative_to(workspace.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def everything(workspace: Workspace) -> str:
    """All text, Parquet decoded."""
    said = []
    for path in sorted(path for path in workspace.root.rglob("*") if path.is_file()):
        said.append(pl.read_parquet(path).write_json() if path.suffix == ".parquet" else path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(said)


def test_nothing_of_the_account_is_left_and_everything_of_the_others(workspace: Workspace) -> None:
    before = {table: rows(workspace, table) for table in ("accounts", "payments", "exchanges", "objects", "fragments")}
    assert scan(workspace, GONE).values
    done = erased(workspace)
    for table, frame in before.items():
        about = pl.col("account_id") == GONE
        if table == "objects":
            about = about | (pl.col("object_id") == GONE)
        assert rows(workspace, table).equals(frame.filter(~about)), table
        assert done["removed"][table] == frame.filter(about).height > 0
    assert set(rows(workspace, "prompts")["text"]) == {SHARED, "their own words", f"{GONE}-x is another name"}
    left = everything(workspace).replace(f"{GONE}-x", "")
    assert GONE not in left and OWN not in left and "gone@mail" not in left
    assert TWIN in left and "twin@mail" in left
    assert done["scanned"]["files"] > 20 and done["mentioned"] == {}
    assert examine(workspace).faults == ()


def test_old_files_are_gone_and_so_is_what_crashed_runs_left(workspace: Workspace) -> None:
    old = [workspace.root / part.path for part in tables.current(workspace).of("payments")]
    orphan = old[0].with_name(".0123.parquet")
    shutil.copy(old[0], orphan)
    stage = workspace.root / ".staging" / "payments"
    stage.mkdir(parents=True)
    (stage / "x.arrow").write_text(GONE)
    half = workspace.snapshots / ".half.tmp"
    half.mkdir()
    (half / "clusters.json").write_text(GONE)
    erased(workspace)
    assert not any(path.exists() for path in (*old, orphan, stage, half))


def test_snapshots_are_replaced_and_the_clusters_keep_their_sums(workspace: Workspace) -> None:
    old = snapshot.latest(workspace)
    size = {c["cluster_id"]: c["accounts"] for c in old.clusters()}
    member = dict(old.frame("members").collect().group_by("cluster_id").len().iter_rows())
    done = erased(workspace)
    night = snapshot.latest(workspace)
    assert done["snapshots"] == {old.snapshot_id: night.snapshot_id} and night.snapshot_id != old.snapshot_id
    assert snapshot.history(workspace) == [night.snapshot_id]
    assert (night.manifest["replaces"], night.manifest["erased"]) == ([old.snapshot_id], [done["account"]])
    counts = dict(night.frame("members").collect().group_by("cluster_id").len().iter_rows())
    less = {name: size[name] - counts[name] for name in size}
    assert {c["cluster_id"]: c["accounts"] for c in night.clusters()} == counts
    assert sorted(less.values()) == [0, 1] and member == size


def test_a_second_erasure_still_tells_which_snapshots_went_before(workspace: Workspace) -> None:
    old = snapshot.latest(workspace).snapshot_id
    first, second = erased(workspace), erased(workspace, TWIN)
    night = snapshot.latest(workspace)
    assert night.manifest["replaces"] == [old, first["snapshots"][old]]
    assert night.manifest["erased"] == sorted([first["account"], second["account"]])


def test_decisions_name_a_pseudonym_and_still_hold_together(workspace: Workspace) -> None:
    done = erased(workspace)
    found = decisions.read(workspace)
    assert [d.accounts for d in found] == [(done["account"], TWIN)] * 2
    assert found[0].reason == f"{done['account']} wrote"
    assert done["decisions"] == 2


def test_the_record_names_nobody_without_the_key(workspace: Workspace) -> None:
    done = erased(workspace)
    assert done["account"] == tombstone(workspace.key(), GONE) != tombstone(b"another key", GONE)
    assert [record["state"] for record in erasures.read(workspace)] == [erasures.BEGUN, erasures.DONE]
    said = json.dumps(erasures.read(workspace))
    assert GONE not in said and "ticket 7" in said


def test_a_record_that_was_changed_is_noticed(workspace: Workspace) -> None:
    erased(workspace)
    erased(workspace, TWIN)
    text = workspace.erasures.read_text()
    workspace.erasures.write_text(text.replace("ticket 7", "ticket 8", 1))
    with pytest.raises(StorageError, match="line 1"):
        erasures.read(workspace)
    workspace.erasures.write_text("\n".join(text.splitlines()[1:]) + "\n")
    with pytest.raises(StorageError, match="line 1"):
        erased(workspace, TWIN)


def test_who_was_erased_stays_erased(workspace: Workspace, tmp_path: Path) -> None:
    erased(workspace)
    more = tmp_path / "more.csv"
    more.write_text(f"account_id,occurred_at,prompt\n{GONE},2026-08-05T10:00:00Z,back again\n{TWIN},2026-08-05T10:00:01Z,still here\n")
    ingest(workspace, {"exchanges": [str(more)]}, None, Silent())
    assert scan(workspace, GONE).values
    assert keep_erased(workspace).rows["exchanges"] == 1
    assert not scan(workspace, GONE).values
    assert "back again" not in everything(workspace) and "still here" in everything(workspace)
    assert keep_erased(workspace).rows == {}


def test_an_account_that_is_not_there_leaves_all_as_it_is_and_a_record(workspace: Workspace) -> None:
    before = content(workspace)
    done = erased(workspace, "nobody-at-all")
    assert content(workspace) == before
    assert (done["removed"], done["snapshots"], done["decisions"]) == ({}, {}, 0)


def test_an_empty_name_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="empty"):
        erased(workspace, " ")


class Crash(BaseException):
    """As a killed process: nobody catches it."""


class Faults:
    """Breaks off at the `at`-th change of the file system."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int) -> None:
        self.seen, self.at = 0, at
        for owner, name in ((pathlib.Path, "replace"), (pathlib.Path, "rename"), (pathlib.Path, "unlink"), (shutil, "rmtree")):
            patch.setattr(owner, name, self.counted(getattr(owner, name)))

    def counted(self, real: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            self.seen += 1
            if self.seen == self.at:
                raise Crash
            return real(*arguments, **options)

        return call


def test_a_crash_at_any_step_is_mended_by_running_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = a_case(tmp_path)
    whole = Workspace(Path(shutil.copytree(origin.root, tmp_path / "whole")))
    with monkeypatch.context() as patch:
        steps = Faults(patch, 0)
        erased(whole)
    assert steps.seen > 30
    expected = content(whole)
    for at in range(1, steps.seen + 1, 3):  # most files are a rename and an unlink: by threes, both are met
        broken = Workspace(Path(shutil.copytree(origin.root, tmp_path / f"broken-{at}")))
        with monkeypatch.context() as patch:
            Faults(patch, at)
            with pytest.raises(Crash):
                erased(broken)
        assert snapshot.latest(broken).clusters()  # what is served is whole at every moment
        assert rows(broken, "exchanges").height in (6, 10)
        told = erasures.read(broken)
        assert bool(examine(broken).faults) == bool(told and told[-1]["state"] == erasures.BEGUN), "that it broke off is told"
        erased(broken)
        assert content(broken) == expected
        assert examine(broken).faults == ()
        assert not scan(broken, GONE).values
        shutil.rmtree(broken.root)


IDS = st.text('ab-_.é9"\\', min_size=1, max_size=6)


@given(IDS, st.text('ab-_.é9 "\\,', max_size=20))
def test_an_id_is_found_as_a_word_and_replaced_nowhere_else(account: str, text: str) -> None:
    around = f"{text} {account}, {account}"
    assert pl.Series([around]).str.contains(as_rust(account)).item()
    assert as_bytes(account).search(around.encode()) and as_bytes(account).search(json.dumps(around).encode())
    after = replaced({"a": [around, text]}, account, "§")["a"]
    assert not pl.Series(after).str.replace_all("§", " § ", literal=True).str.contains(as_rust(account)).any()
    assert as_bytes(account).search(json.dumps(f"line\n{account}").encode()), "an escaped line break is no letter before it"
    assert replaced(f"x{account}x", f"{account}", "§") == f"x{account}x"


def test_entities_that_it_alone_was_linked_with_go_too(workspace: Workspace) -> None:
    night = snapshot.latest(workspace)
    frames = {name: night.frame(name).collect() for name in snapshot.FRAMES}
    mine = frames["links"].filter(pl.col("account_id") == GONE)["entity_id"][0]
    alone = frames["links"].filter((pl.col("entity_id") != mine) | (pl.col("account_id") == GONE))
    left = without(frames | {"links": alone}, GONE)
    for name in ("entities", "cluster_entities", "links"):
        assert mine in frames[name]["entity_id"] and mine not in left[name]["entity_id"], name
    assert left["entities"].height == frames["entities"].height - 1


@given(IDS, st.lists(st.sampled_from([" ", "x", "\\", "n", '"', "é", "\n", "§"]), max_size=8))
def test_the_quick_search_of_bytes_finds_what_the_pattern_finds(
    tmp_path_factory: pytest.TempPathFactory, account: str, between: list[str]
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("scan"))
    text = account.join(["", *between, ""])
    content_of = {"a.txt": text.encode(), "b.json": json.dumps([text]).encode()}
    for name, raw in content_of.items():
        (workspace.root / name).write_bytes(raw)
    found = scan(workspace, account)
    assert found.values == {}
    for name, raw in content_of.items():
        assert bool(found.mentions.get(name, 0)) == bool(as_bytes(account).search(raw))


def test_an_entity_that_is_the_account_goes_with_its_links(workspace: Workspace) -> None:
    night = snapshot.latest(workspace)
    frames = {name: night.frame(name).collect() for name in snapshot.FRAMES}
    named = frames["links"].filter(pl.col("account_id") == TWIN)["entity_id"][0]
    label = pl.when(pl.col("entity_id") == named).then(pl.lit(GONE)).otherwise("label").alias("label")
    left = without(frames | {"entities": frames["entities"].with_columns(label)}, GONE)
    assert GONE not in left["entities"]["label"] and named not in left["links"]["entity_id"]
    assert TWIN in left["links"]["account_id"]

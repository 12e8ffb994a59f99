from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from app.queries import lineage
from app.queries.night import Night, Nights
from graph.store import snapshot
from graph.store.snapshot import FRAMES
from graph.store.workspace import Workspace
from tests.app.queries.test_tonight import a_line
from tests.factory import a_snapshot, a_workspace


def published(space: Workspace, day: int, accounts: int, change: str, tag: str = "00000001") -> None:
    frames = {name: pl.DataFrame(schema=schema) for name, schema in FRAMES.items()}
    rows = [a_line("CL-000001", "alive", change, []) | {"accounts": accounts}]
    frames["lines"] = pl.DataFrame(rows, schema=FRAMES["lines"], orient="row")
    window = {"first": "2026-08-01T00:00:00+00:00", "until": f"2026-08-{day:02d}T00:00:00+00:00"}
    snapshot.publish(space, f"202608{day:02d}T000000Z-{tag}", {"window": window}, [], frames)


def test_life_takes_one_snapshot_a_night_up_to_the_newest(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    for day, accounts, change, tag in [
        (9, 50, "grew", "1"),
        (2, 10, "born", "1"),
        (3, 11, "same", "1"),
        (3, 20, "grew", "2"),
        (5, 30, "same", "1"),
    ]:
        published(space, day, accounts, change, tag)
    found = lineage.life(Nights(space), "CL-000001")
    assert (found.accounts, found.changes) == ([10, 20, 30], ["new", "grown", "unchanged"])
    assert [night.day for night in found.nights] == [2, 3, 5]
    assert lineage.life(Nights(space), "CL-000001", most=1).accounts == [30]


def test_a_night_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    published(space, 2, 10, "born")
    published(space, 3, 20, "grew")
    (space.snapshots / "20260802T000000Z-00000001" / "lines.parquet").write_bytes(b"PAR1")
    assert lineage.life(Nights(space), "CL-000001").accounts == [20]
    assert lineage.life(Nights(space), "CL-NONE").accounts == []


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Night]:
    space = a_workspace(tmp_path)
    a_snapshot(space)
    night = Nights(space).newest()
    for name in ("CL-000000", "CL-000002"):
        night.cluster(name)["parent_id"] = "CL-000001"
    yield night


def test_family_of_a_pool_and_of_a_campaign(pool: Night) -> None:
    assert [row["cluster_id"] for row in lineage.family(pool, "CL-000001")] == ["CL-000000", "CL-000002"]
    rows = [(row["cluster_id"], row["relation"]) for row in lineage.family(pool, "CL-000002")]
    assert rows == [("CL-000001", "pool around it"), ("CL-000000", "campaign in the pool")]


def test_a_cluster_alone_has_no_family(night: Night) -> None:
    assert lineage.family(night, "CL-000000") == []


def test_told_names_the_ids_whose_decisions_hold(pool: Night) -> None:
    assert lineage.told(pool, "CL-000000") == [("Tonight", "new")]
    row = a_line("CL-000000", "alive", "merged", ["CL-B"]) | {"names": ["CL-000000", "CL-B"]}
    pool._frames["lines"] = pl.DataFrame([row], schema=FRAMES["lines"], orient="row")
    assert dict(lineage.told(pool, "CL-000000")) == {
        "Tonight": "new", "First found": "3 Aug 2026", "Last found": "3 Aug 2026", "Decisions on these hold too": "CL-B",
    }  # fmt: skip

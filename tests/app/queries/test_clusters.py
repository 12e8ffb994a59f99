import pytest

from app.queries import clusters
from app.queries.night import Night, Nights, NotFound
from graph.errors import UsageError
from tests.factory import a_snapshot, a_workspace


def test_queue_lists_all_clusters_best_first(night: Night) -> None:
    rows = clusters.queue(night)
    assert [row["score"] for row in rows] == [97, 87, 77]
    assert rows[0]["href"] == "/cluster/CL-000000"
    assert sum(part["share"] for part in rows[0]["channels"]) == pytest.approx(1)
    assert rows[0]["change"] == "new"


def test_header_knows_its_neighbours(night: Night) -> None:
    first, last = (clusters.header(night, f"CL-00000{n}") for n in (0, 2))
    assert (first["previous"], first["next"], first["place"]) == (None, "/cluster/CL-000001", "1 of 3")
    assert (last["previous"], last["next"]) == ("/cluster/CL-000001", None)
    assert first["window"] == "3 Aug – 16 Aug 2026"


def test_unknown_cluster(night: Night) -> None:
    with pytest.raises(NotFound, match="CL-NONE"):
        clusters.header(night, "CL-NONE")


def test_health_names_what_is_missing(night: Night) -> None:
    assert "All channels available" in clusters.health(night)
    night.manifest["channels"]["object"] = {"available": False, "reason": "no column"}
    try:
        assert "Not available: Shared object (no column)" in clusters.health(night)
    finally:
        night.manifest["channels"]["object"] = {"available": True, "reason": ""}


def test_health_stays_short_when_much_is_missing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"available": False, "reason": "not available: no values in a.b, c.d"}
    monkeypatch.setitem(night.manifest, "channels", {"ip": absent, "prompt": absent, "timing": {"available": True}})
    assert "Not available: IP, Prompt: the log has no such columns or values" in clusters.health(night)


def test_bits_of_no_channel() -> None:
    assert clusters.bits_by_channel({"channels": {}}) == []
    assert clusters.bits_by_channel({"channels": {"ip": -3.0, "payment": 1.0}})[0]["share"] == 1


def test_new_snapshot_is_seen_and_the_old_one_kept_until_then(tmp_path) -> None:  # type: ignore[no-untyped-def]
    workspace = a_workspace(tmp_path)
    nights = Nights(workspace)
    with pytest.raises(UsageError, match="holds no result yet"):
        nights.newest()
    a_snapshot(workspace)
    first = nights.newest()
    assert nights.newest() is first
    a_snapshot(workspace, clusters=2, seed=2)
    assert len(nights.newest().clusters) == 2

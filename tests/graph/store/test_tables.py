"""Tables say in which format they are, and another one is refused by name."""

import json

import polars as pl
import pytest

from graph.errors import StorageError
from graph.store import tables
from graph.store.workspace import create_workspace


@pytest.fixture
def workspace(tmp_path):
    space = create_workspace(tmp_path / "workspace")
    frame = pl.DataFrame({"account_id": ["a"], "fragment_id": [1], "prompt_id": [2], "n": [3]}).with_columns(
        first_at=pl.datetime(2026, 1, 1, time_zone="UTC"), last_at=pl.datetime(2026, 1, 2, time_zone="UTC")
    )
    part = tables.write_part(space, "fragments", "2026-01-01", frame)
    tables.commit(space, tables.Manifest(parts=(part,)))
    return space


def test_what_is_left_out_of_a_part_is_put_back(workspace):
    (row,) = tables.read_parts(workspace, "fragments", tables.current(workspace).parts).collect().rows(named=True)
    assert (str(row["first_at"]), str(row["last_at"])) == ("2026-01-01 00:00:00+00:00", "2026-01-02 00:00:00+00:00")


@pytest.mark.parametrize("number", [None, 1, 3])
def test_tables_of_another_format_are_refused(workspace, number):
    (path,) = workspace.tables.glob("manifest-*.json")
    value = json.loads(path.read_text())
    assert value["format"] == tables.FORMAT
    other = {key: old for key, old in value.items() if key != "format"} | ({} if number is None else {"format": number})
    path.write_text(json.dumps(other))
    (workspace.tables / "CURRENT").write_text(path.name)  # as before there were seals
    with pytest.raises(StorageError, match="another version of Clew"):
        tables.current(workspace)


def test_a_manifest_that_is_not_as_it_was_written_is_refused(workspace):
    (path,) = workspace.tables.glob("manifest-*.json")
    path.write_text(path.read_text().replace('"rows": 1', '"rows": 2'))
    with pytest.raises(StorageError, match="not as it was written"):
        tables.current(workspace)

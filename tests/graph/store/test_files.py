"""Stored files are durable, with the folders that lead to them."""

from pathlib import Path

import polars as pl
import pytest

from graph.store import files


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: files.write_bytes(folder / "file", b"x"),
        lambda folder: files.write_parquet_by_content(folder, pl.DataFrame({"a": [1]})),
    ],
)
def test_new_folders_are_made_durable_in_those_that_hold_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write) -> None:
    synced: list[Path] = []
    real = files.fsync_folder
    monkeypatch.setattr(files, "fsync_folder", lambda folder: (synced.append(folder), real(folder)))
    write(tmp_path / "tables" / "day=2026-08-03")
    assert set(synced) == {tmp_path, tmp_path / "tables", tmp_path / "tables" / "day=2026-08-03"}
    assert synced[-1] == tmp_path / "tables" / "day=2026-08-03", "the file's own folder comes last"
    synced.clear()
    write(tmp_path / "tables" / "day=2026-08-03")
    assert synced == [tmp_path / "tables" / "day=2026-08-03"]

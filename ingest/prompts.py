"""Raw prompt texts: each once a day, in a folder that only its owner may enter."""

from collections.abc import Iterator

import polars as pl

from graph.store import tables
from graph.store.files import storage_errors
from graph.store.tables import Manifest, Part
from graph.store.workspace import Workspace
from ingest.staging import Stage

_MAX_BYTES_AT_ONCE = 256 << 20


def close_folder(workspace: Workspace) -> None:
    """Make the folder of prompts 0700 before anything is written there."""
    with storage_errors(workspace.prompts):
        workspace.prompts.mkdir(parents=True, exist_ok=True, mode=0o700)
        workspace.prompts.chmod(0o700)


def write_prompts(workspace: Workspace, stage: Stage, manifest: Manifest, day: str, wanted: pl.Series) -> Iterator[Part]:
    """Store the staged texts of `day` whose prompt_id is in `wanted` and not stored yet for that day, in the order of `wanted`."""
    files = stage.files("prompts", day)
    stored = [part for part in manifest.of("prompts") if part.day == day]
    left = pl.DataFrame({"prompt_id": wanted.unique(maintain_order=True)}).with_row_index("order")
    if stored:
        left = left.join(tables.read_parts(workspace, "prompts", stored).select("prompt_id").collect(), on="prompt_id", how="anti")
    group: list[pl.LazyFrame] = []
    size = 0
    for number, file in enumerate(files):
        group.append(pl.scan_ipc(file))
        size += file.stat().st_size
        if size < _MAX_BYTES_AT_ONCE and number < len(files) - 1:
            continue
        texts = _first_texts(pl.concat(group).collect(), left)
        left = left.join(texts, on="prompt_id", how="anti")
        group, size = [], 0
        if texts.height:
            yield _written(workspace, day, texts)


def _first_texts(texts: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """The rows of `texts` whose prompt_id is in `left`, each once, in the order of `left`. Texts are moved only once: they are large."""
    row = texts.select("prompt_id").with_row_index("row").unique("prompt_id", keep="first").join(left, on="prompt_id", how="inner")
    return texts[row.sort("order")["row"]]


def _written(workspace: Workspace, day: str, texts: pl.DataFrame) -> Part:
    part = tables.write_part(workspace, "prompts", day, texts)
    path = workspace.root / part.path
    with storage_errors(path):
        path.parent.chmod(0o700)
        path.chmod(0o600)
    return part

"""One-line makers of bundles and of stored rows for the bundle's tests."""

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import polars_hash as plh

from graph.bundle.export import export_bundle
from graph.bundle.redaction import Redaction
from graph.store import tables
from graph.store.workspace import Workspace
from tests.factory import START, a_snapshot, a_workspace

CLUSTER = "CL-000001"


def a_bundle(folder: Path, redaction: Redaction = Redaction.FULL, accounts: int = 8, key: bytes = b"", **more: Any) -> Path:
    workspace = a_workspace(folder)
    if key:
        workspace.key_file.write_bytes(key)
    return export_bundle(
        workspace, a_snapshot(workspace, clusters=2, accounts=accounts), CLUSTER, folder / "b.zip", redaction=redaction, **more
    )


def members(path: Path) -> dict[str, bytes]:
    """Every file of a bundle, by path inside the bag."""
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def rebuilt(files: dict[str, bytes], root: str = "clew-CL-000001") -> bytes:
    """A bundle's zip, in the form that `export` writes, from files by path inside the bag."""
    return zipped([(f"{root}/{name}", content) for name, content in sorted(files.items())])


def zipped(entries: list[tuple[str, bytes]], **fields: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            for field, value in fields.items():
                setattr(info, field, value)
            archive.writestr(info, content)
    return buffer.getvalue()


def resealed(files: dict[str, bytes]) -> dict[str, bytes]:
    """`files` with every manifest and the Payload-Oxum written anew: what a forger without the key can do."""
    kept = {name: content for name, content in files.items() if not name.startswith(("manifest-", "tagmanifest-"))}
    payload = {name: content for name, content in kept.items() if name.startswith("data/")}
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}"
    lines = [oxum if line.startswith("Payload-Oxum") else line for line in kept["bag-info.txt"].decode().splitlines()]
    kept["bag-info.txt"] = "".join(f"{line}\n" for line in lines).encode()
    for form in ("sha256", "sha512"):
        kept[f"manifest-{form}.txt"] = listing(payload, form)
    tags = {name: content for name, content in kept.items() if not name.startswith(("data/", "signatures/"))}
    return {**kept, **{f"tagmanifest-{form}.txt": listing(tags, form) for form in ("sha256", "sha512")}}


def listing(files: dict[str, bytes], form: str) -> bytes:
    return "".join(f"{hashlib.new(form, files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def store(workspace: Workspace, **rows: list[dict[str, Any]]) -> None:
    """Store rows as tables; columns that a row lacks are null."""
    parts = []
    for table, values in rows.items():
        schema = tables.row_schema(table)
        frame = pl.DataFrame(
            [{**dict.fromkeys(schema), **value, **({"row_id": i} if "row_id" in schema else {})} for i, value in enumerate(values)],
            schema=schema,
        )
        day = START.date().isoformat() if table in ("exchanges", "objects", "fragments") else None
        parts.append(tables.write_part(workspace, table, day, frame))
    current = tables.current(workspace)
    source = {"sha256": "ab" * 32, "name": "/home/somebody/accounts of anna canary.csv", "table": "accounts", "rows": 1}
    tables.commit(workspace, tables.Manifest(current.version, (*current.parts, *parts), (source,), {}))


def at(hours: float) -> dt.datetime:
    return START + dt.timedelta(hours=hours)


def identity(kind: str, value: str) -> int:
    """The id that detection gives the entity `value` of `kind`."""
    named = pl.DataFrame({"v": [f"{kind}\x1f{value}"]}).select(plh.col("v").nchash.xxh3_64().reinterpret(signed=True))
    return int(named.item())

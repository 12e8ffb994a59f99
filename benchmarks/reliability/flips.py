"""One flipped bit in a stored file: does doctor see it? And a copy that was made while runs went on: does it hold?"""

import random
import shutil
from pathlib import Path

from benchmarks.reliability.crashes import ways, what
from benchmarks.reliability.harness import Row, copy, ingest_of, sick, start, wait


def sweep(scratch: Path, count: int) -> list[Row]:
    """`count` flips in every stored file, a row for each kind of file: `lost` is a flip that doctor did not see."""
    ways(scratch)
    space = copy(scratch / "base" / "6", scratch / "flipped")
    if not (space / "quarantine").exists():
        _set_aside(space, scratch)
    dice = random.Random(1)
    rows: dict[str, Row] = {}
    assert not sick(space)
    for path in sorted(path for path in space.rglob("*") if path.is_file() and path.stat().st_size):
        if path.name.startswith(".") or path.suffix == ".zip" or path.name.startswith(("app.sqlite3", "audit-anchors")):
            continue  # locks hold nothing; bundles are for `clew verify`, the records for `clew audit verify`
        name = _kind(path.relative_to(space))
        row = rows.setdefault(name, Row(f"doctor: {name}", unit="flips"))
        content = path.read_bytes()
        for _ in range(count):
            at = dice.randrange(len(content))
            changed = bytearray(content)
            changed[at] ^= 1 << dice.randrange(8)
            path.write_bytes(changed)
            row.tried += 1
            try:
                found = sick(space)
            except Exception as error:
                row.fault("other", f"{path.relative_to(space)} at {at}: doctor itself fails: {type(error).__name__}: {error}")
                found = ("failed",)
            if not found:
                row.fault("lost", f"{path.relative_to(space)} at byte {at} of {len(content)}: {bytes(content[at : at + 1])!r}")
        path.write_bytes(content)
    return list(rows.values())


def _set_aside(space: Path, scratch: Path) -> None:
    bad = scratch / "bad.csv"
    bad.write_text("account_id,occurred_at\na1,2026-08-30T10:00:00Z\n,2026-08-30T10:00:00Z\na2,yesterday\n")
    from benchmarks.reliability.harness import child, clew

    child(clew("ingest", space, "--exchanges", bad), scratch / "made.log")


def _kind(path: Path) -> str:
    top = path.parts[0]
    if top in ("tables", "snapshots") and path.suffix == ".json":
        return f"{top}/…/{path.name.split('-')[0].removesuffix('.json')}.json"
    if path.name == "CURRENT":
        return f"{top}/CURRENT"
    return f"{top}/…{path.suffix}" if len(path.parts) > 1 else top


def backup(scratch: Path, count: int) -> list[Row]:
    """Copies in the order of docs/nightly.md while a delivery is taken in; each restored copy must hold and go on to the same result."""
    row = Row("copy during an ingest, restore, run again", unit="copies")
    way = ways(scratch)[2]
    space, kept, log = scratch / "copied", scratch / "restored", scratch / "copied.log"
    final = what(ways(scratch)[3].before)
    dice = random.Random(5)
    for number in range(count):
        copy(way.before, space)
        pid = start(way.run(space), log)
        wait_a_little(dice.uniform(0, 0.3))
        shutil.rmtree(kept, ignore_errors=True)
        in_order(space, kept)
        wait(pid)
        row.tried += 1
        if faults := sick(kept):
            row.fault("torn", f"copy {number}: {faults[0]}")
        shutil.rmtree(kept / ".staging", ignore_errors=True)
        if wait(start(ingest_of(kept, scratch / "world" / "two"), log)) or what(kept) != final:
            row.fault("lost", f"copy {number}: going on gives another result")
    return [row]


def in_order(space: Path, kept: Path) -> None:
    """The pointers first, then everything else; a file that goes away meanwhile is one that no pointer copied needs."""
    pointers = [pointer for folder in ("tables", "snapshots") if (pointer := space / folder / "CURRENT").exists()]
    held = {pointer: pointer.read_bytes() for pointer in pointers}
    for path in sorted(space.rglob("*")):
        target = kept / path.relative_to(space)
        try:
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif not path.name.startswith("."):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
        except FileNotFoundError:
            continue
    for pointer, content in held.items():
        (kept / pointer.relative_to(space)).write_bytes(content)


def wait_a_little(seconds: float) -> None:
    """Let the run get on."""
    import time

    time.sleep(seconds)

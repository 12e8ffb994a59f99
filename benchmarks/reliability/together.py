"""Two runs at once, and readers while nights are published."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.reliability.crashes import ways
from benchmarks.reliability.harness import Row, copy, ingest_of, must, seen, sick, start, wait
from graph.store import files, snapshot, tables
from graph.store.snapshot import FRAMES
from graph.store.workspace import Workspace

_BUSY_EXIT, _BUSY_SECONDS, _PROCESSES = 75, 5, 8


def runs_at_once(scratch: Path, count: int) -> list[Row]:
    """Rounds of eight ingests of one delivery, started together: whoever does not hold the workspace ends at once with 75."""
    row = Row(f"{_PROCESSES} ingests at once", unit="rounds")
    before, expected = ways(scratch)[0].before, seen(ways(scratch)[1].before)
    space, log = scratch / "together", scratch / "together.log"
    published = busy = 0
    slowest = 0.0
    for number in range(count):
        copy(before, space)
        at = time.monotonic() + 0.05
        ended = [_ended(scratch, k) for k in range(_PROCESSES)]
        pids = [start(_timed(at, ingest_of(space, scratch / "world" / "one"), end), log) for end in ended]
        codes = [wait(pid) for pid in pids]
        row.tried += 1
        published += codes.count(0)
        busy += codes.count(_BUSY_EXIT)
        slowest = max([slowest, *(float(end.read_text()) for end, code in zip(ended, codes, strict=True) if code == _BUSY_EXIT)])
        if set(codes) - {0, _BUSY_EXIT} or 0 not in codes:
            row.fault("other", f"round {number}: exit codes {codes}")
        if seen(space) != expected or sick(space):
            row.fault("torn", f"round {number}: not what one run alone makes")
    if slowest > _BUSY_SECONDS:
        row.fault("other", f"a run that was refused took {slowest:.1f} s to say so")
    row.note = (
        f"{published} exits 0 (the first took all in, later ones found all taken in), {busy} exits 75, the slowest in {slowest:.2f} s"
    )
    return [row]


def _ended(scratch: Path, number: int) -> Path:
    path = scratch / f"together-{number}"
    path.write_text("0")
    return path


def _timed(at: float, work: Callable[[], int], end: Path) -> Callable[[], int]:
    def timed() -> int:
        time.sleep(max(0.0, at - time.monotonic()))
        began = time.monotonic()
        code = work()
        end.write_text(str(time.monotonic() - began))
        return code

    return timed


def readers(scratch: Path, count: int) -> list[Row]:
    """Two readers check whole snapshots by their hashes, one the tables, while a hundred nights are published and retention deletes."""
    space = copy(ways(scratch)[-1].before, scratch / "readers")
    log, stop = scratch / "readers.log", scratch / "readers.stop"
    stop.unlink(missing_ok=True)
    nights, rows = (
        Row("reading the newest night during 100 publishes", unit="reads"),
        Row("reading the tables during commits", unit="reads"),
    )
    reports = [scratch / f"reader-{k}.json" for k in range(3)]
    pids = [start(_reading(_whole_night, space, stop, report), log) for report in reports[:2]]
    pids.append(start(_reading(_whole_tables, space, stop, reports[2]), log))
    must(lambda: _publish_many(space, 100, count, stop, reports), log)
    for pid in pids:
        wait(pid)
    for report, row in zip(reports, (nights, nights, rows), strict=True):
        told = json.loads(report.read_text())
        row.tried += told["reads"]
        row.note = f"{told['states']} states seen by one reader"
        for fault in told["faults"]:
            row.fault("torn", fault)
    return [nights, rows]


def _reading(look: Callable[[Workspace], str], space: Path, stop: Path, report: Path) -> Callable[[], int]:
    def read() -> int:
        states: set[str] = set()
        faults: list[str] = []
        reads = 0
        report.write_text('{"reads": 0}')
        while not stop.exists():
            try:
                states.add(look(Workspace(space)))
            except Exception as error:
                faults.append(f"{type(error).__name__}: {error}")
            reads += 1
            if reads % 50 == 0:
                report.write_text(json.dumps({"reads": reads}))
        report.write_text(json.dumps({"reads": reads, "states": len(states), "faults": faults}))
        return 0

    return read


def _whole_night(workspace: Workspace) -> str:
    night = snapshot.latest(workspace)
    night.clusters()
    for name, entry in night.manifest["files"].items():
        if hashlib.sha256((night.root / name).read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(f"{name} of {night.snapshot_id} is not what its manifest says")
    return night.snapshot_id


def _whole_tables(workspace: Workspace) -> str:
    manifest = tables.current(workspace)
    for part in manifest.parts:
        if files.sha256_of(workspace.root / part.path) != part.sha256:
            raise ValueError(f"{part.path} is not what manifest {manifest.version} says")
    return str(manifest.version)


def _publish_many(space: Path, publishes: int, reads: int, stop: Path, reports: list[Path]) -> int:
    """A hundred nights, of which no more than twenty are kept, each after a commit of the tables; goes on until all reads are done."""
    workspace = Workspace(space)
    manifest = {k: v for k, v in snapshot.latest(workspace).manifest.items() if k not in ("files", "snapshot_id")}
    number = 0
    while number < publishes or sum(json.loads(report.read_text() or "{}").get("reads", 0) for report in reports[:2]) < reads:
        number += 1
        frames = {name: pl.DataFrame(schema=schema) for name, schema in FRAMES.items()}
        frames["kinds"] = pl.DataFrame({"kind": ["card"] * number, "channel": ["payment"] * number, "total": range(number)})
        snapshot.publish(workspace, f"20261001T{number:06d}Z-{number:08x}", manifest, [{"number": number}], frames)
        tables.commit(workspace, tables.current(workspace))
        for old in snapshot.history(workspace)[:-20]:
            snapshot.remove(workspace, old)
    stop.touch()
    return 0

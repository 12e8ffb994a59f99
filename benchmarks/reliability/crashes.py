"""One file-system call at a time: die there, die in the middle of the write, get an error once, or a disk that stays full."""

import errno
import random
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.harness import (
    COUNT,
    FROM_HERE,
    KILL,
    KILLED,
    ONCE,
    TEAR,
    Row,
    armed,
    child,
    clew,
    copy,
    ingest_of,
    must,
    seen,
    sick,
    strays,
)
from graph.store import decisions, snapshot
from graph.store.workspace import Workspace

STORAGE_EXIT = 74
MODES = {"kill": (KILL, 0), "tear": (TEAR, 0), "EIO": (ONCE, errno.EIO), "ENOSPC": (FROM_HERE, errno.ENOSPC)}


@dataclass(frozen=True)
class Way:
    """One command: the workspace it starts from, how it is run in another, and the calls it makes."""

    name: str
    before: Path
    run: Callable[[Path], Callable[[], int]]

    @property
    def share(self) -> float:
        """Of its calls that are tried: a night takes seconds, and all its calls come from one loop over frames."""
        return 0.4 if self.name.startswith("detect") else 1.0


def ways(scratch: Path) -> list[Way]:
    """Workspaces one run apart, from empty to two nights, an export and two decisions."""
    log, world = scratch / "made.log", scratch / "world"
    stages = {
        "ingest, first delivery": lambda space: ingest_of(space, world / "one"),
        "detect, first night": lambda space: clew("detect", space),
        "ingest, second delivery": lambda space: ingest_of(space, world / "two"),
        "detect, second night": lambda space: clew("detect", space),
        "export": lambda space: clew("export", space, _cluster(space), "--out", space / "exports" / "bundle.zip"),
        "decide": lambda space: clew(
            "decide", space, "cleared", _cluster(space), "--by", "Ann", "--reason", "a class that shares one address"
        ),
    }
    made, current = [], scratch / "base" / "0"
    if not current.exists():
        must(clew("init", current), log)
    for number, (name, run) in enumerate(stages.items(), start=1):
        following = scratch / "base" / str(number)
        if not following.exists():
            copy(current, following)
            must(run(following), log)
        made.append(Way(name, current, run))
        current = following
    return made


def _cluster(space: Path) -> str:
    return str(snapshot.latest(Workspace(space)).clusters()[0]["cluster_id"])


def sweep(of: str, scratch: Path, count: int) -> list[Row]:
    """A row for every command and mode, with about `count` points in all: every call is killed at, the other modes share the rest."""
    known = [(way, _calls(scratch, way)) for way in ways(scratch) if way.name.startswith(of)]
    total = sum(calls for _, calls in known)
    shares = {
        mode: min(1.0, count / total if mode == "kill" else max(count - total, count / 20) / total / (len(MODES) - 1)) for mode in MODES
    }
    print(f"file-system calls: {', '.join(f'{way.name} {calls}' for way, calls in known)}; {total:,} in all", flush=True)
    return [row for way, calls in known for row in _rows(scratch, way, calls, shares)]


def _calls(scratch: Path, way: Way) -> int:
    space, counted = copy(way.before, scratch / "run"), scratch / "counted"
    must(armed(way.run(space), space, COUNT, counted=counted), scratch / "made.log")
    return int(counted.read_text())


def _rows(scratch: Path, way: Way, calls: int, shares: dict[str, float]) -> list[Row]:
    space, log = copy(way.before, scratch / "run"), scratch / "run.log"
    before = what(space)
    must(way.run(space), log)
    after = what(space)
    return [_row(way, calls, mode, share, space, log, before, after) for mode, share in shares.items()]


def _row(way: Way, calls: int, mode: str, share: float, space: Path, log: Path, before: dict[str, str], after: dict[str, str]) -> Row:
    how, error = MODES[mode]
    row = Row(f"{way.name}: {mode}")
    dice = random.Random(f"{way.name} {mode}")
    points = (
        range(1, calls + 1)
        if share * way.share >= 1
        else sorted(dice.sample(range(1, calls + 1), max(1, round(calls * share * way.share))))
    )
    left = 0
    for n in points:
        copy(way.before, space)
        log.write_bytes(b"")
        code = child(armed(way.run(space), space, how, n, error), log)
        row.tried += 1
        left += bool(judge(row, way, space, log, code, before, after, f"call {n}"))
    row.note = f"{left} left unnamed files" if left else ""
    print(row.as_markdown(), flush=True)
    return row


def what(space: Path) -> dict[str, str]:
    """What readers see, and what the bundle holds."""
    bundle = space / "exports" / "bundle.zip"
    extra = {"bundle": _held(bundle)} if bundle.exists() else {}
    return {**seen(space), **extra}


def _held(bundle: Path) -> str:
    """Names and checksums, without the signature: it is made with a key that a repeated run may make anew."""
    with zipfile.ZipFile(bundle) as archive:
        return str([(entry.filename, entry.CRC) for entry in archive.infolist() if "/signatures/" not in entry.filename])


def judge(row: Row, way: Way, space: Path, log: Path, code: int, before: dict[str, str], after: dict[str, str], at: str) -> list[str]:
    """Count what is wrong after a faulty run and after the next good one; returns the files that no pointer names."""
    first = _look(row, space, at)
    whole = first in (before, after)
    if code == -1000:
        row.fault("other", f"{at}: hung")
    elif code == 0 and first != after:
        row.fault("exit_0_but_bad", f"{at}: exit 0, but what it should have made is not there")
    elif code not in (0, KILLED, STORAGE_EXIT):
        row.fault("other", f"{at}: exit {code}: {log.read_text()[-300:]}")
    if way.name == "decide" and first == after and not _audited(space):
        row.fault("other", f"{at}: the decision is stored, the audit log does not know of it")
    if not whole and not _between(first, before, after):
        row.fault("torn", f"{at}: readers see neither the old state nor the new one: {_difference(first, before, after)}")
    faults = [fault for fault in sick(space) if "broke off" not in fault]
    if faults:
        row.fault("torn", f"{at}: doctor: {faults[0]}")
    if first == after and way.name == "decide":
        return []  # it is stored; who says it again says it twice
    again = child(way.run(space), log)
    if again:
        row.fault("other", f"{at}: the run after it ended with {again}: {log.read_text()[-300:]}")
    second = _look(row, space, at)
    if second != after:
        numbers = len(decisions.read(Workspace(space)))
        kind = "duplicate" if numbers > 1 else "lost"
        row.fault(kind, f"{at}: after the next run: {_difference(second, after, after)}")
    return strays(space)


def _look(row: Row, space: Path, at: str) -> dict[str, str]:
    try:
        return what(space)
    except Exception as error:
        row.fault("torn", f"{at}: readers fail: {type(error).__name__}: {error}")
        return {}


def _audited(space: Path) -> bool:
    """Does the audit log tell of the decision?"""
    try:
        with closing(sqlite3.connect(space / "app.sqlite3")) as records:
            return bool(records.execute("SELECT count(*) FROM audit WHERE action IN ('decision begun', 'decision made')").fetchone()[0])
    except sqlite3.OperationalError:
        return False


def _between(found: dict[str, str], before: dict[str, str], after: dict[str, str]) -> bool:
    """Every file as it was or as it will be, those that stand alone (a quarantine file, a night that no pointer names yet) among them."""
    return all(found[name] in (before.get(name), after.get(name)) for name in found) and all(
        name in found for name in before if name in after
    )


def _difference(found: dict[str, str], before: dict[str, str], after: dict[str, str]) -> str:
    wrong = [name for name in {*found, *after} if found.get(name) not in (before.get(name), after.get(name))]
    return f"{len(wrong)} files, {sorted(wrong)[:3]}"

"""SIGKILL from outside at random moments, and a disk that is really full: a small tmpfs in a namespace of the run's own."""

import ctypes
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.reliability.crashes import STORAGE_EXIT, Way, judge, ways, what
from benchmarks.reliability.harness import Row, child, copy, must, seen, sick

_WEIGHTS = {"detect": 1, "ingest": 6, "export": 6, "decide": 4}  # a night takes ten times as long
_NEW_NAMESPACES = 0x10000000 | 0x00020000  # CLONE_NEWUSER | CLONE_NEWNS
_REMOUNT = 32


def sweep(scratch: Path, count: int) -> list[Row]:
    """Kills at uniformly random moments between the start of a run and a little after its end, a row for each command."""
    known = ways(scratch)
    weights = [_WEIGHTS[way.name.split(",")[0]] for way in known]
    return [_row(scratch, way, round(count * weight / sum(weights))) for way, weight in zip(known, weights, strict=True)]


def _row(scratch: Path, way: Way, count: int) -> Row:
    row, dice = Row(f"{way.name}: SIGKILL", unit="kills"), random.Random(way.name)
    space, log = copy(way.before, scratch / "killed"), scratch / "killed.log"
    before = what(space)
    began = time.monotonic()
    must(way.run(space), log)
    needed, after, struck, left = time.monotonic() - began, what(space), 0, 0
    for number in range(count):
        copy(way.before, space)
        log.write_bytes(b"")
        code = child(way.run(space), log, kill_after=dice.uniform(0, needed * 1.2))
        struck += code < 0
        row.tried += 1
        left += bool(judge(row, way, space, log, code, before, after, f"kill {number}"))
    row.note = f"{struck} struck before the end{f', {left} left unnamed files' if left else ''}"
    print(row.as_markdown(), flush=True)
    return row


def full_disk(scratch: Path, count: int) -> list[Row]:
    """Each command on a disk with room for a growing share of what it needs; then the disk grows and the command runs again."""
    return [_full(scratch, way, max(3, count // 6)) for way in ways(scratch)]


def _full(scratch: Path, way: Way, count: int) -> Row:
    row = Row(f"{way.name}: full disk", unit="disks")
    log, disk = scratch / "disk.log", scratch / "disk"
    space = copy(way.before, scratch / "run-disk")
    before = seen(space)
    must(way.run(space), log)
    after, least = seen(space), _room(way.before)
    most = least + 3 * (_room(space) - least) + (512 << 10)
    disk.mkdir(exist_ok=True)
    for number in range(count):
        size = least + (most - least) * (number + 1) // (count + 1)
        row.tried += 1
        log.write_bytes(b"")
        code = child(lambda size=size: _on_disk(way, disk, size, log, before, after), log)  # type: ignore[misc]
        if code:
            kind = {1: "torn", 2: "exit_0_but_bad", 3: "lost"}.get(code, "other")
            row.fault(kind, f"{size >> 10} KB: code {code}: {log.read_text()[-300:]}")
        row.note = f"{least >> 10} to {most >> 10} KB"
    print(row.as_markdown(), flush=True)
    return row


def _room(root: Path) -> int:
    return sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in root.rglob("*"))


def _on_disk(way: Way, disk: Path, size: int, log: Path, before: dict[str, str], after: dict[str, str]) -> int:
    """0 well, 1 torn, 2 exit 0 but bad, 3 the next run with room does not make it good, 4 another exit code."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_NAMESPACES):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _mount(libc, disk, size, 0)
    space = copy(way.before, disk / "workspace")
    run: Callable[[], int] = way.run(space)
    code = child(run, Path("/dev/null"))
    found = seen(space)
    if found != after and code == 0:
        return 2
    if code not in (0, STORAGE_EXIT):
        print(f"exit {code}")
        return 4
    if found not in (before, after) or sick(space):
        print(f"sick: {sick(space)}")
        return 1
    _mount(libc, disk, 64 << 20, _REMOUNT)
    decided = way.name == "decide" and found == after
    again = 0 if decided else child(run, log)
    return 0 if again == 0 and seen(space) == after else 3


def _mount(libc: ctypes.CDLL, disk: Path, size: int, flags: int) -> None:
    if libc.mount(b"none", str(disk).encode(), b"tmpfs", flags, f"size={size}".encode()):
        raise OSError(ctypes.get_errno(), f"mount of a tmpfs of {size} bytes")

"""Thirty nights in one process that never ends: memory and open files must not grow."""

import contextlib
import datetime as dt
import io
import json
import random
import shutil
from pathlib import Path

import app.cli.batch
from app.cli.main import run_command
from benchmarks.reliability.harness import Row, child

_ACCOUNTS, _EXCHANGES = 150, 1_500
_WARM = 8  # nights until caches and the window are full
_GROWTH = 1.10
_FIRST = dt.date(2026, 8, 1)


def sweep(scratch: Path, count: int) -> list[Row]:
    """`clew nightly` again and again on a window of seven days, with retention; RSS and open files after each."""
    row = Row("nights in one process: RSS and open files", unit="nights")
    report, log = scratch / "nights.json", scratch / "nights.log"
    if code := child(lambda: _nights(scratch / "nights", report, count), log, patience=1_800):
        row.fault("other", f"code {code}: {log.read_text()[-300:]}")
        return [row]
    told = json.loads(report.read_text())
    row.tried = len(told)
    memory, opened = [night["rss_mb"] for night in told], [night["files"] for night in told]
    early, late = max(memory[_WARM : _WARM + 5]), max(memory[-5:])
    if late > early * _GROWTH:
        row.fault("other", f"RSS grew from {early} to {late} MB")
    if opened[-1] > opened[1]:
        row.fault("other", f"open files grew from {opened[1]} to {opened[-1]}")
    stored = [night["stored"] for night in told]
    row.note = (
        f"RSS {memory[0]:.0f} MB after night 1, {early:.0f} in nights 9 to 13, {late:.0f} in the last five; "
        f"open files {opened[0]} and {opened[-1]}; stored files {stored[_WARM]} and {stored[-1]}"
    )
    return [row]


def _nights(folder: Path, report: Path, count: int) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    space, logs = folder / "workspace", folder / "logs"
    logs.mkdir(parents=True)
    run_command(["init", str(space)])
    kept = "\n".join(f"keep_{what}_days = 7" for what in ("prompts", "tables", "snapshots"))
    (space / "clew.toml").write_text(f'[inputs]\nexchanges = "{logs}"\n[privacy]\n{kept}\n[detect]\nwindow_days = 7\n')
    dice, told = random.Random(1), []
    for night in range(count):
        day = _FIRST + dt.timedelta(days=night)
        _log(logs, day, dice)
        app.cli.batch.now = lambda day=day: dt.datetime.combine(day, dt.time(4), dt.UTC) + dt.timedelta(days=1)  # type: ignore[misc]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
            code = run_command(["nightly", str(space)])
        if code:
            print(errors.getvalue()[-500:])
            return code
        opened, stored = len(list(Path("/proc/self/fd").iterdir())), sum(path.is_file() for path in space.rglob("*"))
        told.append({"rss_mb": _rss_mb(), "files": opened, "stored": stored})
    report.write_text(json.dumps(told))
    return 0


def _log(logs: Path, day: dt.date, dice: random.Random) -> None:
    for old in logs.iterdir():
        old.unlink()
    rows = [
        f"a{dice.randrange(_ACCOUNTS)},{day}T{dice.randrange(24):02d}:{dice.randrange(60):02d}:{dice.randrange(60):02d}Z,{day}-{k},"
        f"198.51.{dice.randrange(4)}.{dice.randrange(250)},Write {dice.randrange(900)} lines on subject {dice.randrange(90)} and explain"
        for k in range(_EXCHANGES)
    ]
    (logs / f"{day}.csv").write_text("\n".join(["account_id,occurred_at,exchange_id,ip,prompt", *rows, ""]))


def _rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0

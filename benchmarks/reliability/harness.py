"""What every sweep stands on: a small world, commands in forked children, faults at the n-th file-system call, and what readers see.

A child is forked from a parent that has imported everything and has run nothing, so a point costs the run and no start of Python.
"""

import ctypes
import datetime as dt
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

import app.cases.deciding
import app.cli.batch
import app.cli.decide
import app.cli.evidence
import app.cli.look
import app.cli.run
import app.cli.users
import app.cli.worlds
import app.database.upgrade
import graph.bundle.exporters.pdf  # noqa: F401 - imported here so that no child has to
from app.cli.main import run_command
from graph.doctor import examine
from graph.store import snapshot, tables
from graph.store.workspace import Workspace

COUNT, KILL, TEAR, ONCE, FROM_HERE = range(5)
KILLED = -signal.SIGKILL
_NOON = dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC)
_PATIENCE_SECONDS = 120
_SOURCE = Path(__file__).with_name("fault.c")


@dataclass
class Row:
    """One line of the table: what was tried how often, and what went wrong."""

    what: str
    tried: int = 0
    unit: str = "points"
    lost: int = 0
    torn: int = 0
    duplicate: int = 0
    exit_0_but_bad: int = 0
    other: int = 0
    told: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def good(self) -> bool:
        return not (self.lost or self.torn or self.duplicate or self.exit_0_but_bad or self.other)

    def fault(self, kind: str, what: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.told.append(f"{self.what}: {kind}: {what.strip()}")

    def as_markdown(self) -> str:
        verdict = "holds" if self.good else "FAULT"
        numbers = f"{self.lost} | {self.torn} | {self.duplicate} | {self.exit_0_but_bad} | {self.other}"
        return f"| {self.what} | {self.tried:,} {self.unit} | {numbers} | {verdict}{f'; {self.note}' if self.note else ''} |"


HEAD = '| what | tried | lost | torn | duplicate | "exit 0 but bad" | other | verdict |\n|---|---|---|---|---|---|---|---|'


def preload(scratch: Path) -> None:
    """Run this very command again with the fault library loaded, where it is not. Needs a C compiler."""
    if "fault.so" in os.environ.get("LD_PRELOAD", ""):
        return
    library = scratch / "fault.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-U_FORTIFY_SOURCE", "-o", library, _SOURCE, "-ldl"], check=True)
    settings = {"LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "RELIABILITY_SCRATCH": str(scratch)}
    os.execve(sys.executable, [sys.executable, "-m", "benchmarks.reliability", *sys.argv[1:]], {**os.environ, **settings})


def child(work: Callable[[], object], log: Path, *, kill_after: float | None = None, patience: float = _PATIENCE_SECONDS) -> int:
    """Fork, do `work`, return the exit code (negative: the signal that ended it). What it prints goes to `log`."""
    pid = start(work, log)
    return wait(pid, kill_after=kill_after, patience=patience)


def start(work: Callable[[], object], log: Path) -> int:
    """Fork a child that does `work`; returns its process id."""
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # polars and Python warn of fork with threads; the parent has run nothing in them
        pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        with log.open("ab") as handle:
            os.dup2(handle.fileno(), 1)
            os.dup2(handle.fileno(), 2)
        done = work()
        code = done if isinstance(done, int) else 0
    except BaseException as error:
        print(f"child: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def wait(pid: int, *, kill_after: float | None = None, patience: float = _PATIENCE_SECONDS) -> int:
    """The exit code of a child; it is killed after `kill_after` seconds, and as hung (code -1000) after `patience`."""
    began = time.monotonic()
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        spent = time.monotonic() - began
        if spent > (patience if kill_after is None else kill_after):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return KILLED if kill_after is not None else -1000
        time.sleep(0.002)


def clew(*arguments: object, decided_at: dt.datetime = _NOON) -> Callable[[], int]:
    """The command as a child's work; what people decide carries a fixed time, so that files can be compared."""

    def work() -> int:
        app.cli.decide.now = lambda: decided_at
        return run_command([str(argument) for argument in arguments])

    return work


def armed(work: Callable[[], int], root: Path, mode: int, n: int = 0, error: int = 0, counted: Path | None = None) -> Callable[[], int]:
    """`work` with a fault at its n-th file-system call below `root`; `counted`: where the number of calls is written."""

    def faulty() -> int:
        library = ctypes.CDLL(None)
        library.fault_arm(str(root).encode(), mode, ctypes.c_long(n), error)
        code = work()
        if counted:
            library.fault_count.restype = ctypes.c_long
            counted.write_text(str(library.fault_count()))
        return code

    return faulty


def must(work: Callable[[], object], log: Path) -> None:
    """Run a child that has to end well."""
    if code := child(work, log):
        raise SystemExit(f"a run that no fault was put into ended with {code}; see {log}\n{log.read_text()[-2000:]}")


def make_world(folder: Path) -> None:
    """Five days of 16 accounts of one campaign and of 400 others of a simulated world, in two deliveries, `one` and `two`."""
    whole = folder / "whole"
    run_command(["simulate", str(whole), "--scale", "0.005", "--seed", "3"])
    truth = pl.read_parquet(whole / "truth.parquet").sort("account_id")
    largest = truth.drop_nulls("campaign_id")["campaign_id"].value_counts().sort("count", "campaign_id")["campaign_id"][-1]
    busy = truth.filter(pl.col("campaign_id") == largest).head(16)
    chosen = pl.concat([busy, truth.filter(pl.col("campaign_id").is_null()).head(400)])["account_id"].implode()
    days = sorted((whole / "exchanges").glob("*.parquet"))[23:28]
    for name, share in (("one", days[:3]), ("two", days[3:])):
        (folder / name / "exchanges").mkdir(parents=True)
        for path in share:
            rows = _tied(pl.read_parquet(path).filter(pl.col("account_id").is_in(chosen)), "ip", "11.72.78.30", busy["account_id"])
            rows.write_parquet(folder / name / "exchanges" / path.name)
    for table in ("accounts", "payments", "enforcement"):
        rows = pl.read_parquet(whole / f"{table}.parquet").filter(pl.col("account_id").is_in(chosen)).sort(pl.all())
        rows = _tied(rows, "card_fingerprint", "fp_of_many", busy["account_id"]) if table == "payments" else rows
        rows[::2].write_parquet(folder / "one" / f"{table}.parquet")
        rows[1::2].write_parquet(folder / "two" / f"{table}.parquet")
    shutil.rmtree(whole)


def _tied(rows: pl.DataFrame, column: str, value: str, accounts: pl.Series) -> pl.DataFrame:
    """The campaign on one card and one address, so that so few days hold a cluster to export."""
    return rows.with_columns(pl.when(pl.col("account_id").is_in(accounts.implode())).then(pl.lit(value)).otherwise(column).alias(column))


def ingest_of(workspace: Path, delivery: Path) -> Callable[[], int]:
    """`clew ingest` of a delivery."""
    named = [part for table in ("accounts", "payments", "enforcement") for part in (f"--{table}", delivery / f"{table}.parquet")]
    return clew("ingest", workspace, *named, "--exchanges", delivery / "exchanges")


def copy(source: Path, target: Path) -> Path:
    """A workspace as it was before the run; returns `target`."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


def seen(root: Path) -> dict[str, str]:
    """What readers see of a workspace: path → SHA-256 of every file that the pointers lead to, and of what was set aside and decided.

    Not among it: records of runs (they hold times) and files that no pointer names.
    """
    workspace = Workspace(root)
    paths = [workspace.root / part.path for part in tables.current(workspace).parts]
    paths += [path for name in snapshot.history(workspace) for path in sorted((workspace.snapshots / name).iterdir())]
    paths += [pointer for folder in (workspace.tables, workspace.snapshots) if (pointer := folder / "CURRENT").exists()]
    if (pointer := workspace.tables / "CURRENT").exists():
        paths.append(workspace.tables / pointer.read_text().split()[0])
    paths += [path for path in (workspace.decisions, workspace.erasures) if path.exists()]
    paths += sorted(workspace.quarantine.glob("*.parquet")) if workspace.quarantine.exists() else []
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def strays(root: Path) -> list[str]:
    """Files that no pointer names and that a run should have taken away: half-written ones, parts never published."""
    named = seen(root)
    found = [path for folder in ("tables", "prompts", "snapshots") for path in (root / folder).rglob("*") if path.is_file()]
    manifests = {f"tables/{path.name}" for path in (root / "tables").glob("manifest-*.json")}
    return sorted(name for path in found if (name := str(path.relative_to(root))) not in named and name not in manifests)


def sick(root: Path) -> tuple[str, ...]:
    """What doctor says."""
    return examine(Workspace(root)).faults

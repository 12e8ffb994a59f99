"""Processor time and peak memory of each signal alone, on one world copied 1, 4 and 15 times: does it stay linear in the exchanges?

python benchmarks/signals.py --workspace W --copies 1 4 15 [--kinds workgroup rotation …]. Without --workspace a world is simulated.
A copy has accounts, session ids and prompts of its own and its hours moved round the window, so that seconds fill up as they do when a
provider grows. Every measurement is a process of its own. Prints a Markdown table.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from graph.night import Night, open_night
from graph.progress import Silent
from graph.signals.registry import BY_KIND
from graph.store.workspace import create_workspace, open_workspace
from graph.vocabulary import ROW_ID, TABLES
from ingest.load import ingest
from ingest.simulate.world import simulate

TIMED = [
    kind
    for kind, signal in BY_KIND.items()
    if signal.channel == "timing" or kind in ("common session ids", "client", "session", "address", "network")
]


def main() -> None:
    """Parse arguments; copy the world, measure each signal on each size, print a row for each signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--copies", nargs="+", type=int, default=[1, 4, 15])
    parser.add_argument("--kinds", nargs="+", default=TIMED)
    parser.add_argument("--one", nargs=3, metavar=("WORKSPACE", "FOLDER", "KIND"), help="measure one signal in this process")
    parser.add_argument("--scratch", type=Path, help="where the copies stand; kept, and used again")
    chosen = parser.parse_args()
    if chosen.one:
        print(_measured(Path(chosen.one[0]), Path(chosen.one[1]), chosen.one[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = chosen.workspace or _simulated(Path(folder))
        sizes = {many: _copied(workspace, (chosen.scratch or Path(folder)) / f"copies-{many}", many) for many in chosen.copies}
        print("| signal | " + " | ".join(f"{rows:,} exchanges" for _, rows in sizes.values()) + " | growth by linear |")
        print("|---|" + "---|" * (len(sizes) + 1), flush=True)
        for kind in chosen.kinds:
            print(_row(kind, workspace, list(sizes.values())), flush=True)


def _simulated(folder: Path) -> Path:
    simulate(folder / "world", accounts=50_000, scale=1.0, seed=1, tier="realistic", days=30, prompts=None, progress=Silent())
    workspace = create_workspace(folder / "workspace")
    inputs = {name: [str(folder / "world" / f"{name}.parquet")] for name in ("accounts", "payments", "enforcement")}
    ingest(workspace, {**inputs, "exchanges": [str(folder / "world" / "exchanges")]}, None, Silent())
    return workspace.root


def _copied(workspace: Path, folder: Path, many: int) -> tuple[Path, int]:
    """The exchanges, accounts, sentences and enforcement of `workspace`, `many` times over: where they stand, and how many exchanges."""
    night = open_night(open_workspace(workspace), None, 60)
    span = (night.until - night.first).days
    for number in range(many if not folder.exists() else 0):
        folder.mkdir(parents=True, exist_ok=True)
        name = pl.col("account_id") + f"~{number}"
        since = pl.col("occurred_at") - night.first + pl.duration(hours=7 * number)
        moved = pl.lit(night.first) + pl.duration(microseconds=since.dt.total_microseconds() % (span * 86_400_000_000))
        night.exchanges.with_columns(
            account_id=name,
            occurred_at=moved.dt.cast_time_unit("us"),
            session_id=pl.col("session_id") + f"~{number}",
            prompt_id=pl.col("prompt_id") ^ number,
        ).sink_parquet(folder / f"exchanges-{number}.parquet")
        night.fragments.with_columns(account_id=name, fragment_id=pl.col("fragment_id") ^ number).sink_parquet(
            folder / f"fragments-{number}.parquet"
        )
        for table in ("enforcement", "accounts"):
            getattr(night, table).with_columns(account_id=name).sink_parquet(folder / f"{table}-{number}.parquet")
    return folder, pl.scan_parquet(folder / "exchanges-*.parquet").select(pl.len()).collect().item()


def _night(workspace: Path, folder: Path) -> Night:
    night = open_night(open_workspace(workspace), None, 60)
    tables = {name: pl.scan_parquet(folder / f"{name}-*.parquet") for name in ("exchanges", "fragments", "enforcement", "accounts")}
    acted = tables["exchanges"].filter(pl.col("prompt_id").is_not_null())
    objects = acted.select(
        "account_id", "occurred_at", "exchange_id", ROW_ID, kind=pl.lit("prompt"), object_id=pl.col("prompt_id").cast(pl.String)
    )
    return replace(night, **tables, objects=objects.select(*TABLES["objects"], ROW_ID))


def _measured(workspace: Path, folder: Path, kind: str) -> str:
    """Seconds of both cores, MB at the peak, and incidences found, of one signal in this process."""
    night = _night(workspace, folder)
    began = time.process_time()  # other work on the machine does not count
    found = BY_KIND[kind].rows(night).select(pl.len()).collect(engine="streaming").item()
    took = time.process_time() - began
    return f"{took:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} {found}"


def _row(kind: str, workspace: Path, sizes: list[tuple[Path, int]]) -> str:
    cells, measured = [], []
    for folder, rows in sizes:
        command = [sys.executable, __file__, "--one", str(workspace), str(folder), kind]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            cells.append("failed: " + (done.stderr.strip().splitlines() or ["killed"])[-1][:60])
            continue
        seconds, memory, found = done.stdout.split()
        measured.append((rows, float(seconds), float(memory)))
        cells.append(f"{float(seconds):.1f} s, {float(memory):,.0f} MB, {int(found):,}")
    (n, s, m), (n2, s2, m2) = measured[0], measured[-1]
    return f"| {kind} | {' | '.join(cells)} | time × {s2 / s / (n2 / n):.2f}, memory × {m2 / m / (n2 / n):.2f} |"


if __name__ == "__main__":
    main()

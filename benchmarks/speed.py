"""Time and peak memory of ingest and detect as whole processes, beside the time to merely read and hash the same columns. `make bench`."""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

COLUMNS = ["account_id", "occurred_at", "exchange_id", "ip", "user_agent", "client_version", "session_id", "model", "prompt"]


def main() -> None:
    """Simulate a world, run the command line on it, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    clew = str(Path(sys.executable).with_name("clew"))
    with tempfile.TemporaryDirectory() as folder:
        world, workspace = f"{folder}/world", f"{folder}/workspace"
        _run([clew, "simulate", world, "--scale", str(scale)])
        began = time.perf_counter()
        frame = pl.scan_parquet(f"{world}/exchanges").select(pl.col(name).hash().sum() for name in COLUMNS)
        frame.collect(engine="streaming")
        floor = time.perf_counter() - began
        rows = pl.scan_parquet(f"{world}/exchanges").select(pl.len()).collect().item()
        _run([clew, "init", workspace])
        tables = [part for name in ("accounts", "payments", "enforcement") for part in (f"--{name}", f"{world}/{name}.parquet")]
        ingest = _run([clew, "ingest", workspace, *tables, "--exchanges", f"{world}/exchanges"])
        detect = _run([clew, "detect", workspace])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print("| stage | exchanges | s | exchanges/s | of reading and hashing |\n|---|---|---|---|---|")
    print(f"| read and hash | {rows:,} | {floor:.1f} | {rows / floor:,.0f} | 1.0 |")
    print(f"| ingest | {rows:,} | {ingest:.1f} | {rows / ingest:,.0f} | {ingest / floor:.1f} |")
    print(f"| detect | {rows:,} | {detect:.1f} | {rows / detect:,.0f} | {detect / floor:.1f} |")
    print(f"\nlargest process: {peak:,.0f} MB")


def _run(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

"""Nothing lost, measured: `make reliability`, or one sweep by name: python -m benchmarks.reliability NAME [--count N]."""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.reliability import harness


def main() -> None:
    """Run the sweeps that are named, all of them by default, and print a Markdown table."""
    if "RELIABILITY_SCRATCH" not in os.environ:
        os.environ |= {"RELIABILITY_SCRATCH": tempfile.mkdtemp(prefix="reliability-"), "RELIABILITY_TEMPORARY": "1"}
    scratch = Path(os.environ["RELIABILITY_SCRATCH"])
    scratch.mkdir(exist_ok=True)
    harness.preload(scratch)
    from benchmarks.reliability import sweeps

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(sweeps.SWEEPS)}")
    parser.add_argument("--count", type=int, help="how many points, kills or cases; default: as in the table of docs/reliability.md")
    options = parser.parse_intermixed_args()
    rows = []
    for name in options.names or sweeps.SWEEPS:
        began = time.monotonic()
        made = sweeps.run(name, scratch, options.count)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        print("\n".join(fault for row in made for fault in row.told[:5]), flush=True)
        rows += made
    print(f"\n{harness.HEAD}")
    print("\n".join(row.as_markdown() for row in rows))
    if "RELIABILITY_TEMPORARY" in os.environ:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()

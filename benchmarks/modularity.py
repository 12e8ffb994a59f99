"""Best modularity of graphs in edge-list CSV files, over several seeds: python benchmarks/modularity.py karate.csv football.csv …

The first two columns of a file are the ends of an edge, by any name; direction, loops, repeats and further columns are not looked at.
Prints a Markdown table: the lowest and the highest over the seeds, how many seeds gave the highest, and the time of one seed.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from graph.modularity import best_modularity


def main() -> None:
    """Parse arguments, print a row for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    chosen = parser.parse_args()
    print("| graph | nodes | edges | lowest | highest | seeds at the highest | communities | s |\n|" + "---|" * 8)
    for file in chosen.files:
        print(row(file, chosen.seeds), flush=True)


def row(file: Path, seeds: int) -> str:
    """Read one graph and search it once for each seed."""
    ends = pl.read_csv(file, infer_schema=False).to_numpy()[:, :2].astype(str)
    names, numbers = np.unique(ends, return_inverse=True)
    edges = numbers.reshape(ends.shape).astype(np.int64)
    simple = {(min(a, b), max(a, b)) for a, b in edges.tolist() if a != b}
    began = time.perf_counter()
    found = [best_modularity(edges, len(names), seed=seed) for seed in range(1, seeds + 1)]
    took = (time.perf_counter() - began) / seeds
    low, high = min(b.modularity for b in found), max(b.modularity for b in found)
    same = sum(b.modularity > high - 1e-9 for b in found)
    communities = 1 + max(found, key=lambda b: b.modularity).membership.max()
    return f"| {file.stem} | {len(names)} | {len(simple)} | {low:.6f} | {high:.6f} | {same} of {seeds} | {communities} | {took:.1f} |"


if __name__ == "__main__":
    main()

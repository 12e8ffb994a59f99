"""The tables of a simulated world, as the command line takes them."""

from pathlib import Path

TABLES = ("accounts", "payments", "exchanges", "enforcement")


def inputs(world: Path, *tables: str) -> list[str]:
    """The options of `clew ingest` for a world's tables."""
    paths = {table: world / table if table == "exchanges" else world / f"{table}.parquet" for table in tables or TABLES}
    return [word for table, path in paths.items() for word in (f"--{table}", str(path))]

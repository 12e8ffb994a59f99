"""The mapping file: how foreign columns, units, time zones and constants become Clew's tables.

[exchanges]
columns   = { account_id = "user", occurred_at = "ts" }   # ours = theirs
units     = { occurred_at = "s" }                         # epoch numbers: s, ms, us or ns
zone      = "Europe/Berlin"                               # of times without an offset
constants = { surface = "api" }
[exchanges.objects]                                       # kind = their column: what an exchange acted on
url       = "url_id"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from graph.errors import DataRefused
from graph.store.files import json_bytes, storage_errors
from graph.vocabulary import INPUT_TABLES, TABLES, TIME

UNITS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1 / 1_000}
_DERIVED = {"accounts": {"email_domain", "email_pattern", "signup_net"}, "exchanges": {"ip_net", "prompt_id"}}

# What an input file may bring: the stored columns less the derived ones, and the prompt itself.
INPUT_COLUMNS: dict[str, dict[str, pl.DataType]] = {
    table: {name: kind for name, kind in TABLES[table].items() if name not in _DERIVED.get(table, set())} for table in INPUT_TABLES
}
INPUT_COLUMNS["exchanges"]["prompt"] = pl.String()


@dataclass(frozen=True)
class TableMapping:
    """How one table's files are to be read; the empty mapping reads columns by Clew's own names."""

    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)

    def foreign(self, column: str) -> str:
        """The foreign name of one of our columns."""
        return self.columns.get(column, column)

    def digest(self) -> str:
        """The same for the same meaning, whatever the order or layout of the file."""
        return sha256(json_bytes([dict(x) for x in (self.columns, self.units, self.constants, self.objects)] + [self.zone])).hexdigest()


def read_mapping(path: Path | None) -> dict[str, TableMapping]:
    """Parse a mapping file; one TableMapping for every input table. Raises DataRefused naming the key at fault, StorageError."""
    raw: dict[str, Any] = {}
    if path is not None:
        with storage_errors(path):
            content = path.read_bytes()
        try:
            raw = tomllib.loads(content.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise DataRefused(f"{path}: is not valid TOML ({error}). Mend the line it names.") from error
    if unknown := sorted(set(raw) - set(INPUT_TABLES)):
        raise DataRefused(f"{path}: unknown table [{unknown[0]}]. Known: {', '.join(INPUT_TABLES)}.")
    return {table: _table_mapping(f"{path}: [{table}]", table, raw.get(table, {})) for table in INPUT_TABLES}


_KEYS = ("columns", "units", "zone", "constants", "objects")


def _table_mapping(where: str, table: str, raw: Any) -> TableMapping:
    if not isinstance(raw, dict):
        raise DataRefused(f"{where}: is not a table. Write [{table}] and its keys below.")
    _known(where, "key", raw, _KEYS)
    parts = {key: _texts(f"{where} {key}", raw.get(key, {})) for key in _KEYS if key != "zone"}
    names = INPUT_COLUMNS[table]
    for key in ("columns", "units", "constants"):
        _known(f"{where} {key}", "column", parts[key], names)
    for column, unit in parts["units"].items():
        if names[column] != TIME:
            raise DataRefused(f"{where} units: {column} is no time. Only times have a unit.")
        if unit not in UNITS:
            raise DataRefused(f"{where} units: {column} = {unit!r} is unknown. Choose from {', '.join(UNITS)}.")
    if both := sorted(set(parts["columns"]) & set(parts["constants"])):
        raise DataRefused(f"{where}: {both[0]} is both a column and a constant. Keep one.")
    if parts["objects"] and table != "exchanges":
        raise DataRefused(f"{where} objects: only [exchanges.objects] is possible.")
    return TableMapping(zone=_zone(where, raw.get("zone")), **parts)


def _known(where: str, what: str, given: Mapping[str, Any], known: Any) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise DataRefused(f"{where}: unknown {what} {unknown[0]!r}. Known: {', '.join(known)}.")


def _texts(where: str, raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or any(isinstance(value, dict | list) or value == "" for value in raw.values()):
        raise DataRefused(f'{where}: must be a table of names and values, such as {{ account_id = "user" }}.')
    return {key: value if isinstance(value, str) else str(value) for key, value in raw.items()}


def _zone(where: str, zone: Any) -> str | None:
    if zone is None:
        return None
    try:
        ZoneInfo(zone)
        pl.Series([0]).cast(pl.Datetime("us", zone))  # Polars carries its own table of zones: both must know it
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError, pl.exceptions.PolarsError) as error:
        raise DataRefused(f"{where} zone: {zone!r} is no time zone. Give a name such as Europe/Berlin or UTC.") from error
    return str(zone)


def translate(frame: pl.DataFrame, table: str, mapping: TableMapping, keep: str) -> pl.DataFrame:
    """A file's columns under our names: those present, the constants, objects as `object:<kind>`, and the column `keep`."""
    wanted = {ours: mapping.foreign(ours) for ours in INPUT_COLUMNS[table] if ours not in mapping.constants}
    wanted |= {f"object:{kind}": foreign for kind, foreign in mapping.objects.items()}
    present = [pl.col(foreign).alias(ours) for ours, foreign in wanted.items() if foreign in frame.columns]
    constants = [pl.lit(value).alias(name) for name, value in mapping.constants.items()]
    return frame.select(pl.col(keep), *present, *constants)


def unknown_columns(names: list[str], table: str, mapping: TableMapping) -> list[str]:
    """The columns of a file that Clew keeps out, sorted."""
    used = {mapping.foreign(ours) for ours in INPUT_COLUMNS[table] if ours not in mapping.constants} | set(mapping.objects.values())
    return sorted(set(names) - used)

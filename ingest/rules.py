"""Every rule a row can break: one table, one line each. A row goes to quarantine under the first it breaks."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from graph.vocabulary import REQUIRED, TIME
from ingest.csv_exact import MALFORMED, NOT_UTF8
from ingest.json_rows import NESTED
from ingest.mapping import INPUT_COLUMNS, TableMapping
from ingest.normalise import ADDRESS_COLUMNS, GIVEN
from ingest.times import EARLIEST, LATEST, NAIVE, NUMBER, repeated_by_clock, skipped_by_clock

MAX_CELL_BYTES = 1 << 20
CONFLICT = "exchange_id used twice"
WITHOUT_ZONE = "time without zone"
WITHOUT_UNIT = "time without unit"
VERDICTS = ("abuse", "benign")


@dataclass(frozen=True)
class Rule:
    """`kind`: which columns it looks at. `broken(given, typed, mapping)`: the raw and the typed column to a mask."""

    name: str
    sentence: str
    kind: str
    broken: Callable[[pl.Series, pl.Series, TableMapping], pl.Series] | None = None


def _lost(given: pl.Series, typed: pl.Series) -> pl.Series:
    return typed.is_null() & given.is_not_null()


def _lost_text(given: pl.Series, typed: pl.Series, pattern: str) -> pl.Series:
    if given.dtype != pl.String:
        return pl.Series([False]).new_from_index(0, given.len())
    return _lost(given, typed) & given.str.contains(pattern).fill_null(False)


def _by_clock(given: pl.Series, typed: pl.Series, zone: str | None, test: Callable[[pl.Series, str], pl.Series]) -> pl.Series:
    if zone is None or given.dtype.is_numeric() or typed.null_count() == given.null_count():
        return pl.Series([False]).new_from_index(0, given.len())
    return _lost(given, typed) & test(given, zone)


# Without `broken`: found while reading or while the tables are put together.
RULES: tuple[Rule, ...] = (
    Rule(MALFORMED, "The line is no row: it has too few or too many fields, broken quotes, or is no JSON object.", "line"),
    Rule(NOT_UTF8, "The line holds bytes that are no UTF-8 text.", "line"),
    Rule(NESTED, "A value is a list or an object where a plain value belongs.", "line"),
    Rule("cell too long", "A cell holds more than 1 MB of text.", "text", lambda g, t, m: g.str.len_bytes() > MAX_CELL_BYTES),
    Rule("NUL character", "A text holds a NUL character or undecodable bytes.", "text", lambda g, t, m: g.str.contains("\0", literal=True)),
    Rule("value missing", "A required column is empty.", "required", lambda g, t, m: _blank(g)),
    Rule(
        WITHOUT_ZONE,
        "A time has no offset and the mapping names no zone.",
        "time",
        lambda g, t, m: _lost_text(g, t, NAIVE) if not m.zone else _never(g),
    ),
    Rule(WITHOUT_UNIT, "A time is a bare number and the mapping names no unit.", "time", lambda g, t, m: _lost_text(g, t, NUMBER)),
    Rule(
        "time skipped by the clock",
        "A local time never existed: the clock was put forward over it.",
        "time",
        lambda g, t, m: _by_clock(g, t, m.zone, skipped_by_clock),
    ),
    Rule(
        "time repeated by the clock",
        "A local time came twice: the clock was put back over it.",
        "time",
        lambda g, t, m: _by_clock(g, t, m.zone, repeated_by_clock),
    ),
    Rule("not a time", "A value in a time column is no time.", "time", lambda g, t, m: _lost(g, t)),
    Rule("time out of range", "A time lies before 2000 or after 2099.", "time", lambda g, t, m: (t < EARLIEST) | (t >= LATEST)),
    Rule(
        "not a number",
        "A value in a number column is no finite number, or no whole one where whole ones belong.",
        "number",
        lambda g, t, m: _lost(g, t),
    ),
    Rule("count below zero", "A count is negative.", "count", lambda g, t, m: t < 0),
    Rule("not an address", "A value in an address column is neither IPv4 nor IPv6.", "address", lambda g, t, m: _lost(g, t)),
    Rule("unknown verdict", "A verdict is neither abuse nor benign.", "verdict", lambda g, t, m: ~g.is_in(VERDICTS)),
    Rule(CONFLICT, "An exchange_id came again with different content; the row with the smallest content hash is kept.", "exchange"),
)


def _blank(values: pl.Series) -> pl.Series:
    return (values.is_null() | (values.str.strip_chars() == "")) if values.dtype == pl.String else values.is_null()


def _never(values: pl.Series) -> pl.Series:
    return pl.Series([False]).new_from_index(0, values.len())


def _kinds(table: str, column: str, dtype: pl.DataType) -> set[str]:
    kinds = {"required"} if column in REQUIRED[table] else set()
    if dtype == TIME:
        return kinds | {"time"}
    if dtype.is_numeric():
        return kinds | {"number"} | ({"count"} if dtype.is_integer() else set())
    if column in ADDRESS_COLUMNS.get(table, ()):
        return kinds | {"text", "address"}
    return kinds | {"text"} | ({"verdict"} if column == "verdict" else set())


def broken_rules(frame: pl.DataFrame, table: str, mapping: TableMapping) -> list[tuple[Rule, str, pl.Series]]:
    """(rule, column, mask) for every rule that some row of the normalised `frame` breaks, in the order of RULES."""
    columns = {**INPUT_COLUMNS[table], **{name: pl.String() for name in frame.columns if name.startswith("object:")}}
    found = []
    for rule in RULES:
        for column, dtype in columns.items():
            if rule.broken is None or rule.kind not in _kinds(table, column, dtype):
                continue
            typed = frame[column]
            given = frame[GIVEN + column] if GIVEN + column in frame.columns else typed
            if rule.kind != "required" and given.null_count() == given.len():
                continue
            if rule.kind == "text" and given.dtype != pl.String:
                continue
            mask = rule.broken(given, typed, mapping).fill_null(False)
            if mask.any():
                found.append((rule, column, mask))
    return found

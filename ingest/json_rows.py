"""JSON Lines → batches: Polars where it understands a whole block, Python's json line by line where it does not."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import chain
from typing import Any

import polars as pl

from graph.errors import DataRefused
from ingest.batches import ROW, BadLine, RawBatch, numbered, text_frame
from ingest.csv_exact import MALFORMED, NOT_UTF8, lines_of
from ingest.sources import Source
from ingest.streams import open_stream

_BLOCK_BYTES = 24 << 20
_BATCH_ROWS = 50_000
_MAX_LINE_BYTES = 32 << 20  # a cell may hold 1 MB
NESTED = "nested value"
_KEY_OF_NESTED = re.compile(rb'"\s*:\s*[\[{]')


def json_batches(source: Source) -> Iterator[RawBatch]:
    """The rows of a JSON Lines file, every value as text. Raises DataRefused for damaged compression or endless lines."""
    first = 1
    for block in _blocks(source):
        frame = _fast(block)
        batches = iter((RawBatch(numbered(frame, first)),)) if frame is not None else _exact(source, block, first)
        for batch in batches:
            first += batch.rows
            yield batch


def _blocks(source: Source) -> Iterator[bytes]:
    """Blocks of whole lines, a byte-order mark removed."""
    pending = b""
    start = True
    for block in chain(open_stream(source), (b"",)):
        pending += block
        if start and len(pending) >= len(BOM_UTF8):
            pending, start = pending.removeprefix(BOM_UTF8), False
        if block and len(pending) < _BLOCK_BYTES:
            continue
        cut = pending.rfind(b"\n") + 1 if block else len(pending)
        if not cut and len(pending) > _MAX_LINE_BYTES:
            raise DataRefused(
                f"{source.name}: has a line longer than {_MAX_LINE_BYTES >> 20} MB. Check that it is JSON, one object a line."
            )
        if cut:
            yield pending[:cut] if pending.endswith(b"\n", 0, cut) else pending[:cut] + b"\n"
        pending = pending[cut:]


def _fast(block: bytes) -> pl.DataFrame | None:
    """The block as text columns, or None when a line is unusual in any way."""
    if _nested(block):
        return None
    try:
        schema = pl.read_ndjson(block, infer_schema_length=None).schema
        if not schema or ROW in schema or any(kind.is_nested() for kind in schema.values()):
            return None
        frame = pl.read_ndjson(block, schema=dict.fromkeys(schema, pl.String()))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return frame if frame.height == block.count(b"\n") else None


def _nested(block: bytes) -> bool:
    """Does a key stand before a list or object? In a string every quote is escaped, so a bare quote before a colon ends a key."""
    starts = (match.start() for match in _KEY_OF_NESTED.finditer(block))
    return any(_backslashes_before(block, start) % 2 == 0 for start in starts)


def _backslashes_before(block: bytes, end: int) -> int:
    start = end
    while start and block[start - 1] == ord("\\"):
        start -= 1
    return end - start


def _exact(source: Source, block: bytes, first: int) -> Iterator[RawBatch]:
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    bad: list[BadLine] = []
    row = first
    for line in lines_of(source, iter((block,))):
        if not line.strip():
            continue
        value, rule = _parse(line)
        if rule:
            bad.append(BadLine(row, rule, line.decode("utf-8", "replace").strip()))
        else:
            rows.append(value)
            numbers.append(row)
        row += 1
        if len(rows) + len(bad) == _BATCH_ROWS:
            yield _batch(rows, numbers, bad)
            rows, numbers, bad = [], [], []
    if rows or bad:
        yield _batch(rows, numbers, bad)


def _batch(rows: list[dict[str, str | None]], numbers: list[int], bad: list[BadLine]) -> RawBatch:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return RawBatch(text_frame({name: [row.get(name) for row in rows] for name in names}, numbers), tuple(bad))


def _parse(line: bytes) -> tuple[dict[str, str | None], str]:
    """One line as text values, or the rule it breaks."""
    try:
        text = line.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object)
    except UnicodeDecodeError:
        return {}, NOT_UTF8
    except (ValueError, RecursionError):
        return {}, MALFORMED
    if not isinstance(value, dict) or ROW in value:
        return {}, MALFORMED
    if any(isinstance(item, dict | list) for item in value.values()):
        return {}, NESTED
    flat = {name: _text(item) for name, item in value.items()}
    return (flat, "") if _encodes("".join(chain(flat, filter(None, flat.values())))) else ({}, NOT_UTF8)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

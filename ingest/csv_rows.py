"""CSV → batches: Polars where a block is regular, the exact reader where it is not.

Polars fills a short line with nulls and joins lines at a stray quote, both in silence. So a block goes to it only when every
quote opens or closes a field and the separators outside quotes number exactly columns - 1 per line.
"""

import csv
from collections.abc import Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.errors import DataRefused
from ingest.batches import RawBatch, check_names, numbered, text_frame
from ingest.csv_exact import exact_batches, lines_of
from ingest.sources import Source
from ingest.streams import open_stream

_BLOCK_BYTES = 24 << 20
_HEADER_BYTES = 1 << 20
_QUOTE, _COMMA, _NEWLINE, _RETURN = b'",\n\r'
_Positions = npt.NDArray[np.int64]


def csv_batches(source: Source) -> Iterator[RawBatch]:
    """The rows of a CSV file. Raises DataRefused for a header that cannot be read and for damaged compression."""
    stream = open_stream(source)
    names, rest = _header(source, stream)
    yield RawBatch(text_frame({name: [] for name in names}, []))  # so that a header without rows shows its columns
    first = 1
    pending = rest
    for block in chain(stream, (b"",)):
        pending += block
        if block and len(pending) < _BLOCK_BYTES:
            continue
        whole, regular = _cut(pending, at_end=not block)
        if not regular:
            yield from exact_batches(source, names, lines_of(source, chain((pending,), stream)), first)
            return
        for batch in _block_batches(source, names, pending[:whole], first):
            first += batch.rows
            yield batch
        pending = pending[whole:]


def _header(source: Source, stream: Iterator[bytes]) -> tuple[list[str], bytes]:
    """The column names, and the bytes after the header line."""
    start = b""
    for block in stream:
        start += block
        if b"\n" in start or len(start) > _HEADER_BYTES:
            break
    line, _, rest = start.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    try:
        text = line.decode("utf-8")
        names = next(csv.reader([text.rstrip("\r")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataRefused(f"{source.name}: the header line is no UTF-8 CSV ({error}). Save the file as UTF-8 CSV.") from error
    return check_names(source, names), rest


def _cut(block: bytes, at_end: bool) -> tuple[int, bool]:
    """How many bytes of `block` are whole lines, and whether every quote in it stands where a quote may."""
    data = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(data == _QUOTE)
    if at_end:
        return len(block), _proper(data, quotes)
    newlines = np.flatnonzero(data == _NEWLINE)
    outside = newlines[_outside(quotes, newlines)]
    whole = int(outside[-1]) + 1 if len(outside) else 0
    return whole, whole > 0 and _proper(data[:whole], quotes[quotes < whole])


def _outside(quotes: _Positions, positions: _Positions) -> npt.NDArray[np.bool_]:
    outside: npt.NDArray[np.bool_] = np.searchsorted(quotes, positions) % 2 == 0
    return outside


def _proper(data: npt.NDArray[np.uint8], quotes: _Positions) -> bool:
    if len(quotes) == 0:
        return True
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = data[opening[opening > 0] - 1]
    after = data[closing[closing < len(data) - 1] + 1]
    return bool(np.isin(before, (_COMMA, _NEWLINE, _QUOTE)).all() and np.isin(after, (_COMMA, _NEWLINE, _RETURN, _QUOTE)).all())


def _block_batches(source: Source, names: list[str], block: bytes, first: int) -> Iterator[RawBatch]:
    if not block:
        return
    frame = _fast(block, names)
    if frame is None:
        yield from exact_batches(source, names, iter(block.splitlines(keepends=True) if b"\r" not in block else _lines(block)), first)
    else:
        yield RawBatch(numbered(frame, first))


def _lines(block: bytes) -> Iterator[bytes]:
    """Lines ended by a line feed alone: bytes.splitlines would also cut at a lone carriage return."""
    yield from (line + b"\n" for line in block.removesuffix(b"\n").split(b"\n"))


def _fast(block: bytes, names: list[str]) -> pl.DataFrame | None:
    """The block as text columns, or None when it is not perfectly regular."""
    try:
        frame = pl.read_csv(block, has_header=False, infer_schema=False, schema=dict.fromkeys(names, pl.String()), extra_columns="raise")
    except pl.exceptions.PolarsError:
        return None
    data = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(data == _QUOTE)
    counts = [int(_outside(quotes, np.flatnonzero(data == mark)).sum()) for mark in (_COMMA, _NEWLINE)]
    lines = counts[1] + (not block.endswith(b"\n"))
    blank = len(names) == 1 and (b"\n\n" in block or b"\n\r" in block or block.startswith((b"\n", b"\r")))
    regular = frame.height == lines and counts[0] == lines * (len(names) - 1) and not blank
    return frame if regular else None

"""The exact CSV reader: slower, in Python, isolates every bad line instead of refusing its file.

When a record does not come out right and spans several lines, its first line is set aside and reading resumes at the second,
so that one stray quote costs one line.
"""

import csv
from collections import deque
from collections.abc import Iterator

from graph.errors import DataRefused
from ingest.batches import BadLine, RawBatch, text_frame
from ingest.sources import Source

_BATCH_ROWS = 50_000
_MAX_RECORD_BYTES = 32 << 20
_MAX_RECORD_LINES = 100_000
_MAX_LINE_BYTES = 32 << 20  # a cell may hold 1 MB

MALFORMED = "malformed line"
NOT_UTF8 = "not UTF-8"


def lines_of(source: Source, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines (with their line feed) out of blocks of bytes. Raises DataRefused when one is too long to be a line."""
    pending: list[bytes] = []  # pieces of a line whose end has not come yet
    size = 0
    for block in blocks:
        first, *more = block.split(b"\n")
        pending.append(first)
        size += len(first)
        if more:
            yield b"".join(pending) + b"\n"
            yield from (line + b"\n" for line in more[:-1])
            pending, size = [more[-1]], len(more[-1])
        if size > _MAX_LINE_BYTES:
            raise DataRefused(f"{source.name}: has a line longer than {_MAX_LINE_BYTES >> 20} MB. Check that it is text in lines.")
    if last := b"".join(pending):
        yield last


def exact_batches(source: Source, names: list[str], lines: Iterator[bytes], first: int) -> Iterator[RawBatch]:
    """Rows out of CSV lines, numbered from `first`; what gives no row comes as BadLine."""
    columns: list[list[str | None]] = [[] for _ in names]
    numbers: list[int] = []
    bad: list[BadLine] = []
    row = first
    for fields, text in _records(lines, len(names)):
        rule = MALFORMED if fields is None else NOT_UTF8 if _broken(text) else ""
        if rule or fields is None:
            bad.append(BadLine(row, rule, text))
        else:
            for column, value in zip(columns, fields, strict=True):
                column.append(value or None)
            numbers.append(row)
        row += 1
        if len(numbers) + len(bad) == _BATCH_ROWS:
            yield RawBatch(text_frame(dict(zip(names, columns, strict=True)), numbers), tuple(bad))
            columns, numbers, bad = [[] for _ in names], [], []
    if numbers or bad:
        yield RawBatch(text_frame(dict(zip(names, columns, strict=True)), numbers), tuple(bad))


def _broken(text: str) -> bool:
    """True where undecodable bytes were kept as lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _records(lines: Iterator[bytes], width: int) -> Iterator[tuple[list[str] | None, str]]:
    """(fields, or None for a bad line; the text) of each record. A blank line is no record."""
    csv.field_size_limit(_MAX_RECORD_BYTES)
    waiting: deque[str] = deque()
    while True:
        taken: list[str] = []
        try:
            fields = next(csv.reader(_feed(waiting, lines, taken), strict=True))
        except StopIteration:
            return
        except csv.Error:
            fields = None
        if fields == []:
            continue
        if fields is not None and len(fields) == width:
            yield fields, "".join(taken)
        else:
            waiting.extendleft(reversed(taken[1:]))
            yield None, taken[0].rstrip("\r\n")


def _feed(waiting: deque[str], lines: Iterator[bytes], taken: list[str]) -> Iterator[str]:
    size = 0
    while size <= _MAX_RECORD_BYTES and len(taken) < _MAX_RECORD_LINES:
        line = waiting.popleft() if waiting else next(lines, b"").decode("utf-8", "surrogateescape")
        if not line:
            return
        taken.append(line)
        size += len(line)
        yield line

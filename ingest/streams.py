"""Bytes of a file, decompressed as they are needed, with a cap on how far they may expand."""

import gzip
import zlib
from collections.abc import Iterator

import zstandard

from graph.errors import DataRefused
from graph.store.files import storage_errors
from ingest.sources import Source

BLOCK_BYTES = 1 << 20
MAX_EXPANSION = 250  # logs shrink 5 to 50 times; bombs 1,000 times (gzip) and more (zstd)
FREE_BYTES = 64 << 20  # a small file may expand to this whatever its ratio
_ZSTD_INPUT_BYTES = 2 << 10  # small, since one call gives up to 32,000 times as much
_ZSTD_WINDOW_BYTES = 128 << 20


def open_stream(source: Source) -> Iterator[bytes]:
    """The decompressed bytes of `source`, in blocks. Raises DataRefused (damaged, cut short, a bomb), StorageError."""
    readers = {"": _plain, "gz": _gzip, "zst": _zstd}
    limit = max(FREE_BYTES, source.bytes * MAX_EXPANSION)
    total = 0
    with storage_errors(source.path):
        for block in readers[source.compression](source):
            total += len(block)
            if source.compression and total > limit:
                raise DataRefused(f"{source.name}: expands more than {MAX_EXPANSION} times. If that is meant, decompress it first.")
            yield block


def _plain(source: Source) -> Iterator[bytes]:
    with source.path.open("rb") as handle:
        while block := handle.read(BLOCK_BYTES):
            yield block


def _gzip(source: Source) -> Iterator[bytes]:
    try:
        with gzip.open(source.path, "rb") as handle:
            while block := handle.read(BLOCK_BYTES):
                yield block
    except EOFError as error:
        raise _cut_short(source) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataRefused(f"{source.name}: is no valid gzip ({error}). Copy or export it again.") from error


def _zstd(source: Source) -> Iterator[bytes]:
    """Frame by frame: `eof` of the decompressor tells a whole frame from one cut short, which a stream reader does not."""
    with source.path.open("rb") as handle:
        frame = None
        rest = b""
        while block := (rest or handle.read(_ZSTD_INPUT_BYTES)):
            frame = frame or zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
            try:
                yield frame.decompress(block)
            except zstandard.ZstdError as error:
                raise DataRefused(f"{source.name}: is no valid zstd ({error}). Copy or export it again.") from error
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
        if frame is not None:
            raise _cut_short(source)


def _cut_short(source: Source) -> DataRefused:
    return DataRefused(f"{source.name}: ends early, the compressed data is cut short. Copy or export it again.")

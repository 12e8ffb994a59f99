"""A strict reader of the one kind of zip that bundles are: stored entries, back to back, nothing before, between or after.

Two readers must not see two different archives in one file, so whatever a lenient reader would skip over is a fault here.
Nothing is ever decompressed or written to disk. Source: PKWARE APPNOTE 6.3.
"""

import hashlib
import stat
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from graph.bundle.bag import ALGORITHMS, MOST_BYTES, MOST_FILES

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_MADE_BY_UNIX = 3 << 8 | 20
_VERSION = 20
_NEW_YEAR_1980 = (0, 0x21)  # time and date as every entry carries them
_REGULAR_FILE_0644 = 0o100644 << 16
_BLOCK_BYTES = 1 << 20
_MOST_INDEX_BYTES = MOST_FILES * 1024


class Fault(ValueError):
    """The first thing found wrong, as a sentence that names it."""


@dataclass(frozen=True)
class Entry:
    """One stored file of the archive."""

    name: str
    start: int  # where its content begins in the file, bytes
    size: int
    crc: int


def read_entries(handle: BinaryIO) -> list[Entry]:
    """All entries in order. Raises Fault when the archive is anything but plain."""
    length = handle.seek(0, 2)
    end = _end_record(handle, length)
    _, disk, index_disk, here, count, index_size, index_start, _ = end
    if disk or index_disk or here != count:
        raise Fault("The archive is split over several files.")
    if count > MOST_FILES or index_size > _MOST_INDEX_BYTES:
        raise Fault(f"The archive lists {count:,} entries, more than a bundle may hold.")
    if index_start + index_size + _END.size != length:
        raise Fault("The archive has data before its first entry, or between its entries and its end.")
    handle.seek(index_start)
    entries, position = _walk(handle, handle.read(index_size), count)
    if position != index_start:
        raise Fault("The archive has data between its entries that its index does not list.")
    names = [entry.name for entry in entries]
    _check_names(names)
    if names != sorted(names):
        raise Fault("The archive's entries are not in order.")
    return entries


def _end_record(handle: BinaryIO, length: int) -> tuple[bytes, int, int, int, int, int, int, int]:
    if length < _END.size:
        raise Fault("The file is cut short, or is no zip archive.")
    if length > MOST_BYTES:
        raise Fault("The file is larger than 2 GB, more than a bundle may be.")
    tail_length = min(length, _END.size + 0xFFFF)
    handle.seek(length - tail_length)
    tail = handle.read(tail_length)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Fault("The file is cut short, or is no zip archive.")
    if at != len(tail) - _END.size:
        raise Fault("The archive has data after its end.")
    record: tuple[bytes, int, int, int, int, int, int, int] = _END.unpack(tail[at:])
    if record[-1]:
        raise Fault("The archive announces a comment, which a bundle never has.")
    return record


def _walk(handle: BinaryIO, index: bytes, count: int) -> tuple[list[Entry], int]:
    """Follow the index and the entries side by side; returns the entries and where the last one ends."""
    entries: list[Entry] = []
    at = position = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(index):
            raise Fault("The archive's index is damaged.")
        fields = _CENTRAL.unpack_from(index, at)
        raw = index[at + _CENTRAL.size : at + _CENTRAL.size + fields[10]]
        if fields[0] != b"PK\x01\x02" or len(raw) != fields[10]:
            raise Fault("The archive's index is damaged.")
        name = _name(raw)
        _check_fields(name, fields)
        if fields[16] != position:
            raise Fault(f"{name}: does not follow the entry before it; the archive hides or overlaps data.")
        start = _check_local(handle, name, raw, fields, position)
        entries.append(Entry(name, start, fields[9], fields[7]))
        position = start + fields[9]
        at += _CENTRAL.size + len(raw)
    if at != len(index):
        raise Fault("The archive's index is damaged.")
    return entries, position


def _name(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise Fault(f"An entry's name is not plain ASCII: {raw[:80]!r}.") from None


def _check_fields(name: str, fields: tuple[int, ...]) -> None:
    """Name the fault where it has a name; then every field must be what a bundle's always is."""
    flags, method, packed, size, extra, comment, attributes = fields[3], fields[4], fields[8], fields[9], fields[11], fields[12], fields[15]
    if flags & _ENCRYPTED:
        raise Fault(f"{name}: is encrypted.")
    if method != 0 or packed != size:
        raise Fault(f"{name}: is compressed; bundles store their files as they are.")
    if stat.S_IFMT(attributes >> 16) not in (0, stat.S_IFREG):
        raise Fault(f"{name}: is a link or a special file.")
    if extra or comment:
        raise Fault(f"{name}: carries extra zip fields, which a bundle never has.")
    usual = (_MADE_BY_UNIX, _VERSION, 0, 0, *_NEW_YEAR_1980)
    if fields[1:7] != usual or fields[13:16] != (0, 0, _REGULAR_FILE_0644):
        raise Fault(f"{name}: has a date, mode or flag that a bundle never has.")


def _check_local(handle: BinaryIO, name: str, raw: bytes, fields: tuple[int, ...], position: int) -> int:
    """Compare an entry's own header with the index; returns where its content begins."""
    handle.seek(position)
    head = handle.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise Fault(f"{name}: is cut short.")
    local = _LOCAL.unpack(head)
    same = local[0] == b"PK\x03\x04" and local[1:9] == fields[2:10] and local[9:] == (len(raw), 0)
    if not same or handle.read(len(raw)) != raw:
        raise Fault(f"{name}: its own header and the archive's index disagree.")
    return position + _LOCAL.size + len(raw)


def _check_names(names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        _check_name(name)
        folded = name.lower()
        if folded in seen:
            kind = "stands twice in the archive" if seen[folded] == name else f"differs from {seen[folded]} by case only"
            raise Fault(f"{name}: {kind}.")
        seen[folded] = name


def _check_name(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise Fault(f"{name!r}: is a path that leads out of the bundle.")
    if any(part in ("", ".") for part in parts) or not name.isprintable() or "%" in name:
        raise Fault(f"{name!r}: is no plain file name.")


def content(handle: BinaryIO, entry: Entry, most: int) -> bytes:
    """The bytes of a small entry. Raises Fault when it is larger than `most`."""
    if entry.size > most:
        raise Fault(f"{entry.name}: is larger than such a file may be.")
    handle.seek(entry.start)
    return handle.read(entry.size)


def digests(handle: BinaryIO, entry: Entry) -> dict[str, str]:
    """SHA-256 and SHA-512 (hex) of an entry, read in blocks. Raises Fault when its CRC is wrong or it is cut short."""
    sums = {name: hashlib.new(name) for name in ALGORITHMS}
    crc, left = 0, entry.size
    handle.seek(entry.start)
    while left and (block := handle.read(min(left, _BLOCK_BYTES))):
        left -= len(block)
        crc = zlib.crc32(block, crc)
        for running in sums.values():
            running.update(block)
    if left:
        raise Fault(f"{entry.name}: is cut short.")
    if crc != entry.crc:
        raise Fault(f"{entry.name}: its content does not match the archive's checksum.")
    return {name: running.hexdigest() for name, running in sums.items()}

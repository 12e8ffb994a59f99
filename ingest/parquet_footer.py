"""How large a Parquet file says it is when unfolded, read from its footer before anything is unfolded.

The footer is a Thrift structure in the compact protocol (Apache Thrift, thrift-compact-protocol.md); of it only `row_groups`
(field 4 of FileMetaData) and their `total_byte_size` (field 2 of RowGroup) are wanted.
"""

import struct
from pathlib import Path
from typing import Any

_MAGIC = b"PAR1"
_TAIL = struct.Struct("<I4s")
_ROW_GROUPS, _TOTAL_BYTE_SIZE = 4, 2
_MAX_DEPTH = 32


class FooterError(ValueError):
    """The file has no footer that can be read."""


def unfolded_bytes(path: Path) -> int:
    """The sum of all row groups' uncompressed sizes. Raises FooterError, OSError."""
    with path.open("rb") as handle:
        size = handle.seek(0, 2)
        if size < _TAIL.size + len(_MAGIC):
            raise FooterError("too short")
        handle.seek(-_TAIL.size, 2)
        length, magic = _TAIL.unpack(handle.read(_TAIL.size))
        if magic != _MAGIC or length > size - _TAIL.size:
            raise FooterError("no Parquet footer at its end")
        handle.seek(-_TAIL.size - length, 2)
        footer = handle.read(length)
    try:
        groups = _Reader(footer).structure().get(_ROW_GROUPS, [])
        return sum(int(group.get(_TOTAL_BYTE_SIZE, 0)) for group in groups)
    except (IndexError, AttributeError, TypeError, RecursionError) as error:
        raise FooterError("its footer is damaged") from error


class _Reader:
    """A cursor over Thrift compact bytes; values come as numbers, bytes, lists, and dicts by field id."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 70:
                raise FooterError("its footer is damaged")

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def structure(self, depth: int = 0) -> dict[int, Any]:
        if depth > _MAX_DEPTH:
            raise FooterError("its footer is damaged")
        fields: dict[int, Any] = {}
        number = 0
        while header := self.byte():
            number = number + (header >> 4) if header >> 4 else self.zigzag()
            kind = header & 0x0F
            fields[number] = kind == 1 if kind in (1, 2) else self.value(kind, depth)
        return fields

    def value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):
            return self.byte()
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            self.at += 8
            return None
        if kind == 8:
            return self.bytes_()
        if kind in (9, 10):
            return self.items(depth)
        if kind == 12:
            return self.structure(depth + 1)
        raise FooterError("its footer is damaged")

    def bytes_(self) -> bytes:
        length = self.varint()
        start, self.at = self.at, self.at + length
        if self.at > len(self.data):
            raise FooterError("its footer is damaged")
        return self.data[start : self.at]

    def items(self, depth: int) -> list[Any]:
        header = self.byte()
        count = header >> 4 if header >> 4 < 15 else self.varint()
        if count > len(self.data):
            raise FooterError("its footer is damaged")
        return [self.value(header & 0x0F, depth) for _ in range(count)]

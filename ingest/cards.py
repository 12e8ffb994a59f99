"""No card number gets in: a value of 13 to 19 digits that passes the Luhn check refuses its whole file.

Looked at is every column of a payments file but times and a fractional amount, also those Clew does not know, with white space
and dashes taken out and a closing .0 dropped, which spreadsheets add.
"""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.errors import DataRefused
from ingest.batches import ROW, RawBatch
from ingest.normalise import decoded
from ingest.sources import Source

MIN_DIGITS, MAX_DIGITS = 13, 19
_FILLERS = r"[\s\p{Pd}\x00\u200b\u00ad]+"
_CARD = rf"^[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}$"
_IN_TEXT = re.compile(rf"(?<![0-9])[0-9](?:[\s\-]?[0-9]){{{MIN_DIGITS - 1},{MAX_DIGITS - 1}}}(?![0-9])")


def luhn_valid(digits: pl.Series) -> npt.NDArray[np.bool_]:
    """For each text of 13 to 19 ASCII digits: does it pass the Luhn check (ISO/IEC 7812-1, annex B)?"""
    if digits.is_empty():
        return np.zeros(0, np.bool_)
    padded = "".join(digits.str.zfill(MAX_DIGITS).to_list()).encode("ascii")
    figures = np.frombuffer(padded, np.uint8).reshape(-1, MAX_DIGITS).astype(np.int16) - ord("0")
    doubled = figures[:, MAX_DIGITS - 2 :: -2] * 2
    total = figures[:, MAX_DIGITS - 1 :: -2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    valid: npt.NDArray[np.bool_] = total % 10 == 0
    return valid


def refuse_cards(source: Source, batch: RawBatch, exempt: frozenset[str] = frozenset(), amount: str = "amount") -> None:
    """Raise DataRefused naming file, column and row, never the value, when `batch` holds what looks like a card number.

    `exempt`: foreign names of time columns whose mapping declares an epoch unit; their digits are times. `amount`: the foreign
    name of the amount, whose fractions are not looked at.
    """
    for name, kind in batch.frame.schema.items():
        if name == ROW or name in exempt or kind.is_temporal() or (name == amount and kind.is_float()):
            continue
        row = _first_card(batch.frame, name)
        if row is not None:
            raise _refusal(source, f"column {name!r}, row {row}")
    for line in batch.bad:
        if any(_cards_in(line.text)):
            raise _refusal(source, f"row {line.row}")


def _first_card(frame: pl.DataFrame, name: str) -> int | None:
    digits = pl.DataFrame({ROW: frame[ROW], "digits": _as_text(frame[name])})
    digits = digits.with_columns(pl.col("digits").str.replace_all(_FILLERS, "").str.replace(r"\.0*$", ""))
    digits = digits.filter(pl.col("digits").str.contains(_CARD))
    hits = np.flatnonzero(luhn_valid(digits["digits"]))
    return int(digits[ROW][int(hits[0])]) if len(hits) else None


def _as_text(values: pl.Series) -> pl.Series:
    """Any column as text; of nested ones, the first digits in a row's JSON that look like a card number."""
    if values.dtype.is_nested():
        lines = values.alias("v").to_frame().write_ndjson().splitlines()
        return pl.Series([next(_cards_in(line), None) for line in lines], dtype=pl.String)
    if values.dtype.is_float():
        return values.cast(pl.Int64, strict=False).cast(pl.String)
    return decoded(values) if values.dtype == pl.Binary else values.cast(pl.String)


def _cards_in(text: str) -> Iterator[str]:
    found = [re.sub(r"[\s\-]", "", match) for match in _IN_TEXT.findall(text)]
    return (digits for digits, valid in zip(found, luhn_valid(pl.Series(found, dtype=pl.String)), strict=True) if valid)


def _refusal(source: Source, where: str) -> DataRefused:
    return DataRefused(
        f"{source.name}: {where} holds what looks like a card number; nothing of this run was stored."
        " Give the processor's fingerprint instead, or leave the column out."
    )

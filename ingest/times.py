"""Times to UTC microseconds: ISO 8601 with an offset, epoch numbers with a named unit, local times with a named zone."""

import datetime as dt
from typing import Final

import polars as pl

from graph.vocabulary import TIME
from ingest.mapping import UNITS

EARLIEST: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LATEST: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)

NAIVE = r"^\s*\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?\s*$"
NUMBER = r"^\s*[+-]?\d+(?:\.\d+)?\s*$"

_OFFSET_FORMATS = ("%+", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
_NAIVE_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")


def to_time(given: pl.Series, unit: str | None, zone: str | None) -> pl.Series:
    """`given` as UTC times; null where that cannot be done without guessing."""
    kind = given.dtype
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            return _localise(given.cast(pl.Datetime("us")), zone)
        return given.dt.convert_time_zone("UTC").cast(TIME)
    if kind == pl.Date:
        return _localise(given.cast(pl.Datetime("us")), zone)
    if kind.is_numeric():
        return _epoch(given, unit) if unit else _none(given)
    if kind != pl.String:
        return _none(given)
    return _epoch(given.str.strip_chars(), unit) if unit else _iso(given, zone)


def _none(given: pl.Series) -> pl.Series:
    return pl.Series(given.name, [None], dtype=TIME).new_from_index(0, given.len())


def _epoch(given: pl.Series, unit: str | None) -> pl.Series:
    """Epoch numbers. Whole ones exactly; fractions as far as a double carries. Beyond any sane time: LATEST, a rule's business."""
    factor = UNITS[unit or "us"]
    whole, real = pl.col("given").cast(pl.Int64, strict=False), pl.col("given").cast(pl.Float64, strict=False)
    exact = whole * int(factor) if factor >= 1 else whole // 1_000
    micros = (
        pl.when(real.is_nan() | real.is_infinite())
        .then(None)
        .when((real * factor).abs() > LATEST.timestamp() * 1e6)
        .then(pl.lit(int(LATEST.timestamp()) * 1_000_000) * real.sign().cast(pl.Int64, strict=False))
        .otherwise(pl.coalesce(exact, (real * factor).round().cast(pl.Int64, strict=False)))
    )
    return given.alias("given").to_frame().select(micros.cast(TIME)).to_series()


def _iso(given: pl.Series, zone: str | None) -> pl.Series:
    values = _first_parsed(given, _OFFSET_FORMATS, "UTC")
    if zone is None or values.null_count() == given.null_count():
        return values
    return values.zip_with(values.is_not_null(), _localise(naive_time(given), zone))


def naive_time(given: pl.Series) -> pl.Series:
    """Text without an offset as a time without a zone; null where it is none."""
    parsed = _first_parsed(given.str.strip_chars(), _NAIVE_FORMATS, None)
    return parsed.zip_with(parsed.is_not_null(), given.str.strip_chars().str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")))


def _first_parsed(given: pl.Series, formats: tuple[str, ...], zone: str | None) -> pl.Series:
    """Each format is tried only while some value is still unread."""
    values = given.str.to_datetime(formats[0], time_unit="us", time_zone=zone, strict=False)
    for form in formats[1:]:
        if values.null_count() == given.null_count():
            break
        again = given.str.to_datetime(form, time_unit="us", time_zone=zone, strict=False)
        values = values.zip_with(values.is_not_null(), again)
    return values


def _localise(naive: pl.Series, zone: str | None) -> pl.Series:
    """Local times of `zone` in UTC; null where the clock was put forward or back over them."""
    if zone is None:
        return _none(naive)
    return naive.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC").cast(TIME)


def skipped_by_clock(given: pl.Series, zone: str) -> pl.Series:
    """True where a local time never existed in `zone`, because the clock was put forward over it."""
    naive = _as_naive(given)
    return naive.is_not_null() & naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").is_null()


def repeated_by_clock(given: pl.Series, zone: str) -> pl.Series:
    """True where a local time came twice in `zone`, because the clock was put back over it."""
    naive = _as_naive(given)
    first = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = naive.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return (first != last).fill_null(False)


def _as_naive(given: pl.Series) -> pl.Series:
    return given.cast(pl.Datetime("us")) if given.dtype != pl.String else naive_time(given)

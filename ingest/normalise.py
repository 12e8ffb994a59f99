"""Raw columns of any type → the typed columns of a table; what could not be read becomes null, and a rule says so.

The raw value stays beside the typed one as `given:<column>` where the two can differ, for the rules to look at.
"""

import polars as pl

from graph.errors import DataRefused
from graph.vocabulary import TIME
from ingest.addresses import address_table
from ingest.batches import ROW
from ingest.mapping import INPUT_COLUMNS, TableMapping
from ingest.sources import Source
from ingest.times import to_time

GIVEN = "given:"
ADDRESS_COLUMNS = {"accounts": ("signup_ip",), "exchanges": ("ip",)}


def normalise(source: Source, raw: pl.DataFrame, mapping: TableMapping) -> pl.DataFrame:
    """Typed columns of `source.table` (absent ones null), ROW, objects as text, and `given:` twins of converted columns.

    Adds `net:<column>` for addresses. Raises DataRefused when a whole typed column cannot be understood.
    """
    table = source.table
    columns: list[pl.Series] = [raw[ROW]]
    for name, kind in INPUT_COLUMNS[table].items():
        if name not in raw.columns:
            columns.append(pl.Series(name, [None], dtype=kind).new_from_index(0, raw.height))
            continue
        given = _plain(source, mapping.foreign(name), raw[name])
        if kind == TIME:
            _refuse_whole(source, mapping, name, given)
            columns += [to_time(given, mapping.units.get(name), mapping.zone).alias(name), given.alias(GIVEN + name)]
        elif kind.is_numeric():
            columns += [_number(_text_or_number(given), kind).alias(name), given.alias(GIVEN + name)]
        elif name in ADDRESS_COLUMNS.get(table, ()):
            columns += _address(_text(given), name)
        else:
            columns.append(_text(given).alias(name))
    objects = [_text(_plain(source, name, raw[name])).alias(name) for name in raw.columns if name.startswith("object:")]
    return pl.DataFrame(columns + objects)


def _plain(source: Source, foreign: str, values: pl.Series) -> pl.Series:
    """Empty text is no value; bytes are UTF-8; lists and structures are refused."""
    if values.dtype.is_nested() or values.dtype == pl.Object:
        raise DataRefused(f"{source.name}: column {foreign!r} holds nested values ({values.dtype}). Export it as plain text or numbers.")
    if values.dtype == pl.Binary:
        values = decoded(values)
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if values.dtype == pl.String:
        return values.to_frame("").select(pl.when(pl.col("") != "").then(pl.col(""))).to_series().alias(values.name)
    return values


def decoded(values: pl.Series) -> pl.Series:
    """Bytes as text; where they are no UTF-8, a NUL takes their place, which a rule then sets aside."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(values.name, [None if value is None else _utf8_or_nul(value) for value in values], dtype=pl.String)


def _utf8_or_nul(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "\0"


def _text(given: pl.Series) -> pl.Series:
    return given if given.dtype == pl.String else given.cast(pl.String)


def _text_or_number(given: pl.Series) -> pl.Series:
    return given.str.strip_chars() if given.dtype == pl.String else given


def _number(given: pl.Series, kind: pl.DataType) -> pl.Series:
    """Numbers; whole ones may be written 12.0. Not finite is not a number."""
    real = given.cast(pl.Float64, strict=False)
    real = real.zip_with(real.is_finite().fill_null(False), pl.Series([None], dtype=pl.Float64).new_from_index(0, real.len()))
    if kind == pl.Float64:
        return real
    whole = given.cast(pl.Int64, strict=False) if not given.dtype.is_float() else real.cast(pl.Int64, strict=False)
    if given.dtype.is_float() or whole.null_count() > given.null_count():
        integral = real.cast(pl.Int64, strict=False)
        same = (integral.cast(pl.Float64) == real).fill_null(False)
        nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, real.len())
        whole = (
            integral.zip_with(same, nothing)
            if given.dtype.is_float()
            else whole.zip_with(whole.is_not_null(), integral.zip_with(same, nothing))
        )
    return whole


def _address(given: pl.Series, name: str) -> list[pl.Series]:
    table = address_table(given)
    found = pl.DataFrame({"given": given}).join(table, on="given", how="left", maintain_order="left")
    return [found["address"].alias(name), given.alias(GIVEN + name), found["net"].alias(f"net:{name}")]


def _refuse_whole(source: Source, mapping: TableMapping, name: str, given: pl.Series) -> None:
    """A typed column of times without a zone, or of numbers without a unit, is refused as a whole."""
    if given.null_count() == given.len():
        return
    if given.dtype.is_numeric() and name not in mapping.units:
        raise unit_missing(source, mapping, name)
    if given.dtype == pl.Date or (isinstance(given.dtype, pl.Datetime) and given.dtype.time_zone is None):
        if mapping.zone is None:
            raise zone_missing(source, mapping, name)
    elif not (given.dtype == pl.String or given.dtype.is_numeric() or isinstance(given.dtype, pl.Datetime)):
        raise DataRefused(f"{source.name}: column {mapping.foreign(name)!r} is no time but {given.dtype}. Export times or text.")


def zone_missing(source: Source, mapping: TableMapping, name: str) -> DataRefused:
    """All times of a column lack an offset."""
    return DataRefused(
        f"{source.name}: the times in column {mapping.foreign(name)!r} carry no offset."
        f' Name their zone in a mapping file: [{source.table}] zone = "UTC" (or Europe/Berlin …).'
    )


def unit_missing(source: Source, mapping: TableMapping, name: str) -> DataRefused:
    """All times of a column are bare numbers."""
    return DataRefused(
        f"{source.name}: the times in column {mapping.foreign(name)!r} are bare numbers."
        f' Name their unit in a mapping file: [{source.table}] units = {{ {name} = "s" }} (or ms, us, ns).'
    )

"""The evidence tables: exact CSV (RFC 4180), a twin that is safe to open in a spreadsheet, and Parquet."""

import io
from collections.abc import Iterator

import polars as pl

from graph.bundle.dossier import Artifact, Dossier
from graph.text import visible

# A spreadsheet takes a cell that begins so for a formula; full-width forms are folded by some.
_FORMULA = r"^\s*[=+\-@＝＋－＠|%]|^[\t\r\n]"
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.6fZ"
_ROW_GROUP = 100_000


def frames(dossier: Dossier) -> dict[str, pl.DataFrame]:
    """The tables this bundle holds, by name; a table without rows is left out."""
    every = {
        "accounts": dossier.accounts,
        "bands": dossier.bands,
        "campaigns": dossier.campaigns,
        "capabilities": dossier.capabilities,
        "channels": dossier.channels,
        "entities": dossier.entities,
        "lines": dossier.lines,
        "links": dossier.links,
        "observations": dossier.observations,
        "templates": dossier.templates,
        "timeline": dossier.timeline,
    }
    return {name: frame for name, frame in every.items() if frame is not None and frame.height}


def export(dossier: Dossier) -> Iterator[Artifact]:
    """evidence/<table>.csv, .spreadsheet.csv and .parquet."""
    for name, frame in frames(dossier).items():
        yield f"evidence/{name}.csv", [exact_csv(frame)]
        yield f"evidence/{name}.spreadsheet.csv", [spreadsheet_csv(frame)]
        yield f"evidence/{name}.parquet", [_parquet(frame)]


def exact_csv(frame: pl.DataFrame) -> bytes:
    """`frame` as RFC 4180 CSV: CRLF, quotes where needed, null as an empty field, an empty text as "", UTC times."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, line_terminator="\r\n", datetime_format=_TIME_FORMAT, quote_style="necessary")
    return buffer.getvalue()


def spreadsheet_csv(frame: pl.DataFrame) -> bytes:
    """The same rows for Excel and its kin: hidden characters shown as marks, an apostrophe before what would be a formula."""
    return exact_csv(frame.with_columns(_safe(frame[name]) for name, kind in frame.schema.items() if kind == pl.String))


def _safe(texts: pl.Series) -> pl.Series:
    distinct = texts.unique().drop_nulls()
    shown = pl.Series([visible(text) for text in distinct], dtype=pl.String)
    risky = distinct.str.contains(_FORMULA) | shown.str.contains(_FORMULA)
    guarded = pl.select(pl.when(risky).then("'" + shown).otherwise(shown)).to_series()
    return texts.replace_strict(distinct, guarded, return_dtype=pl.String)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", row_group_size=_ROW_GROUP)
    return buffer.getvalue()

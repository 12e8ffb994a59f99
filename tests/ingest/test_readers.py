"""The quick way and the exact way of reading give the same rows."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import csv_rows, json_rows
from ingest.batches import ROW, RawBatch
from ingest.csv_exact import exact_batches
from ingest.sources import Source

SOURCE = Source("exchanges", "x", Path("x"), "csv", "", 1, "")
CELL = st.text('ab,"\n\r\\: {[é\u3002', max_size=5)


def _rows(batches: list[RawBatch]) -> list[tuple[object, ...]]:
    return [row for batch in batches for row in batch.frame.drop(ROW).with_columns(pl.all().replace("", None)).iter_rows()]


@given(st.lists(st.tuples(CELL, CELL, st.just("z")), min_size=1, max_size=8))
def test_regular_csv_takes_the_quick_way_and_means_the_same(rows: list[tuple[str, ...]]) -> None:
    quoted = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows).encode()
    quick = csv_rows._fast(quoted, ["a", "b", "c"])
    assert quick is not None
    lines = iter([line + b"\n" for line in quoted.split(b"\n")[:-1]])
    exact = list(exact_batches(SOURCE, ["a", "b", "c"], lines, 1))
    assert _rows([RawBatch(quick.with_columns(pl.lit(1).alias(ROW)))]) == _rows(exact) == [tuple(c or None for c in row) for row in rows]
    assert csv_rows._cut(quoted, at_end=False) == (len(quoted), True)


@pytest.mark.parametrize("text", [b"1,2\n3\n", b"1,2\n\n3,4\n", b"1,2,3\n", b'1,5" x\n2,6" y\n', b"1,\xff\n", b'"a\n', b"1\n2,3,4\n"])
def test_irregular_csv_never_takes_the_quick_way(text: bytes) -> None:
    whole, regular = csv_rows._cut(text, at_end=True)
    assert not regular or csv_rows._fast(text[:whole], ["a", "b"]) is None


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ab"), st.one_of(CELL, st.none(), st.booleans(), st.integers(-9, 9)), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_flat_json_takes_the_quick_way_and_means_the_same(rows: list[dict[str, object]]) -> None:
    block = "".join(json.dumps(row) + "\n" for row in rows).encode()
    quick = json_rows._fast(block)
    exact = pl.concat([batch.frame for batch in json_rows._exact(SOURCE, block, 1)], how="diagonal").drop(ROW)
    if quick is not None:
        assert quick.select(sorted(quick.columns)).rows() == exact.select(sorted(exact.columns)).rows()


@given(st.text('"\\:{[ a', max_size=12), st.sampled_from(["{}", "[1]", '[{"a":1}]']))
def test_a_nested_value_is_seen_whatever_the_text_around_it(text: str, nested: str) -> None:
    flat = (json.dumps({"k": text, "l" + text: "x"}) + "\n").encode()  # may be taken for nested too: that is only slower
    assert json_rows._nested(flat + f"{{{json.dumps(text)} : {nested}}}\n".encode())

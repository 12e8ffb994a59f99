"""Lines sealed by themselves and by the next."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.store import sealed_lines

RECORDS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "seal"), st.text(max_size=8) | st.integers() | st.none(), max_size=4
)


@given(RECORDS)
def test_a_record_comes_back_and_its_line_is_one_line(record):
    line = sealed_lines.sealed(record)
    assert line.isascii() and "\n" not in line
    assert sealed_lines.unsealed(line) == record


def test_a_changed_line_is_refused_and_one_from_before_seals_is_read():
    line = sealed_lines.sealed({"by": "ann"})
    with pytest.raises(ValueError, match="seal"):
        sealed_lines.unsealed(line.replace("ann", "ben"))
    assert sealed_lines.unsealed(json.dumps({"by": "ann"})) == {"by": "ann"}


def test_lines_are_read_as_written_and_each_names_the_one_before(tmp_path):
    path = tmp_path / "lines.jsonl"
    assert sealed_lines.read(path) == [] and sealed_lines.follows(None) == ""
    lines = [sealed_lines.sealed({"number": number}) for number in (1, 2)]
    sealed_lines.write(path, lines)
    assert sealed_lines.read(path) == lines
    assert sealed_lines.follows(lines[0]) != sealed_lines.follows(lines[1])

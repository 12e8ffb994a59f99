import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataRefused
from ingest.simulate import prompts
from ingest.simulate.grammar import PRODUCTIONS
from ingest.simulate.prompts import Library, Source


def texts(source: Source, count: int = 200, first: int = 0) -> list[str]:
    library = Library()
    number = library.add(source)
    keys = prompts.mix(np.arange(first, first + count).astype(np.uint64))
    return prompts.render(library, np.full(count, number, np.int16), keys).to_list()


def test_every_symbol_of_the_grammar_is_defined() -> None:
    known = {*PRODUCTIONS, "n", "k", "year", "pct", "coined"}
    used = {symbol for lines in PRODUCTIONS.values() for line in lines for _, symbol in prompts._PIECE.findall(line)}
    assert used <= known
    assert not [line for lines in PRODUCTIONS.values() for line in lines if "\n" in line or "  " in line]


@pytest.mark.parametrize("root", [s for s in PRODUCTIONS if s.split(".")[0] in ("ask", "focus")])
def test_every_root_renders_without_leftovers(root: str) -> None:
    assert all(text and "{" not in text.replace("${", "") for text in texts(Source(root)) if "def " not in text and "for (" not in text)


def test_exact_slots_and_paraphrase_are_one_grammar() -> None:
    assert len(set(texts(Source("focus.reasoning", scaffold=7, items=5)))) <= 5
    openings = [{t.split(".")[0] for t in texts(Source("focus.coding", scaffold=s)) if t.startswith(("You", "Work"))} for s in (7, None)]
    assert len(openings[0]) <= 3 < len(openings[1])


def test_words_around_every_text() -> None:
    assert all(t.startswith("BEFORE ") and t.endswith(" AFTER") for t in texts(Source("ask.zh", before="BEFORE ", after=" AFTER")))


@settings(max_examples=8)
@given(st.permutations(range(12)))
def test_a_text_hangs_on_source_and_key_alone(order: list[int]) -> None:
    library = Library([Source("ask.en"), Source("texts", texts=("a", "b", "c")), Source("focus.reasoning.ru", scaffold=3)])
    source = (np.arange(12) % 3).astype(np.int16)
    key = np.arange(12).astype(np.uint64) * np.uint64(99_991)
    whole = prompts.render(library, source, key).to_list()
    assert prompts.render(library, source[order], key[order]).to_list() == [whole[i] for i in order]


def test_real_prompts_by_kind(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps({"kind": k, "text": t}) for k, t in [("a", "x"), ("b", "y"), ("a", "z")]).encode()))
    assert prompts.read_prompts(path) == {"a": ("x", "z"), "b": ("y",)}


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": "a"}', b"\xff\xfe", b"[1]"])
def test_bad_prompt_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=r"p\.jsonl"):
        prompts.read_prompts(path)

"""Prompt text → fragments."""

import polars as pl
import pytest

from graph.signals.fragments import MAX_PER_PROMPT, longer_than_kept, normalise_fragments

CASES = {
    "Write a story about the SEA. Then write 3 more of  them!": ["write a story about the sea", "then write 0 more of them"],
    "Compute 3.14159 times the radius of it\nshort\n- Then list every step of it": [
        "compute 0.0 times the radius of it",
        "then list every step of it",
    ],
    "请你帮我写一篇文章吧。谢谢你！请一步一步地写出推理过程？": ["请你帮我写一篇文章吧", "请一步一步地写出推理过程"],
    "call foo.bar() on the object now": ["call foo.bar() on the object now"],
    "12345678901234567890 123": [],
    "": [],
}


@pytest.mark.parametrize("text", CASES)
def test_sentences(text: str) -> None:
    assert normalise_fragments(pl.Series([text])).to_list() == [CASES[text]]


def test_null_gives_no_fragment_and_the_first_forty_are_kept() -> None:
    long = "\n".join(f"this is sentence number {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(99))
    nothing, many = normalise_fragments(pl.Series([None, long])).to_list()
    assert nothing == []
    assert many == long.split("\n")[:MAX_PER_PROMPT]
    assert longer_than_kept(pl.Series([None, long, long.rsplit("\n", 59)[0]])).to_list() == [False, True, False]

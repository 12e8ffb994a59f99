"""Prompt text → fragments."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.signals.fragments import MAX_PER_PROMPT, fragment_table, normalise_fragments, signature

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
    table, capped = fragment_table(pl.DataFrame({"prompt_id": [7, 8], "text": [long, "one single sentence here"]}))
    assert (table["prompt_id"].value_counts().sort("prompt_id")["count"].to_list(), capped) == ([40, 1], 1)


@given(st.lists(st.text("aAbB0 .!?\n\t。长短文本é", max_size=90), max_size=8, unique=True))
def test_the_table_holds_the_signatures_of_the_explained_fragments(texts: list[str]) -> None:
    frame = pl.DataFrame(
        {"prompt_id": range(len(texts)), "text": pl.Series(texts, dtype=pl.String)}, schema_overrides={"prompt_id": pl.Int64}
    )
    found = set(fragment_table(frame)[0].iter_rows())
    lists = normalise_fragments(frame["text"])
    told = pl.DataFrame({"prompt_id": frame["prompt_id"], "f": lists}).explode("f", empty_as_null=False).filter(pl.col("f").is_not_null())
    assert found == set(told.select("prompt_id", signature("f")).iter_rows())

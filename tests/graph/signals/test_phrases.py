"""Prompt text → phrases."""

import polars as pl
import pytest

from graph.signals.phrases import KEPT, phrase_texts, runs_of_words

CASES = {
    "One two three four five six seven": [],  # fewer than eight
    "One, two: THREE 12 3.5 six seven!": ["one two three 0 0", "two three 0 0 0", "three 0 0 0 six", "0 0 0 six seven"],
    "写一篇长文章吧 ok A": ["写 一 篇 长 文", "一 篇 长 文 章", "篇 长 文 章 吧", "长 文 章 吧 ok", "文 章 吧 ok a"],
    "": [],
}


@pytest.mark.parametrize("text", CASES)
def test_runs(text: str) -> None:
    assert runs_of_words(pl.Series("text", [text])).to_list() == [CASES[text]]


def test_a_template_whose_every_sentence_holds_a_slot_leaves_common_phrases() -> None:
    body = "Dear {0} we are glad to tell you that the parcel {0} has come to our house in {0} and waits there for you and yours {0}"
    texts = pl.DataFrame({"prompt_id": range(30), "text": [body.format(chr(97 + n) * 5) for n in range(26)] + ["a b c d e f g h"] * 4})
    shared = phrase_texts(texts).group_by("phrase").len().filter(pl.col("len") > 20)
    assert 1 <= shared.height <= KEPT
    assert all("aaaaa" not in phrase for phrase in shared["phrase"])

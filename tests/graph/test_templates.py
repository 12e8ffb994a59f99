"""The wording of a template: what most of its texts have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.templates import SLOT, write

REVIEW = "Write a 5-star review of the coffee machine {} and name three things that a buyer would like, in a casual tone"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([REVIEW.format("Foo"), REVIEW.format("Bar Baz")], REVIEW.format(SLOT)),
        ([REVIEW.format(n).replace("5", n) for n in "123"], REVIEW.format(SLOT).replace("5", SLOT)),
        ([REVIEW.format("Foo"), REVIEW.format("Bar"), "Hello, this one is odd"], REVIEW.format(SLOT)),
        (["the same words every time"] * 3, "the same words every time"),
        (["请用不超过三句话回答：今天", "请用不超过三句话回答：明日"], "请用不超过三句话回答：" + SLOT),
        (["第一章的要点是什么呢", "第二章的要点是什么呢"], SLOT + "章的要点是什么呢"),
        (["nothing in common at all", "here at all, my good friends"], ""),
        (["{slot} is what they typed", "{slot} is what they typed"], "{slot} is what they typed"),
        (["short"], ""),
        ([], ""),
    ],
)
def test_write(texts, expected):
    assert write(texts) == expected


HOSTILE = st.text(st.sampled_from("aAb \n\t0٣²5.,{slot}İßé\u0301字ก\u202e\u200b\x00\U0001f600"), max_size=40)


@given(st.lists(HOSTILE, min_size=1, max_size=6), st.randoms())
def test_what_is_kept_stands_in_one_text_in_order_whatever_the_order_of_the_texts(texts, dice):
    told = write(texts)
    shuffled = list(texts)
    dice.shuffle(shuffled)
    assert write(shuffled) == told
    assert not told or any(_in_order(told, text) for text in texts)


def _in_order(told, text):
    position = 0
    for piece in told.split(SLOT):
        for word in piece.split():
            found = text.find(word, position)
            if found < 0:
                return SLOT in text  # typed by hand: cannot be told from ours
            position = found + len(word)
    return True

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.templates import SLOT, skeleton


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["Write a 5-star review for Foo, casual", "Write a 3-star review for Bar Baz, casual"],
            "Write a {slot}-star review for {slot}, casual",
        ),
        (["the same words every time"] * 3, "the same words every time"),
        (["nothing in common", "here at all, friends"], ""),
        ([], ""),
        (["{slot} is what they typed", "{slot} is what they typed"], "{slot} is what they typed"),
    ],
)
def test_skeleton(texts, expected):
    assert skeleton(texts) == expected


@given(st.lists(st.text("ab cd.", min_size=0, max_size=30), min_size=1, max_size=5))
def test_what_a_skeleton_keeps_stands_in_every_text_in_order(texts):
    for text in texts:
        position = 0
        for piece in skeleton(texts).split(SLOT):
            for word in piece.split():
                position = text.find(word, position)
                assert position >= 0
                position += len(word)

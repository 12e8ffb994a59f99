import random
import string

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graph.near_texts import grouped


def groups(*rows):
    """rows: key, text → the sets of texts that stand together."""
    frame = pl.DataFrame(rows, schema=["key", "text"], orient="row")
    told = frame.with_columns(group=grouped(frame, "key", ("text",)))
    return {frozenset(part["text"]) for _, part in told.group_by("group")}


def test_spellings_of_one_text_stand_together_and_other_texts_apart():
    told = groups((1, "j smith main leeds"), (1, "j smyth main leeds"), (1, "j smith mian leeds"), (1, "a kim station york"))
    assert told == {frozenset({"j smith main leeds", "j smyth main leeds", "j smith mian leeds"}), frozenset({"a kim station york"})}


def test_equal_texts_of_different_keys_stay_apart():
    frame = pl.DataFrame({"key": [1, 2, 1], "text": ["main leeds"] * 3})
    assert grouped(frame, "key", ("text",)).to_list() == [0, 1, 0]


def test_every_part_must_be_alike():
    frame = pl.DataFrame({"key": [1, 1], "name": ["j smith", "a kim"], "street": ["main leeds"] * 2})
    assert grouped(frame, "key", ("street",)).to_list() == [0, 0]
    assert grouped(frame, "key", ("name", "street")).to_list() == [0, 1]


def test_nothing_and_empty_texts():
    assert groups() == set()
    assert groups((1, ""), (1, "x")) == {frozenset({""}), frozenset({"x"})}


def test_half_of_the_letter_pairs_is_not_most():
    # " kim " and " kin ": 2 of 6 pairs in common; " abcd " and " abcde ": 4 of 7
    assert len(groups((1, "kim"), (1, "kin"))) == 2
    assert len(groups((1, "abcd"), (1, "abcde"))) == 1


@given(st.permutations(["j smith, main", "j smyth, main", "a kim, york", "王伟 中山路", "王伟 中山路 上海", "zo"]))
def test_the_order_of_rows_does_not_matter(texts):
    expected = groups(*((1, text) for text in sorted(texts)))
    assert groups(*((1, text) for text in texts)) == expected


def test_one_letter_off_is_found_among_thousands_and_strangers_are_not_joined():
    draw = random.Random(5)
    words = ["".join(draw.choices(string.ascii_lowercase, k=24)) for _ in range(3000)]
    wrong = [word[:11] + "qq" + word[13:] for word in words[:300]]
    frame = pl.DataFrame({"key": [1] * 3300, "text": words + wrong})
    found = grouped(frame, "key", ("text",)).to_list()
    assert sum(found[3000 + i] == i for i in range(300)) >= 297
    assert found[:3000] == list(range(3000))

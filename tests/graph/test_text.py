import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text import clip, visible
from tests.factory import HOSTILE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain ASCII <b>&", "plain ASCII <b>&"),
        ("Žluťoučký 猫 😀", "Žluťoučký 猫 😀"),
        ("a\x00b", "a␀b"),
        ("line\nline\ttab", "line␊line␉tab"),
        ("\x7f", "␡"),
        ("exe\u202egpj", "exe⟨U+202E⟩gpj"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("\u2028\u2066x\u2069", "⟨U+2028⟩⟨U+2066⟩x⟨U+2069⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\ufffe\U0001ffff", "⟨U+FFFE⟩⟨U+1FFFF⟩"),
        ("\u2065", "⟨U+2065⟩"),
        ("\u3164", "⟨U+3164⟩"),
    ],
)
def test_visible_shows_what_hides(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_visible_leaves_nothing_hidden(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    shown.encode("utf-8")


def test_hostile_text_stays_readable() -> None:
    assert visible(HOSTILE) == "<img src=x onerror=alert(1)>⟨U+202E⟩=cmd|'/c calc'!A1⟨U+200B⟩"


@pytest.mark.parametrize(("text", "n", "cut"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab cd", 4, "ab…"), ("abc", 1, "…")])
def test_clip(text: str, n: int, cut: str) -> None:
    assert clip(text, n) == cut

import datetime as dt

import pytest

from app.queries.words import account_link, chance, day, entity_label, percent, plural, shown, span
from tests.factory import HOSTILE


@pytest.mark.parametrize(
    ("n", "word", "text"),
    [
        (1, "card", "1 card"),
        (2, "card", "2 cards"),
        (3, "address", "3 addresses"),
        (2, "synchrony", "2 synchronies"),
        (1200, "day", "1,200 days"),
    ],
)
def test_plural(n: int, word: str, text: str) -> None:
    assert plural(n, word) == text


@pytest.mark.parametrize(
    ("kind", "label", "text"),
    [
        ("sentence", "6881500230622117888", "sentence 5f80…"),
        ("sentence", "-1", "sentence ffff…"),
        ("sentence", "write 0 lines", "write 0 lines"),
        ("sentence", "²", "²"),
        ("session", "6881500230622117888", "6881500230622117888"),
        ("sentence", None, ""),
    ],
)
def test_a_sentence_without_text_is_named_by_its_signature(kind: str, label: str | None, text: str) -> None:
    assert entity_label(kind, label) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.41, "41%"),
        (0.998, "99.8%"),
        (0.99991, "99.99%"),
        (0.0004, "0.04%"),
        (1e-9, "<0.001%"),
        (1 - 1e-9, ">99.999%"),
    ],
)
def test_percent_never_rounds_to_certainty(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.date(2026, 8, 3), "3 Aug 2026"),
        (dt.datetime(2026, 8, 3, 5, tzinfo=dt.UTC), "3 Aug 2026"),
        ("2026-08-03T00:00:00+00:00", "3 Aug 2026"),
        ("soon\u202e", "soon⟨U+202E⟩"),
        (None, "–"),
    ],
)
def test_day(value: object, text: str) -> None:
    assert day(value) == text


def test_span() -> None:
    assert span("2026-08-03", "2026-10-25") == "3 Aug – 25 Oct 2026"
    assert span("2025-12-30", "2026-01-02") == "30 Dec 2025 – 2 Jan 2026"
    assert span("2026-08-03", "2026-08-03") == "3 Aug 2026"


def test_chance_is_silent_where_it_was_not_measured() -> None:
    assert chance({}) == chance({"chance": None}) == chance({"chance": {"shuffles": 0, "flagged_in_shuffles": 0}}) == ""
    assert chance({"chance": {"shuffles": 3, "flagged_in_shuffles": 0}}) == "0 flagged by chance in 3 shuffled nights"


def test_hostile_text_and_ids() -> None:
    assert "\u202e" not in shown(HOSTILE)
    assert len(shown("x" * 999)) == 120
    assert account_link("a/b?<c>") == "/account/a%2Fb%3F%3Cc%3E"

"""Extraction: two independent marks make a case, one does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import extraction
from tests.graph.groups import a_conduct, a_found, some_asks
from tests.graph.test_pivot import moves

DICE = np.random.default_rng(11)
PEOPLE = [float(n) for n in DICE.lognormal(1.0, 0.9, 600)]
THEIR_CODING = [int(n) for n in DICE.binomial(20, 0.15, 600)]
WORDS = {"coding": "ask for code"}


def marks(volumes, wording=0.0, coding=3, placed=0.0, elsewhere=0, **more):
    """The marks of one cluster with daily `volumes` in a night of 600 people; `placed`, from networks that members share."""
    size = len(volumes)
    shares = placed if isinstance(placed, list) else [placed] * size
    common = dict.fromkeys(range(size), wording) if wording else None
    found = a_found([*volumes, *PEOPLE], {0: range(size)}, common=common, placed=dict(enumerate(shares)), elsewhere=elsewhere)
    asked = some_asks({"coding": [coding] * size + THEIR_CODING})
    return extraction.marks(found, a_conduct(asked, **more)).row(0, named=True)


HUMAN = [1.0, 7.0, 2.5, 14.0, 0.8, 4.0, 3.0, 22.0, 1.5, 5.0]
EVEN = [6.0, 6.1, 5.9, 6.2, 6.0, 5.8, 6.0, 6.1, 6.0, 5.9]
BUSY_EVEN = [100 * n for n in EVEN]


@pytest.mark.parametrize(
    ("name", "volumes", "wording", "coding", "low", "high"),
    [
        ("a loud campaign", BUSY_EVEN, 0.6, 16, 0.9, 1),
        ("six a day, one wording, equal loads", EVEN, 0.6, 3, 0.7, 1),
        ("six a day, focused, equal loads, own words", EVEN, 0.0, 18, 0.6, 1),
        ("busy and focused", [50.0 * n for n in HUMAN], 0.0, 18, 0.6, 1),
        ("an agency: human volumes, some templates, varied asks", HUMAN, 0.25, 3, 0, 0.35),
        ("a class: few lessons, own words, one subject", [1.0, 1.5, 2.0, 1.0, 1.2, 3.0, 0.7, 2.2, 1.1, 0.9], 0.04, 8, 0, 0.35),
        ("a family", [2.0, 6.0, 1.0], 0.0, 3, 0, 0.2),
        ("a viral text", HUMAN, 0.05, 3, 0, 0.1),
        ("a harness: one wording, one focus, own work", HUMAN, 1.0, 20, 0, 0.45),
        ("equal loads alone", [3.0, 3.1, 2.9, 3.0, 3.1, 3.0, 2.9, 3.0, 3.1, 3.0], 0.0, 3, 0, 0.1),
    ],
)
def test_who_looks_like_extraction(name, volumes, wording, coding, low, high):
    row = marks(volumes, wording, coding)
    assert low <= row["extraction"] <= high, (name, row)


def test_three_kinds_of_equality_make_structure():
    assert marks(HUMAN)["structure"] < 0.1
    assert marks(EVEN)["structure"] > 0.8
    assert marks(HUMAN, wording=0.5)["structure"] == pytest.approx(1)
    assert marks(HUMAN, moves=moves([(9, 10)] * 10, [(0, 10)] * 200))["structure"] > 0.8


def test_wording_that_most_of_its_senders_share_from_outside_is_not_theirs():
    own, copied = marks(BUSY_EVEN, 0.6), marks(BUSY_EVEN, 0.6, elsewhere=90)
    assert own["wording"] == 1
    assert copied["wording_share"] == pytest.approx(0.06)


def test_among_many_clusters_one_in_twenty_is_not_found_equal():
    """Sixty clusters of chance accounts: none is equal; the same ones beside a dispatcher's: it is, and they are not."""
    chance = {c: range(10 * c, 10 * c + 10) for c in range(60)}
    volumes = [float(n) for n in np.random.default_rng(5).lognormal(1.0, 0.9, 600)]
    alone = extraction.marks(a_found([*volumes, *PEOPLE], chance), a_conduct())
    assert alone["evenness"].max() == 0
    found = a_found([*volumes, *EVEN, *PEOPLE], chance | {60: range(600, 610)})
    beside = extraction.marks(found, a_conduct()).sort("cluster")["evenness"]
    assert beside[60] > 0.8
    assert (beside[:60] > 0).sum() <= 3


def test_of_few_members_little_volume_is_sure():
    """Eight of forty busy people, in the same shares: the same median, of which less is known."""
    forty, eight = (marks(size * [5.0, 6.0, 12.0, 14.0])["volume"] for size in (10, 2))
    assert 0.05 < eight < forty - 0.05


COLLEAGUES = 4 * [2.2, 2.5, 2.9, 3.2, 3.6, 4.0, 4.5, 5.0, 5.8, 6.6]  # equal, but not as a dispatcher makes them
CONDUCT = {
    "one tool and one focus": ([1.5 * n for n in 4 * HUMAN], 0.6, 16),
    "loads as equal as colleagues', one wording": (COLLEAGUES, 0.6, 3),
    "loads as equal as colleagues', one focus": (COLLEAGUES, 0.0, 18),
}


@pytest.mark.parametrize("name", CONDUCT)
def test_an_office_with_human_volumes_gets_less_than_the_same_conduct_from_own_networks(name):
    hidden, office = marks(*CONDUCT[name]), marks(*CONDUCT[name], placed=0.8)
    assert office["one_place"] == pytest.approx(0.8, abs=0.1)
    assert hidden["one_place"] == 0 and hidden["extraction"] > 0.15 > 0.05 > office["extraction"]
    assert [hidden[mark] for mark in ("volume", "structure", "focus")] == [office[mark] for mark in ("volume", "structure", "focus")]


def test_no_office_is_that_equal():
    assert marks([0.6 * n for n in EVEN], 0.6, 3, placed=0.9)["extraction"] > 0.9


def test_no_office_sends_so_much():
    assert marks(BUSY_EVEN, 0.6, 16, placed=0.9)["extraction"] > 0.9


@pytest.mark.parametrize(
    ("name", "shares", "low", "high"),
    [
        ("a third of it at work", [0.3] * 40, 0.2, 1),
        ("a few in the office, the rest anywhere", [1.0] * 16 + [0.2] * 24, 0.2, 1),
        ("most in the office, some anywhere", [0.9] * 24 + [0.0] * 16, 0, 0.1),
        ("everybody there", [1.0] * 40, 0, 0.1),
    ],
)
def test_one_place_is_where_the_median_member_sends_from(name, shares, low, high):
    row = marks(COLLEAGUES, 0.6, 3, placed=shares)
    assert low <= row["extraction"] <= high, (name, row)


@settings(max_examples=15)
@given(st.lists(st.floats(0.5, 900), min_size=2, max_size=12), st.floats(0, 1), st.integers(0, 20), st.floats(0, 1))
def test_one_place_never_adds_to_the_case(volumes, wording, coding, placed):
    assert marks(volumes, wording, coding, placed)["extraction"] <= marks(volumes, wording, coding)["extraction"] + 1e-9


AGENCY = [90.0, 14.0, 260.0, 40.0, 8.0, 120.0, 33.0, 75.0, 19.0, 150.0]


def paid(share, volumes=AGENCY, wording=0.9, coding=3):
    """The marks of a cluster with `volumes`, of whose members a `share` pays with one card and the others each with their own."""
    size = len(volumes)
    found = a_found([*volumes, *PEOPLE], {0: range(size)}, common=dict.fromkeys(range(size), wording), cards=range(round(share * size)))
    return extraction.marks(found, a_conduct(some_asks({"coding": [coding] * size + THEIR_CODING}))).row(0, named=True)


def test_whose_card_pays_for_most_is_a_customer_with_a_task():
    assert paid(0.0)["extraction"] > 0.5
    assert paid(0.4)["extraction"] == paid(0.0)["extraction"]
    assert paid(0.6)["extraction"] < 0.3
    assert paid(1.0, BUSY_EVEN)["extraction"] > 0.9, "but not with the loads of a machine"
    assert paid(1.0, coding=19)["extraction"] > paid(1.0)["extraction"]


def test_one_payer_has_its_sentence():
    row = paid(0.8) | {"coordinated": 0.0}
    assert any(s.startswith("80% of members pay with one and the same card") for s in extraction.sentences(row, WORDS))
    assert not any("card" in s for s in extraction.sentences(paid(0.4) | {"coordinated": 0.0}, WORDS))


def test_the_place_has_its_sentence():
    told = extraction.sentences(marks(EVEN, 0.6, 3, placed=0.8) | {"coordinated": 0.0}, WORDS)
    assert any("% of it from addresses that mark the cluster" in sentence for sentence in told)
    assert not any("addresses" in sentence for sentence in extraction.sentences(marks(EVEN, 0.6, 3) | {"coordinated": 0.0}, WORDS))


def test_each_mark_has_its_sentence():
    told = extraction.sentences(marks(BUSY_EVEN, 0.6, 16) | {"coordinated": 0.0}, WORDS)
    assert [sentence.split()[0] for sentence in told] == ["Volume", "Structure", "Focus"]
    assert "80% of members' sampled prompts ask for code" in told[2]
    ordinary = extraction.sentences(marks(HUMAN) | {"coordinated": 0.5}, WORDS)
    assert ordinary[0].startswith("50% of members are tied to others") and "no more concentrated" in ordinary[3]


def test_without_texts_focus_is_not_available():
    found = a_found([*EVEN, *PEOPLE], {0: range(10)})
    row = extraction.marks(found, a_conduct()).row(0, named=True)
    assert row["focus"] == 0
    assert "not available" in extraction.sentences(row | {"coordinated": 0.0}, WORDS)[-1]
    assert extraction.sentences({}, WORDS) == ("No member was active in the window.",)


@settings(max_examples=30)
@given(st.lists(st.floats(0.1, 900), min_size=1, max_size=30), st.floats(0, 1), st.integers(0, 20))
def test_every_mark_stays_between_0_and_1_and_knows_no_chance(volumes, wording, coding):
    row = marks(volumes, wording, coding)
    assert all(0 <= row[mark] <= 1 for mark in ("volume", "structure", "focus", "extraction"))
    assert row == marks(volumes, wording, coding)

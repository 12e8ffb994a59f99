import random

from hypothesis import given
from hypothesis import strategies as st

from graph import membership
from graph.explain.model import DOUBT_BITS, LEAST_BITS, Term, independent, total, waterfall, witnesses


def a_term(channel: str, bits: float, number: int, conclusive: bool = False, software: bool = False) -> Term:
    return Term(channel, "card", f"entity {number}", "", bits, conclusive=conclusive, software=software)


TERMS = st.lists(
    st.tuples(st.sampled_from(["payment", "ip", "timing"]), st.floats(0, 30).map(lambda b: round(b, 3)), st.booleans()), max_size=30
).map(lambda rows: [a_term(channel, bits, number, conclusive) for number, (channel, bits, conclusive) in enumerate(rows)])


def test_the_figures_are_memberships_own() -> None:
    assert (DOUBT_BITS, LEAST_BITS) == (membership._DOUBT_BITS, membership._LEAST_BITS)


@given(TERMS)
def test_the_total_is_the_sum_of_what_terms_count(terms: list[Term]) -> None:
    found = waterfall(terms)
    assert len(found) == len(terms)
    assert total(found) == round(sum(term.counted for term in found), 3)
    assert all(abs(term.counted - term.bits * term.weight) <= 0.000501 for term in found)


@given(TERMS)
def test_within_a_channel_each_further_term_counts_half(terms: list[Term]) -> None:
    found = waterfall(terms)
    for channel in {term.channel for term in found}:
        spoken = [term for term in found if term.channel == channel and term.bits >= LEAST_BITS]
        assert [term.weight for term in spoken] == [0.5**i for i in range(len(spoken))]
        assert [(term.conclusive, term.bits) for term in spoken] == sorted(((t.conclusive, t.bits) for t in spoken), reverse=True)
    assert all(term.counted == 0 for term in found if term.bits < LEAST_BITS)


@given(TERMS, st.integers(0, 1000))
def test_the_order_of_terms_changes_nothing(terms: list[Term], seed: int) -> None:
    shuffled = random.Random(seed).sample(terms, len(terms))
    assert waterfall(shuffled) == waterfall(terms)


def test_software_is_one_witness_and_what_is_conclusive_needs_none() -> None:
    software = waterfall([a_term("prompt", 12.0, 1, software=True), a_term("metadata", 9.0, 2, software=True)])
    assert (witnesses(software), independent(software)) == ({"software": 21.0}, 0.0)
    two = waterfall([a_term("payment", 12.0, 1), a_term("ip", 9.0, 2)])
    assert independent(two) == 9.0
    assert independent(waterfall([a_term("timing", 15.0, 1, conclusive=True)])) == 15.0
    assert independent(()) == 0.0

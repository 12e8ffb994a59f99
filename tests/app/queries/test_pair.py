import pytest

from app.queries import pair
from app.queries.night import Night, NotFound
from graph.explain import Explanation, Reason
from graph.explain.model import Term, total, waterfall
from tests.factory import HOSTILE

ONE, OTHER = "acct-0-00001", "acct-0-00002"


def an_explanation(*terms: Term, why_not: tuple[Reason, ...] = (), notes: tuple[str, ...] = ()) -> Explanation:
    weighed = waterfall(terms)
    return Explanation(f"{ONE} and {OTHER}", ONE, OTHER, "s", not why_not, "linked: it is", total(weighed), 18.0, weighed, why_not, notes)


def test_steps_follow_each_other_and_end_at_the_total(night: Night) -> None:
    terms = [Term("payment", "card", "a", "w", 8.0), Term("payment", "card", "b", "w", 6.0), Term("ip", "address", "c", "w", 2.5)]
    told = pair.told(night, an_explanation(*terms))
    assert [(step["label"], step["start"], step["counted"]) for step in told["steps"]] == [("a", 0, 8.0), ("b", 8.0, 3.0), ("c", 11.0, 2.5)]
    assert [step["weight"] for step in told["steps"]] == ["", "counts 1/2", ""]
    last = told["steps"][-1]
    assert last["start"] + last["counted"] + told["rest"][1] == told["total"] == 13.5
    assert told["most"] == 18.0


def test_small_steps_are_summed_up_and_none_is_lost(night: Night) -> None:
    terms = [Term("prompt", "sentence", f"s{i}", "w", 4.0) for i in range(12)]
    told = pair.told(night, an_explanation(*terms))
    count, bits = told["rest"]
    assert count + len(told["steps"]) == 12
    assert sum(step["counted"] for step in told["steps"]) + bits == pytest.approx(told["total"])
    assert all(step["counted"] >= pair.LEAST for step in told["steps"])


def test_raw_rows_and_labels_hide_nothing(night: Night) -> None:
    term = Term("ip", "address", HOSTILE, "w", 5.0, entity_id="1", rows=({"ip": HOSTILE, "n": 3},), rows_total=9)
    (step,) = pair.told(night, an_explanation(term))["steps"]
    assert "⟨U+202E⟩" in step["label"]
    assert step["rows"] == [{"ip": step["label"], "n": "3"}]
    assert (step["href"], step["rows_total"]) == ("/entity/1", 9)
    (unknown,) = pair.told(night, an_explanation(Term("ip", "address", "x", "w", 5.0, entity_id="99999")))["steps"]
    assert unknown["href"] == "", "an entity that links nothing tonight has no page"


def test_witnesses_and_reasons(night: Night) -> None:
    terms = [Term("timing", "workgroup", "w", "w", 9.0, conclusive=True), Term("metadata", "client", "c", "w", 3.0, software=True)]
    told = pair.told(night, an_explanation(*terms, why_not=(Reason("few", "Too few bits."),), notes=("Twice.", "Twice.")))
    assert [(part["word"], part["share"]) for part in told["witnesses"]] == [("Conclusive tests", 0.75), ("Software, all of it", 0.25)]
    assert (told["linked"], told["why_not"], told["notes"]) == (False, ["Too few bits."], ["Twice."])


@pytest.mark.parametrize("ends", [("nobody", ONE), (ONE, "CL-NONE"), ("CL-000000", "CL-000001"), ("", "")])
def test_what_is_no_pair(night: Night, ends: tuple[str, str]) -> None:
    with pytest.raises(NotFound):
        pair.check(night, *ends)


def test_two_accounts_and_an_account_with_a_cluster_are_pairs(night: Night) -> None:
    pair.check(night, ONE, OTHER)
    pair.check(night, "CL-000000", ONE)

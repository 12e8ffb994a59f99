import re

from graph.explain.model import Explanation, Reason, Term, total, waterfall
from graph.explain.printed import lines
from graph.text import visible
from tests.factory import HOSTILE
from tests.graph.explain.conftest import Case

ESCAPE = f"\x1b[2J\x07{HOSTILE}\u202e\u2028"


def told(terms: tuple[Term, ...], **more: object) -> Explanation:
    base = {
        "subject": ESCAPE,
        "one": ESCAPE,
        "other": "b",
        "snapshot": "S",
        "linked": True,
        "verdict": "linked",
        "total": total(terms),
        "needed": 20.0,
    }
    return Explanation(**{**base, "terms": terms, **more})  # type: ignore[arg-type]


def test_log_text_can_neither_hide_nor_reorder_nor_command() -> None:
    term = Term("payment", "card", ESCAPE, "Paid.", 9.0, rows=({"card": ESCAPE},), rows_total=1, remark=ESCAPE)
    text = lines(told(waterfall([term]), why_not=(Reason("decided", ESCAPE),), notes=(ESCAPE,)))
    assert all(line == visible(line) for line in text)
    assert sum("⟨U+202E⟩" in line for line in text) == 6


def test_the_first_column_adds_up_to_the_total(case: Case) -> None:
    for row in case.frame("members").sort("cluster_id", "account_id").gather_every(9).iter_rows(named=True):
        explanation = case.explain(row["account_id"], row["cluster_id"])
        figures = [round(float(m[1]) * 1000) for line in lines(explanation) if (m := re.match(r" *([+-]\d+\.\d{3})  ", line))]
        assert sum(figures[:-1]) == figures[-1] == round(row["bits"] * 1000)


def test_what_is_not_shown_is_counted() -> None:
    terms = waterfall([Term("prompt", "sentence", f"sentence {i}", "Sent.", 9.0 - i / 10) for i in range(12)])
    rows = {"rows": ({"n": 1},) * 3, "rows_total": 41}
    first = Term(**{**vars(terms[0]), **rows})
    text = "\n".join(lines(told((first, *terms[1:]))))
    assert "showing 3 of 41 rows" in text
    assert "7 more; showing 5 of 12" in text


def test_things_that_say_nothing_are_named_on_one_line() -> None:
    terms = waterfall(
        [Term("ip", "address", "203.0.113.9", "Used.", 0.4, accounts=4000), Term("ip", "network", "203.0.113.0/24", "Used.", 7.0)]
    )
    text = "\n".join(lines(told(terms)))
    assert "1 that say less than 1 bit, showing 1: address “203.0.113.9” (0.400 bits)" in text


def test_a_pair_is_told_what_bits_are_and_why_not(case: Case) -> None:
    one, two = case.outsiders("ordinary")[:2]
    text = "\n".join(lines(case.explain(one, two)))
    assert text.startswith(f"{one} and {two}: not linked") and "Why not:" in text and "log2(share / chance)" in text

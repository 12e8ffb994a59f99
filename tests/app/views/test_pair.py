from app.queries import pair
from app.queries.night import Night
from app.views import pair as views
from graph.explain.model import Term
from tests.app.queries.test_pair import an_explanation


def test_a_step_opens_to_its_raw_rows(night: Night) -> None:
    rows = ({"ip": "203.0.113.9"}, {"ip": "203.0.113.9", "model": "m"})
    told = pair.told(night, an_explanation(Term("ip", "address", "203.0.113.9", "w", 5.0, rows=rows, rows_total=7)))
    said = str(views.waterfall(told))
    assert "Th(children='model', scope='col')" in said
    assert "showing 2 of 7 raw rows" in said
    assert "18.0 needed" in said


def test_nothing_shared_is_said(night: Night) -> None:
    said = str(views.waterfall(pair.told(night, an_explanation())))
    assert "They share nothing that counts." in said
    assert "In all" in said

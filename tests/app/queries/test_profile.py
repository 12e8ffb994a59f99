import datetime as dt

import polars as pl

from app.queries import profile
from app.queries.night import Night
from graph.store.snapshot import FRAMES


def a_capability(name: str, lift: float, q: float, since: dt.date | None = None) -> dict[str, object]:
    return {
        "cluster_id": "CL-000000", "capability": name, "share": 0.3, "population_share": 0.3 / lift, "lift": lift, "p_value": q,
        "q_value": q, "accounts": 30, "prompts": 600, "since": since, "concentration": 0.2,
    }  # fmt: skip


def test_what_chance_does_not_explain_stands_first(night: Night) -> None:
    rows = [a_capability("coding", 30.0, 0.5), a_capability("grading", 9.0, 1e-9, dt.date(2026, 8, 5)), a_capability("maths", 12.0, 1e-8)]
    night._frames["capabilities"] = pl.DataFrame(rows, schema=FRAMES["capabilities"], orient="row")
    try:
        found = profile.capabilities(night, "CL-000000", {"grading": "ask to grade"}, most=2)
        assert [(row["capability"], row["said"], row["words"]) for row in found] == [("maths", True, ""), ("grading", True, "ask to grade")]
        assert found[1]["since"] == "5 Aug 2026"
        assert profile.prompts(night, "CL-000000") == 600
        assert profile.capabilities(night, "CL-000001", {}) == []
    finally:
        del night._frames["capabilities"]


def test_ties_name_bridges_first_and_only_members(night: Night) -> None:
    cluster = night.cluster("CL-000001")
    cluster |= {"bridges": ["acct-1-00003"], "weakest_ties": ["acct-1-00001", "gone"]}
    try:
        rows = profile.ties(night, "CL-000001")
    finally:
        del cluster["bridges"], cluster["weakest_ties"]
    assert [(row["role"], row["account_id"]) for row in rows] == [("bridge", "acct-1-00003"), ("weakest tie", "acct-1-00001")]
    assert rows[0]["why_href"] == "/pair/acct-1-00003/CL-000001"
    assert profile.ties(night, "CL-000002") == []

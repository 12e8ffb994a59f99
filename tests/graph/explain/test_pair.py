import math

import polars as pl
import pytest

from app.cli.main import run_command
from graph.errors import UsageError
from graph.explain import reasons
from graph.explain.model import Term, chance_of, total, waterfall
from graph.night import open_night
from graph.signals.registry import BY_KIND
from tests.graph.explain.conftest import Case


def test_members_of_a_workgroup_are_linked_by_it_and_by_their_cluster(case: Case) -> None:
    cluster, entity, (one, two, *_) = case.holding("workgroup")
    told = case.explain(one, two)
    assert told.linked and not told.why_not and cluster in told.verdict
    (term,) = [term for term in told.terms if term.kind == "workgroup"]
    popular = case.frame("entities").filter(pl.col("entity_id") == int(entity)).row(0, named=True)
    doubted = BY_KIND["workgroup"].doubt * (popular["units"] - 1)
    population = case.frame("accounts").height
    assert term.conclusive and term.accounts == popular["accounts"]
    assert term.bits == pytest.approx(-math.log2(doubted / population), abs=0.2)  # a few accounts of one organisation count once
    assert "same second" not in {term.kind for term in told.terms}, "the same seconds are not counted twice"


@pytest.mark.parametrize(("kind", "column"), [("relayed session", "session_id"), ("relayed prompt", "prompt_id")])
def test_rows_of_a_test_stand_in_the_raw_tables_of_both(case: Case, kind: str, column: str) -> None:
    _, entity, members = case.holding(kind)
    exchanges = open_night(case.workspace, None, 60).of_accounts(members).exchanges.collect()
    pairs = [(one, two) for i, one in enumerate(members) for two in members[i + 1 :]]
    told = next(term for one, two in pairs for term in case.explain(one, two).terms if term.entity_id == entity and term.rows)
    assert told.conclusive and not told.remark
    for row in told.rows:
        sent = exchanges.filter(pl.col(column).cast(pl.String) == row[column])["account_id"]
        assert {row["account_id"], row["other"]} <= set(sent)


@pytest.mark.parametrize("kind", ["workgroup", "sentence", "address"])
def test_either_account_may_be_named_first(case: Case, kind: str) -> None:
    _, _, (one, two, *_) = case.holding(kind)
    there, back = case.explain(one, two), case.explain(two, one)
    assert (there.total, there.needed, there.linked) == (back.total, back.needed, back.linked)
    assert [(t.kind, t.label, t.bits) for t in there.terms] == [(t.kind, t.label, t.bits) for t in back.terms]
    assert there.total == total(there.terms)


def test_a_thing_says_less_the_more_have_it_and_the_busier_the_two_are(case: Case) -> None:
    assert chance_of(1, 1, 1000) < chance_of(1, 2, 1000) < chance_of(3, 2, 1000) < chance_of(3, 2, 500) < 1
    assert chance_of(1, 1, 1000) == pytest.approx(0.001, rel=0.01)
    _, _, (one, two, *_) = case.holding("address")
    for term in case.explain(one, two).terms:
        assert term.bits == pytest.approx(-math.log2(term.chance or 1), abs=0.001)


def test_accounts_of_two_clusters_are_told_both(case: Case) -> None:
    first = case.frame("members").sort("cluster_id", "account_id").unique("cluster_id", keep="first", maintain_order=True).head(2)
    (one, two), (ours, theirs) = first["account_id"], first["cluster_id"]
    told = case.explain(one, two)
    (reason,) = [reason for reason in told.why_not if reason.code == "different-clusters"]
    assert not told.linked and ours in reason.sentence and theirs in reason.sentence


def test_a_declared_organisation_counts_once(case: Case) -> None:
    declared = case.frame("accounts").drop_nulls("org_id").sort("org_id", "account_id")
    inside = set(case.frame("members")["account_id"])
    one, two = [a for a in declared["account_id"] if a not in inside][:2]
    told = case.explain(one, two)
    assert not told.linked and told.why_not[0].code == "same-organisation"
    assert declared["org_id"][0] in told.why_not[0].sentence
    assert any(note.startswith("Not counted") for note in told.notes), "what only colleagues share is named, and not counted"


def test_users_of_one_public_exit_share_what_others_share_too(case: Case) -> None:
    shared = [case.explain(one, two) for one, two in zip(case.outsiders("cgnat"), case.outsiders("cgnat")[1:], strict=False)]
    told = next(t for t in shared if any(term.kind in ("address", "network") for term in t.terms))
    reason = next(reason for reason in told.why_not if reason.code == "popular")
    assert not told.linked
    assert all(f"({term.accounts:,} accounts, {term.bits:.3f} bits)" in reason.sentence for term in told.terms[:3])


def test_one_witness_is_not_enough_however_much_it_says() -> None:
    alone = waterfall([Term("prompt", "sentence", "x", "", 30.0, software=True), Term("metadata", "client", "y", "", 20.0, software=True)])
    (reason,) = reasons.threshold(alone, 20.0)
    assert reason.code == "one-witness" and "software alone" in reason.sentence and "50.000" in reason.sentence
    assert reasons.threshold(waterfall([*alone, Term("ip", "address", "z", "", 4.0)]), 20.0) == ()
    (few,) = reasons.threshold(waterfall([Term("timing", "workgroup", "w", "", 4.0, conclusive=True)]), 20.0)
    assert few.code == "few-bits" and "4.000" in few.sentence and "20.000" in few.sentence


def test_what_people_decided_of_two_accounts_is_told(own: Case) -> None:
    one, two, three = own.outsiders("ordinary")[:3]
    where = str(own.workspace.root)
    assert run_command(["decide", where, "cannot-link", one, "--from", two, "--by", "ana", "--reason", "two people"]) == 0
    assert run_command(["decide", where, "must-link", one, three, "--by", "bo", "--reason", "one person"]) == 0
    apart, together = own.explain(two, one), own.explain(one, three)
    assert apart.why_not[0].code == "decided" and "ana" in apart.why_not[0].sentence and "two people" in apart.why_not[0].sentence
    assert any("bo" in note and "one person" in note for note in together.notes)


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [("nobody", "ACCOUNT", "clew clusters"), ("ACCOUNT", "ACCOUNT", "one account"), ("CLUSTER", "CLUSTER", "two clusters")],
)
def test_names_that_cannot_be_explained_are_refused_with_a_remedy(case: Case, one: str, other: str, says: str) -> None:
    cluster, _, (account, *_) = case.holding("card")
    names = {"ACCOUNT": account, "CLUSTER": cluster}
    with pytest.raises(UsageError, match=says):
        case.explain(names.get(one, one), names.get(other, other))

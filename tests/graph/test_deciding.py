"""What a person says becomes a decision only where everything it names is known."""

import pytest

from graph.deciding import SAYS, draft
from graph.errors import UsageError
from graph.store.decisions import Decision, Kind
from tests.factory import a_snapshot, a_workspace

A, B = "acct-0-00000", "acct-1-00001"
ONE, TWO = "CL-000000", "CL-000001"


@pytest.fixture(scope="module")
def snap(tmp_path_factory):
    return a_snapshot(a_workspace(tmp_path_factory.mktemp("deciding")), clusters=2, accounts=5)


def drafted(snap, kind, *targets, apart=(), by="ana", reason="because", book=()):
    return draft(snap, book, Decision(Kind(kind), by, reason, "2026-08-04T09:00:00+00:00"), targets, apart)


def test_clusters_stand_for_their_accounts(snap):
    decision = drafted(snap, "must-link", ONE, B)
    assert decision.accounts == (*(f"acct-0-0000{i}" for i in range(5)), B)
    parted = drafted(snap, "cannot-link", A, apart=(TWO,))
    assert (parted.accounts, len(parted.others)) == ((A,), 5)


def test_a_verdict_keeps_what_the_cluster_was(snap):
    decision = drafted(snap, "cleared", TWO)
    assert (decision.cluster_id, len(decision.accounts), decision.snapshot) == (TWO, 5, snap.snapshot_id)
    assert set(decision.channels) == {"payment", "ip", "prompt", "timing"}


def test_exclusion_names_accounts_and_one_cluster(snap):
    decision = drafted(snap, "exclude", A, B, apart=(ONE,))
    assert (decision.accounts, decision.cluster_id) == ((A, B), ONE)


def test_a_withdrawal_names_a_decision_in_force(snap):
    book = (Decision(Kind.CONFIRMED, "ana", "x", "t", number=1), Decision(Kind.WITHDRAW, "ana", "x", "t", withdraws=1, number=2))
    assert drafted(snap, "withdraw", "1", book=book[:1]).withdraws == 1
    for text in ("1", "2", "3", "one"):
        with pytest.raises(UsageError, match=f"{text}: no decision"):
            drafted(snap, "withdraw", text, book=book)


@pytest.mark.parametrize(
    ("arguments", "more", "fault"),
    [
        (["confirmed", "CL-9"], {}, "CL-9: no cluster"),
        (["confirmed", A], {}, f"{A}: no cluster"),
        (["confirmed"], {}, "too few"),
        (["confirmed", ONE, TWO], {}, "too many"),
        (["confirmed", ONE], {"apart": (TWO,)}, "too many"),
        (["exclude", "nobody"], {"apart": (ONE,)}, "nobody: no account of"),
        (["exclude", TWO], {"apart": (ONE,)}, f"{TWO}: no account of"),
        (["exclude", A], {}, "too few"),
        (["exclude", A], {"apart": (ONE, TWO)}, "too many"),
        (["exclude"], {"apart": (ONE,)}, "names no account"),
        (["must-link", A], {}, "one account alone"),
        (["must-link", A, "CL-9"], {}, "CL-9: no account or cluster"),
        (["must-link", A, B], {"apart": (ONE,)}, "too many"),
        (["cannot-link", A], {}, "both sides"),
        (["cannot-link", A], {"apart": (ONE,)}, f"{A} stands on both sides"),
        (["withdraw"], {}, "too few"),
        (["confirmed", ONE], {"by": " "}, "--by: is empty"),
        (["confirmed", ONE], {"reason": ""}, "--reason: is empty"),
        (["confirmed", ONE], {"reason": "x" * 2001}, "--reason: is too long"),
    ],
)
def test_what_cannot_be_meant_is_refused(snap, arguments, more, fault):
    with pytest.raises(UsageError, match=fault):
        drafted(snap, *arguments, **more)


def test_every_kind_says_how_it_is_written():
    assert set(SAYS) == set(Kind)

"""What people decided holds: who is joined, parted, taken out; what stays flagged; and the reasons say so."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.decisions import confirmed, excluded, judged, linked
from graph.found import Found
from graph.incidence import Bipartite
from graph.lineage import Line
from graph.scoring import Score
from graph.store.decisions import Decision, Kind
from graph.vocabulary import BY_A_PERSON

ACCOUNTS = [f"a{i:02d}" for i in range(24)]
FIRST = datetime(2026, 8, 3, tzinfo=UTC)
SMALLEST = 3


def decided(kind, accounts="", others="", number=1, **more):
    names = {"accounts": tuple(accounts.split()), "others": tuple(others.split())}
    return Decision(Kind(kind), "ana", "because", "2026-08-04T09:00:00+00:00", number=number, **names, **more)


def found(clusters, bits=(), idle=(), units=None):
    """`clusters`: number → numbers of accounts. `bits`: (cluster, account) → bits of channel ip; 5 where nothing is said."""
    accounts = pl.DataFrame(
        {"account": range(24), "account_id": ACCOUNTS, "unit": units or range(24)}, schema_overrides={"account": pl.UInt32}
    )
    groups = pl.DataFrame(
        sorted((c, a) for c, members in clusters.items() for a in members), schema={"cluster": pl.Int32, "account": pl.UInt32}, orient="row"
    )
    said = [(c, a, "ip", dict(bits).get((c, a), 5.0)) for c, a in groups.iter_rows()]
    schema = {"cluster": pl.Int32, "account": pl.UInt32, "channel": pl.String, "bits": pl.Float64}
    facts = accounts.select("account", "account_id", exchanges=pl.when(pl.col("account").is_in(list(idle))).then(0).otherwise(9))
    empty = pl.DataFrame()
    bipartite = Bipartite(accounts, empty, empty, empty, empty, None)
    return Found(bipartite, groups, facts, empty, pl.DataFrame(said, schema=schema, orient="row"), empty)


def held(groups):
    return {cluster: {int(a) for a in rows["account"]} for (cluster,), rows in groups.group_by("cluster")}


def after(night, *book):
    groups, notes = linked(night, book, SMALLEST)
    return held(groups), notes


def ids(*numbers):
    return " ".join(ACCOUNTS[n] for n in numbers)


def line(name="CL-1", accounts=4, names=None):
    return Line(name, "same", (), names or (name,), FIRST, accounts)


def test_without_decisions_nothing_changes():
    night = found({0: [1, 2, 3]})
    assert linked(night, (), SMALLEST)[0] is night.groups
    assert excluded(night, (), {0: line()}, SMALLEST)[0] is night.groups


def test_linked_accounts_join_the_cluster_where_most_of_them_are():
    groups, notes = after(found({0: [0, 1, 2, 3], 1: [4, 5, 6, 7]}), decided("must-link", ids(0, 1, 4, 20)))
    assert groups == {0: {0, 1, 2, 3, 4, 20}, 1: {5, 6, 7}}
    assert list(notes) == [0] and "2 accounts joined it" in notes[0][0]


def test_a_cluster_mostly_of_linked_accounts_comes_whole():
    groups, _ = after(found({0: [0, 1, 2, 3], 1: [4, 5, 6]}), decided("must-link", ids(0, 1, 2, 3, 4, 5)))
    assert groups == {0: {0, 1, 2, 3, 4, 5, 6}}


def test_links_chain():
    book = (decided("must-link", ids(0, 20)), decided("must-link", ids(20, 21), number=2))
    groups, notes = after(found({0: [0, 1, 2]}), *book)
    assert groups == {0: {0, 1, 2, 20, 21}}
    assert len(notes[0]) == 2


def test_accounts_that_did_nothing_or_stand_nowhere_are_not_drawn_in():
    assert after(found({0: [0, 1, 2]}, idle=[20]), decided("must-link", ids(0, 20)))[0] == {0: {0, 1, 2}}
    assert after(found({0: [0, 1, 2]}), decided("must-link", ids(20, 21) + " stranger"))[0] == {0: {0, 1, 2}}


def test_of_two_that_must_be_apart_the_one_with_less_evidence_leaves():
    night = found({0: [0, 1, 2, 3, 4]}, bits={(0, 1): 9.0})
    groups, notes = after(night, decided("cannot-link", ids(1), ids(2)))
    assert groups == {0: {0, 1, 3, 4}}
    assert "kept 1 account apart" in notes[0][0]


def test_a_part_that_is_large_enough_becomes_a_cluster_of_its_own():
    groups, notes = after(found({0: range(9)}), decided("cannot-link", ids(0, 1, 2, 3), ids(4, 5, 6)))
    assert groups == {0: {0, 1, 2, 3, 7, 8}, 1: {4, 5, 6}}
    assert "a cluster of their own" in notes[1][0]


def test_what_parts_outweighs_what_joins():
    groups, _ = after(found({0: [0, 1, 2, 3]}), decided("must-link", ids(0, 20)), decided("cannot-link", ids(0), ids(20), number=2))
    assert groups == {0: {0, 1, 2, 3}}


def test_what_decisions_leave_too_small_is_no_cluster():
    groups, _ = after(found({0: [0, 1, 2], 1: [4, 5, 6]}), decided("cannot-link", ids(0), ids(1)))
    assert groups == {1: {4, 5, 6}}


def test_one_declared_organisation_counts_once():
    groups, _ = after(found({0: range(9)}, units=[0] * 9 + list(range(9, 24))), decided("cannot-link", ids(0, 1, 2, 3, 4), ids(5, 6, 7, 8)))
    assert groups == {}


@pytest.mark.parametrize(("names", "out"), [(("CL-1",), True), (("CL-1", "CL-2"), True), (("CL-2",), False)])
def test_who_is_excluded_is_out_of_that_line_and_of_what_became_of_it(names, out):
    night = found({0: [0, 1, 2, 3, 4]})
    groups, notes = excluded(night, (decided("exclude", ids(0), cluster_id="CL-1"),), {0: line("CL-2", names=names)}, SMALLEST)
    assert (0 not in held(groups)[0]) is out
    assert bool(notes) is out


SCORE = Score(0.9, 0.9, "pool", ("a reason.",))
WEAK = Score(0.1, 0.1, "pool", ())


def verdict(score, *book, accounts=4, names=None, **tonight):
    night = found({0: range(accounts)}, **tonight)
    return judged({0: score}, night, {0: line(accounts=accounts, names=names)}, book, {0: ("a note",)}, {})[0]


def test_what_was_confirmed_stays_flagged():
    outcome = verdict(WEAK, decided("confirmed", cluster_id="CL-1"))
    assert (outcome.flagged, outcome.total, outcome.decided) == (True, WEAK.total, "confirmed")
    assert outcome.reasons[0] == "a note" and "confirmed this cluster" in outcome.reasons[1]


CLEARED = {"accounts": ids(0, 1, 2, 3), "cluster_id": "CL-1", "channels": {"ip": 20.0}}


@pytest.mark.parametrize(("accounts", "flagged"), [(4, False), (6, False), (7, True)])
def test_what_was_cleared_is_left_alone_until_it_has_grown_by_more_than_half(accounts, flagged):
    outcome = verdict(SCORE, decided("cleared", **CLEARED), accounts=accounts)
    assert outcome.flagged is flagged
    assert (f"{accounts - 4} others stand in it now" in outcome.reasons[-1]) is flagged
    assert outcome.reasons[-1].startswith(BY_A_PERSON)


def test_a_cleared_line_hides_no_replaced_accounts():
    outcome = verdict(SCORE, decided("cleared", **{**CLEARED, "accounts": ids(20, 21, 22, 23)}))
    assert outcome.flagged and "4 others stand in it now" in outcome.reasons[-1]


def test_what_was_cleared_is_looked_at_again_when_another_channel_speaks():
    outcome = verdict(SCORE, decided("cleared", **{**CLEARED, "channels": {"prompt": 20.0}}))
    assert outcome.flagged and "before ip spoke for it" in outcome.reasons[-1]


def test_the_last_word_counts_also_for_what_the_cluster_became():
    book = (decided("confirmed", cluster_id="CL-1"), decided("cleared", number=2, **CLEARED))
    assert not verdict(SCORE, *book, names=("CL-1", "CL-9")).flagged
    assert verdict(WEAK, *reversed(book)).flagged
    assert confirmed(book) == frozenset() and confirmed(book[::-1]) == {"CL-1"}


def test_others_verdicts_change_nothing():
    assert verdict(SCORE, decided("cleared", cluster_id="CL-7")).reasons == ("a reason.", "a note")


WHERE = st.lists(st.integers(-1, 3), min_size=24, max_size=24)
SOME = st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=8, unique=True)
BOOK = st.lists(
    st.one_of(
        SOME.map(lambda names: decided("must-link", " ".join(names))),
        SOME.map(lambda names: decided("cannot-link", " ".join(names[::2]), " ".join(names[1::2]))),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40)
@given(WHERE, BOOK)
def test_no_two_parts_stand_together_and_what_is_linked_stands_together(where, book):
    night = found({k: [a for a, w in enumerate(where) if w == k] for k in range(4)})
    groups, notes = linked(night, tuple(book), SMALLEST)
    clusters = {cluster: {ACCOUNTS[a] for a in members} for cluster, members in held(groups).items()}
    assert set(notes) <= set(clusters)
    for decision in book:
        sides = [set(decision.accounts), set(decision.others)]
        assert not any(all(members & side for side in sides) for members in clusters.values())
        if all(other.kind is Kind.MUST_LINK for other in book):
            assert all(members >= sides[0] for members in clusters.values() if members & sides[0])
    before = {ACCOUNTS[a] for members in held(night.groups).values() for a in members}
    assert {a for members in clusters.values() for a in members} <= before | {a for decision in book for a in decision.accounts}


@pytest.mark.parametrize(("kind", "campaign"), [("cleared", "cleared"), ("confirmed", None)])
def test_who_clears_a_pool_clears_the_campaigns_within_it_and_who_confirms_it_confirms_no_more(kind, campaign):
    night = found({0: range(8), 1: range(4)})
    lines = {0: line(accounts=8), 1: line(accounts=4, names=("CL-2",))}
    about = decided(kind, ids(*range(8)), cluster_id="CL-1", channels={"ip": 20.0})
    after = judged({0: WEAK, 1: WEAK}, night, lines, (about,), {}, {1: 0})
    assert (after[0].decided, after[1].decided) == (kind, campaign)
    assert ("its pool was cleared" in " ".join(after[1].reasons)) == (campaign == "cleared")

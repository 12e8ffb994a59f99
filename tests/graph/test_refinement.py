"""Refinement: what is one comes out whole however it was cut, what a hub glued comes apart."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import membership, refinement
from graph.membership import Groups
from graph.progress import Silent
from tests.graph.graphs import a_graph, held, named
from tests.graph.nights import at

SMALLEST = 5


def people(count=1500):
    return {
        f"p{i:03d}": {"card": [f"card of p{i}"], "address": [f"home {i}", f"work {i // 6}"], "sentence": [f"own {i}"]} for i in range(count)
    }


def pool(mark, size, seed=1):
    """Each account has some of the pool's cards and addresses, and its wording."""
    rng = np.random.default_rng([seed, ord(mark)])

    def some(kind, of, few):
        return [f"{kind} {mark}{n}" for n in rng.choice(of, few, replace=False)]

    return {
        f"{mark}{i:02d}": {"card": some("card", max(2, size // 6), 2), "address": some("exit", size, 5), "sentence": [f"wording {mark}"]}
        for i in range(size)
    }


def graph(*worlds, **more):
    """more: kind → value → accounts."""
    everyone = {name: things for world in worlds for name, things in world.items()}
    touched = {
        kind: {name: [*things.get(kind, [])] for name, things in everyone.items()} for kind in ("card", "address", "sentence", *more)
    }
    for kind, values in more.items():
        for value, who in values.items():
            for name in who:
                touched[kind][name].append(value)
    return a_graph(**touched)


def refined(built, *seeds, smallest=SMALLEST):
    return sorted(named(built, refinement.refine(built, held(built, *seeds), smallest, Silent())), key=min)


def cut(members, pieces):
    ordered = sorted(members)
    return [ordered[n::pieces] for n in range(pieces)]


A, B = pool("a", 24), pool("b", 24)


@pytest.mark.parametrize("pieces", [1, 2, 3, 4])
def test_a_pool_cut_in_pieces_comes_out_whole_and_alone(pieces):
    built = graph(people(), A)
    assert refined(built, *cut(A, pieces)) == [set(A)]


def test_pieces_that_overlap_and_hold_strangers_come_out_as_the_pool():
    built = graph(people(), A)
    ordered = sorted(A)
    seeds = [[*ordered[:16], "p001", "p002"], [*ordered[8:], "p003"], [*ordered[4:20]], ["p007", "p008", "p009", "p010", "p011"]]
    assert refined(built, *seeds) == [set(A)]


HUBS = {
    "a public exit": {"address": {"public": [*A, *B, *list(people())[:60]]}},
    "a popular harness": {"client": {"harness": [*A, *B, *list(people())[:40]]}},
    "an exit of theirs alone": {"address": {"public": [*A, *B]}},
}


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize(("pieces", "others"), [(1, ""), (3, ""), (1, "cdefgh")])
def test_two_pools_that_a_hub_glued_come_apart_beside_however_many_others(hub, pieces, others):
    more = [pool(mark, 24) for mark in others]
    built = graph(people(), A, B, *more, **HUBS[hub])
    assert refined(built, *cut([*A, *B], pieces), *more) == [set(A), set(B), *map(set, more)]


def test_two_pools_that_nothing_glues_come_apart():
    assert refined(graph(people(), A, B), [*A, *B]) == [set(A), set(B)]


def test_two_pools_that_share_all_their_cards_and_exits_are_one():
    twice = {f"b{name[1:]}": things for name, things in A.items()}
    built = graph(people(), A, twice)
    assert refined(built, list(A), list(twice)) == [{*A, *twice}]


def test_groups_that_belong_to_each_other_are_joined_under_the_lowest_number():
    built = graph(people(), A, B)
    joined = refinement._joined(Groups(built, held(built, list(B), *cut(A, 3))))
    assert named(built, joined.held) == [set(B), set(A)] and joined.held["cluster"].unique().sort().to_list() == [1, 2]


@pytest.mark.parametrize("dispatched", [False, True])
def test_accounts_of_one_dispatcher_move_together(dispatched):
    """A quarter of the pool shares more with another one than with its own; only its seconds say whose it is."""
    ordered = sorted(A)
    lured = set(ordered[:6])
    lures = {
        "address": {f"lure {n}": [*sorted(B)[n:], *lured] for n in range(4)},
        "card": {f"gift {n}": [*sorted(B)[n:], *lured] for n in range(3)},
    }
    seconds = {"dispatcher": {"one": ordered, "two": sorted(B)}} if dispatched else {}
    built = graph(people(), A, B, **lures, **seconds)
    assert refined(built, ordered, [*B, *lured], list(B)) == ([set(A), set(B)] if dispatched else [{*B, *lured}, set(A) - lured])


def test_a_group_of_one_witness_and_a_group_too_small_do_not_stand():
    cards = {"card": {"shared": [f"p{i:03d}" for i in range(0, 200, 20)]}}
    assert refined(graph(people(), **cards), [f"p{i:03d}" for i in range(0, 200, 20)]) == []
    few = dict(list(A.items())[:4])
    assert refined(graph(people(), few), list(few)) == []
    assert refined(graph(people(), few), list(few), smallest=4) == [set(few)]


def test_nobody_in_a_pool_by_one_visit_to_its_exit():
    built = graph(people(), A, address={"exit a3": ["p001"]}, card={"card a1": ["p002"]})
    assert refined(built, [*A, "p001", "p002"]) == [set(A)]


@pytest.mark.parametrize("users", [0, 60])
def test_wording_of_their_own_speaks_for_accounts_that_share_nothing_else_and_a_harness_does_not(users):
    """Six more accounts of the pool have own cards and exits, and its wording and client; or people have these, too."""
    bare = {f"a{i}": {"card": [f"card of a{i}"], "address": [f"exit of a{i}"], "sentence": ["wording a"]} for i in range(30, 36)}
    others = list(people())[:users]
    built = graph(people(), A, bare, client={"odd": [*A, *bare, *others]}, sentence={"wording a": others})
    groups = Groups(built, held(built, [*A, *bare]))
    assert set(groups.own.join(built.entities, on="entity")["value"]) == (set() if users else {"wording a"})
    numbers = built.accounts.filter(pl.col("account_id").is_in(sorted(bare)))["account"]
    said = groups.members.filter(pl.col("account").is_in(numbers.implode()))
    assert len(said) == 6 and (
        (said["independent"] >= membership.CORROBORATION_BITS).all() if not users else (said["independent"] < 1).all()
    )


def busy(built, **often):
    """often: first letter of an account → its exchanges; everybody else has one."""
    first = pl.col("account_id").str.slice(0, 1)
    return replace(built, accounts=built.accounts.with_columns(exchanges=first.replace_strict(often, default=1, return_dtype=pl.Int64)))


@pytest.mark.parametrize(("exchanges", "stay"), [(1, True), (200, False)])
def test_who_is_busy_and_sends_none_of_the_groups_own_wording_leaves_it(exchanges, stay):
    """Ten people use the public exits and the mail domain of a pool whose accounts send one sentence in a tenth of their requests."""
    strangers, others = [f"s{i}" for i in range(10)], list(people())
    own = {name: {"card": [f"card of {name}"], "address": [f"home {name}"], "sentence": [f"own {name}"]} for name in strangers}
    exits = {f"exit a{n}": [*others[n * 5 : n * 5 + 5], *strangers[n % 5 :: 5]] for n in range(24)}
    mail = {"common": [*sorted(A)[:12], *strangers, *others[:40]]}
    built = busy(graph(people(), A, own, address=exits, domain=mail), a=10, s=exchanges)
    apart = refinement._outspoken(Groups(built, held(built, [*A, *strangers])))
    assert named(built, apart) == ([{*A, *strangers}] if stay else [set(A), set(strangers)])


def test_a_pool_with_an_aim_of_which_half_its_accounts_send_nothing_stays_whole():
    half = {name: {**things, "sentence": [f"aim of {i % 2}"] if i % 2 else []} for i, (name, things) in enumerate(A.items())}
    built = busy(graph(people(), half), a=200)
    assert named(built, refinement._outspoken(Groups(built, held(built, list(A))))) == [set(A)]


def test_batches_of_one_pool_that_replace_each_other_after_bans_are_one():
    """Nothing else do they have in common. Strangers begin evenly over the month."""
    built = graph(people(), A, B, dispatcher={"one": list(A), "two": list(B)})
    day = pl.duration(hours=24)
    number, first = pl.col("account_id").str.slice(1).cast(pl.Int64), pl.col("account_id").str.slice(0, 1)
    later = pl.when(first == "a").then(0 * day).when(first == "b").then(8.05 * day).otherwise(number * day / 50)
    began = pl.lit(at(0)) + later
    ended = pl.when(first == "a").then(pl.lit(at(8 * 86400)))
    assert refined(built, list(A), list(B)) == [set(A), set(B)]
    assert refined(replace(built, accounts=built.accounts.with_columns(began=began, ended=ended)), list(A), list(B)) == [{*A, *B}]


def test_a_group_that_overlaps_two_campaigns_leaves_the_rest_of_it_its_own_group():
    """Most of a mixture belongs to a larger pool; what is left of it is a pool, too, and not gone with the mixture."""
    built = graph(people(), pool("a", 40), B)
    large, other = sorted(pool("a", 40)), sorted(B)[:16]
    parts = refinement._without_parts(Groups(built, held(built, large, [*large[:22], *other])))
    assert named(built, parts) == [set(large), set(other)]


def test_two_dispatchers_in_one_group_leave_it_each_alone_and_what_they_share_keeps_them():
    """Two blocks of accounts in one group with people: three pieces, as nothing speaks across; none where cards and exits do."""
    one, two, loose = (list(people())[start : start + 8] for start in (0, 100, 200))
    everyone, blocks = [*one, *two, *loose], {"dispatcher": {"one": one, "two": two}}
    apart = graph(people(), **blocks)
    groups = Groups(apart, held(apart, everyone))
    assert sorted(map(sorted, named(apart, refinement._dispatched(groups, refinement._blocks(apart), SMALLEST)))) == [one, two, loose]
    shared = {"card": {f"gift {n}": everyone for n in range(2)}, "address": {f"exit {n}": everyone[n:] for n in range(4)}}
    whole = graph(people(), **blocks, **shared)
    groups = Groups(whole, held(whole, everyone))
    assert named(whole, refinement._dispatched(groups, refinement._blocks(whole), SMALLEST)) == [set(everyone)]


def test_blocks_too_small_for_a_group_leave_together():
    """Three workgroups of four would each be no group; apart from the people of their group, they are one piece."""
    fours, loose = [list(people())[start : start + 4] for start in (0, 50, 100)], list(people())[200:208]
    workgroups = [name for names in fours for name in names]
    apart = graph(people(), dispatcher={f"workgroup {n}": names for n, names in enumerate(fours)})
    groups = Groups(apart, held(apart, [*workgroups, *loose]))
    parts = refinement._dispatched(groups, refinement._blocks(apart), SMALLEST)
    assert sorted(map(sorted, named(apart, parts))) == [sorted(workgroups), loose]


@pytest.fixture(scope="module")
def world():
    return graph(people(150), A, B, address={"public": [*A, *B]})


@settings(max_examples=6)
@given(
    st.lists(st.sets(st.sampled_from([*A, *B, *list(people(40))]), min_size=6, max_size=40), max_size=4), st.randoms(use_true_random=False)
)
def test_no_account_is_in_two_clusters_and_no_cluster_too_small_in_any_order_of_rows(world, seeds, dice):
    given_rows = held(world, *(sorted(seed) for seed in seeds))
    found = refinement.refine(world, given_rows, SMALLEST, Silent())
    assert found["account"].is_unique().all()
    assert all(len(who) >= SMALLEST for who in named(world, found))
    mixed = given_rows[dice.sample(range(given_rows.height), given_rows.height)]
    assert refinement.refine(world, mixed, SMALLEST, Silent()).equals(found)

"""What groups say of each other's members, and a group's rest of its parts, against sums done by hand."""

import math

import polars as pl
import pytest

from graph import membership
from graph.membership import Groups
from tests.graph.graphs import a_graph, held

PEOPLE = 200
ONE, TWO = [f"a{i}" for i in range(8)], [f"b{i}" for i in range(8)]


def world(**shared):
    """People with things of their own; shared: kind → value → who touches it."""
    touched = {}
    for kind, values in shared.items():
        own = {name: [f"of {name}"] for name in [*(f"p{i:03d}" for i in range(PEOPLE)), *ONE, *TWO]}
        for value, who in values.items():
            for name in who:
                own[name] = [*own[name], value]
        touched[kind] = own
    return a_graph(**touched)


def elsewhere(graph, touched, unseen):
    """Chance that an account with `touched` cards touches one that `unseen` others are allowed."""
    total = max(graph.units, graph.kinds["total"][0])
    return 1 - math.exp(-touched * unseen / total)


def kin(graph, *groups):
    """(host, account) → row."""
    names = dict(graph.accounts.select("account", "account_id").iter_rows())
    said = membership.kinship(Groups(graph, held(graph, *groups)))
    return {(row["cluster"], names[row["account"]]): row for row in said.iter_rows(named=True)}


def supported(graph, group, *parts):
    """(part, account) → bits."""
    cut = held(graph, *parts).rename({"cluster": "part"}).with_columns(cluster=pl.lit(1, pl.Int32))
    names = dict(graph.accounts.select("account", "account_id").iter_rows())
    said = membership.support(Groups(graph, held(graph, group)), cut)
    return {(row["part"], names[row["account"]]): row["bits"] for row in said.iter_rows(named=True)}


def test_two_halves_of_one_pool_are_kin_as_if_nobody_else_had_its_card():
    graph = world(card={"shared": [*ONE, *TWO]})
    found = kin(graph, ONE, TWO)
    assert set(found) == {(1, name) for name in TWO} | {(2, name) for name in ONE}
    bits = -math.log2(elsewhere(graph, 2, 1))
    assert [row["bits"] for row in found.values()] == pytest.approx([bits] * 16, abs=1e-6)
    cost = math.log2((graph.units - 8) / 8) + 6.64
    assert [row["surplus"] for row in found.values()] == pytest.approx([bits - cost] * 16, abs=1e-6)


def test_what_strangers_also_have_is_held_against_the_guests():
    graph = world(card={"shared": [*ONE, *TWO, "p000", "p001"]})
    assert kin(graph, ONE, TWO)[1, "b0"]["bits"] == pytest.approx(-math.log2(elsewhere(graph, 2, 3)), abs=1e-6)


def test_groups_that_share_nothing_are_no_kin():
    assert kin(world(card={"one": ONE, "two": TWO}), ONE, TWO) == {}


def test_a_guest_is_kin_alone_when_alone_it_touches_the_hosts_things():
    graph = world(card={"one": [*ONE, "b3"], "two": TWO})
    assert set(kin(graph, ONE, TWO)) == {(1, "b3")}


def test_channels_corroborate_and_software_is_one_witness():
    both = [*ONE, *TWO]
    plain = kin(world(card={"c": both}, address={"x": both}), ONE, TWO)[1, "b0"]
    assert plain["independent"] == pytest.approx(plain["bits"] / 2)
    software = kin(world(client={"c": both}, sentence={"x": both}), ONE, TWO)[1, "b0"]
    assert software["independent"] == 0 and software["corroboration"] > 0 and software["beside_software"] < 0
    sure = kin(world(dispatcher={"d": both}), ONE, TWO)[1, "b0"]
    assert sure["conclusive"] == sure["independent"] == sure["bits"] > 0


def test_a_part_is_supported_by_what_the_rest_shares_with_it():
    graph = world(card={"shared": [*ONE, *TWO], "own": TWO})
    found = supported(graph, [*ONE, *TWO], ONE, TWO)
    assert set(found) == {(1, name) for name in ONE} | {(2, name) for name in TWO}
    assert found[1, "a0"] == pytest.approx(-math.log2(elsewhere(graph, 2, 0.5)), abs=1e-6)  # no spill, a doubt shared by two cards
    assert found[2, "b0"] == pytest.approx(-math.log2(elsewhere(graph, 3, 0.5)), abs=1e-6)


@pytest.mark.parametrize("others", [2, 4, 8])
def test_support_is_the_share_of_the_rest(others):
    graph = world(card={"shared": [*ONE, *TWO[:others]]})
    found = supported(graph, [*ONE, *TWO], ONE)
    assert found[1, "a0"] == pytest.approx(math.log2(others / 8 / elsewhere(graph, 2, 1)), abs=1e-6)


def test_what_only_a_part_shares_supports_none_and_nothing_supports_the_whole():
    graph = world(card={"one": ONE, "two": TWO})
    assert supported(graph, [*ONE, *TWO], ONE, TWO) == {}
    assert supported(graph, ONE, ONE) == {}


def test_support_costs_what_the_whole_group_costs():
    graph = world(card={"shared": [*ONE, *TWO]})
    cut = held(graph, ONE, TWO).rename({"cluster": "part"}).with_columns(cluster=pl.lit(1, pl.Int32))
    said = membership.support(Groups(graph, held(graph, [*ONE, *TWO])), cut)
    cost = math.log2((graph.units - 16) / 16) + 6.64
    assert (said["bits"] - said["surplus"]).to_list() == pytest.approx([cost] * 16, abs=1e-5)

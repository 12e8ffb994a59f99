"""Clusters keep their names: whatever their numbers and rows, over growth, merges, splits, gaps and replaced accounts."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.kinship import Marks
from graph.lineage import REMEMBERED_DAYS, Memory, match, recall, remember, tell
from graph.store.snapshot import FRAMES
from tests.factory import a_snapshot, a_workspace

FIRST = datetime(2026, 8, 3, tzinfo=UTC)
ENTITIES = {"cluster": pl.Int64, "entity_id": pl.Int64, "channel": pl.String, "weight": pl.Float64}


def nothing():
    return recall(None)


def marks(clusters, entities=()):
    """`clusters`: number → accounts, a string is one letter each. `entities`: (number, entity, channel, weight)."""
    rows = [(number, account) for number, accounts in clusters.items() for account in accounts]
    members = pl.DataFrame(rows, schema={"cluster": pl.Int64, "account_id": pl.String}, orient="row")
    return Marks(members, pl.DataFrame(list(entities), schema=ENTITIES, orient="row"))


def a_night(memory, clusters, entities=(), day=0, favoured=(), decided=()):
    """Lines by cluster number, and what the next night remembers."""
    until = FIRST + timedelta(days=day)
    tonight = marks(clusters, entities)
    lines = tell(tonight, match(tonight, memory, frozenset(favoured)), memory, until)
    frames = remember(tonight, lines, memory, until, frozenset(decided))
    return lines, Memory(frames["lines"], Marks(frames["line_members"], frames["line_entities"]))


def changes(memory):
    return dict(memory.lines.drop_nulls("change").select("cluster_id", "change").iter_rows())


def test_a_first_night_gives_birth():
    lines, memory = a_night(nothing(), {0: "abc", 1: "xyz"})
    assert {line.change for line in lines.values()} == {"born"}
    assert set(memory.lines["state"]) == {"alive"}


@pytest.mark.parametrize(("now", "change"), [(20, "same"), (21, "same"), (30, "grew"), (400, "grew"), (17, "shrank")])
def test_growth_keeps_the_name(now, change):
    before, memory = a_night(nothing(), {0: [f"a{i}" for i in range(20)]})
    lines, _ = a_night(memory, {5: [f"a{i}" for i in range(now)]}, day=1)
    assert (lines[5].cluster_id, lines[5].change) == (before[0].cluster_id, change)
    assert lines[5].first_night == FIRST


def test_a_merge_names_what_merged_and_tells_it_once():
    before, memory = a_night(nothing(), {0: "abcdef", 1: "xyz"})
    lines, memory = a_night(memory, {0: "abcdefxyz"}, day=1)
    assert (lines[0].cluster_id, lines[0].change, lines[0].others) == (before[0].cluster_id, "merged", (before[1].cluster_id,))
    assert set(lines[0].names) == {line.cluster_id for line in before.values()}
    assert changes(memory)[before[1].cluster_id] == "merged"
    again, memory = a_night(memory, {0: "abcdefxyz"}, day=2)
    assert again[0].change == "same"
    assert changes(memory) == {before[0].cluster_id: "same"}


def test_a_split_names_its_pieces_and_pieces_name_their_origin():
    before, memory = a_night(nothing(), {0: "abcdefgh"})
    lines, _ = a_night(memory, {3: "fgh", 4: "abcde"}, day=1)
    assert (lines[4].cluster_id, lines[4].change, lines[4].others) == (before[0].cluster_id, "split", (lines[3].cluster_id,))
    assert (lines[3].change, lines[3].others) == ("born", (before[0].cluster_id,))
    assert before[0].cluster_id in lines[3].names


def test_what_merged_and_parts_again_has_its_name_back():
    before, memory = a_night(nothing(), {0: "abcdef", 1: "uvwxyz"})
    _, memory = a_night(memory, {0: "abcdefuvwxyz"}, day=1)
    lines, _ = a_night(memory, {0: "uvwxyz", 1: "abcdef"}, day=2)
    assert {lines[0].cluster_id, lines[1].cluster_id} == {line.cluster_id for line in before.values()}
    assert sorted(line.change for line in lines.values()) == ["revived", "split"]


def test_death_is_told_once_and_the_dead_come_back_under_their_name():
    before, memory = a_night(nothing(), {0: "abc", 1: "xyz"})
    _, memory = a_night(memory, {0: "abc"}, day=1)
    assert changes(memory) == {before[0].cluster_id: "same", before[1].cluster_id: "died"}
    _, memory = a_night(memory, {0: "abc"}, day=2)
    assert changes(memory) == {before[0].cluster_id: "same"}
    lines, _ = a_night(memory, {0: "abc", 1: "xyzw"}, day=30)
    assert (lines[1].cluster_id, lines[1].change, lines[1].first_night) == (before[1].cluster_id, "revived", FIRST)


@pytest.mark.parametrize(("decided", "remembered"), [(False, False), (True, True)])
def test_the_dead_are_forgotten_in_the_end_unless_a_person_decided_about_them(decided, remembered):
    before, memory = a_night(nothing(), {0: "abc", 1: "xyz"})
    name = before[1].cluster_id
    for day in (1, REMEMBERED_DAYS + 1):
        _, memory = a_night(memory, {0: "abc"}, day=day, decided=[name] if decided else [])
    assert (name in set(memory.lines["cluster_id"])) is remembered
    assert (name in set(memory.marks.members["cluster_id"])) is remembered


PRIVATE = [(1, "prompt", 6.0), (2, "prompt", 5.0), (3, "ip", 7.0), (4, "metadata", 5.0)]


def held(number, entities):
    return [(number, *entity) for entity in entities]


@pytest.mark.parametrize("gap", [1, 20])
def test_a_replaced_pool_keeps_its_line_by_evidence(gap):
    before, memory = a_night(nothing(), {0: "abc"}, held(0, PRIVATE))
    if gap > 1:
        _, memory = a_night(memory, {}, day=1)
    lines, _ = a_night(memory, {0: "xyz"}, held(0, [*PRIVATE[:3], (9, "ip", 6.0), (10, "ip", 6.0)]), day=gap)
    assert lines[0].cluster_id == before[0].cluster_id


def test_one_public_template_makes_no_identity():
    public = [(entity, "prompt", 0.1) for entity in range(50)] + [(99, "metadata", 0.1)]
    _, memory = a_night(nothing(), {0: "abc"}, held(0, [*public, (100, "ip", 7.0)]))
    lines, _ = a_night(memory, {0: "xyz"}, held(0, [*public, (101, "ip", 7.0)]), day=1)
    assert lines[0].change == "born"


def test_one_template_alone_makes_no_identity_however_rare():
    rare = [(sentence, "prompt", 9.0) for sentence in range(5)]
    _, memory = a_night(nothing(), {0: "abc"}, held(0, rare))
    lines, _ = a_night(memory, {0: "xyz"}, held(0, rare), day=1)
    assert lines[0].change == "born"


def test_many_templates_are_an_identity():
    rare = [(sentence, "prompt", 6.0) for sentence in range(20)]
    before, memory = a_night(nothing(), {0: "abc"}, held(0, rare))
    lines, _ = a_night(memory, {0: "xyz"}, held(0, [*rare[:15], (99, "prompt", 6.0)]), day=1)
    assert lines[0].cluster_id == before[0].cluster_id


def test_common_accounts_go_before_evidence():
    before, memory = a_night(nothing(), {0: "abc"}, held(0, PRIVATE))
    lines, _ = a_night(memory, {0: "xyz", 1: "abc"}, held(0, PRIVATE), day=1)
    assert (lines[1].cluster_id, lines[0].change) == (before[0].cluster_id, "born")
    assert lines[0].others == (before[0].cluster_id,) and before[0].cluster_id in lines[0].names
    assert lines[1].change == "same"


def test_a_confirmed_line_keeps_its_name_where_it_merges_into_a_larger_one():
    before, memory = a_night(nothing(), {0: "abcdef", 1: "xyz"})
    lines, _ = a_night(memory, {0: "abcdefxyz"}, day=1, favoured=[before[1].cluster_id])
    assert (lines[0].cluster_id, lines[0].others) == (before[1].cluster_id, (before[0].cluster_id,))


def test_a_snapshot_older_than_lines_is_remembered_by_its_members(tmp_path):
    snap = a_snapshot(a_workspace(tmp_path), clusters=2, accounts=6)
    memory = recall(snap)
    members = {0: [f"acct-1-{i:05d}" for i in range(6)]}
    lines, _ = a_night(memory, members, day=14)
    assert lines[0].cluster_id == "CL-000001"
    assert memory.lines.schema == FRAMES["lines"]


ACCOUNTS = [f"a{i}" for i in range(24)]
NIGHTS = st.lists(st.lists(st.integers(-1, 3), min_size=24, max_size=24), min_size=2, max_size=5)


def partition(where):
    """Accounts by cluster; -1 is none; a cluster has three members or more."""
    clusters = {k: [a for a, w in zip(ACCOUNTS, where, strict=True) if w == k] for k in range(4)}
    return {k: members for k, members in clusters.items() if len(members) >= 3}


def by_members(lines, clusters):
    return {frozenset(clusters[k]): line for k, line in lines.items()}


@settings(max_examples=25)
@given(NIGHTS, st.randoms(use_true_random=False))
def test_names_depend_on_no_numbers_and_no_order(nights, dice):
    memory, other = nothing(), nothing()
    for day, where in enumerate(nights):
        clusters = partition(where)
        numbers = dice.sample(range(100), 4)
        renumbered = {numbers[k]: dice.sample(members, len(members)) for k, members in clusters.items()}
        mixed = dict(dice.sample(list(renumbered.items()), len(renumbered)))
        lines, memory = a_night(memory, clusters, day=day)
        others, other = a_night(other, mixed, day=day)
        assert by_members(lines, clusters) == by_members(others, mixed)
        assert memory.lines.equals(other.lines)
        assert memory.marks.members.equals(other.marks.members)


@settings(max_examples=25)
@given(NIGHTS)
def test_no_name_is_given_twice_and_no_line_is_lost_in_silence(nights):
    memory = nothing()
    for day, where in enumerate(nights):
        before = memory.lines
        lines, memory = a_night(memory, partition(where), day=day)
        names = [line.cluster_id for line in lines.values()]
        assert len(set(names)) == len(names)
        born = {line.cluster_id for line in lines.values() if line.change == "born"}
        assert not born & set(before["cluster_id"])
        gone = set(before.filter(state="alive")["cluster_id"]) - set(names)
        told = {name for name, change in changes(memory).items() if change in ("died", "merged")} - set(names)
        assert gone <= told
        assert set(memory.lines["cluster_id"]) == set(before["cluster_id"]) | set(names)
        for line in lines.values():
            assert (line.change in ("merged", "split")) <= bool(line.others)
        same, _ = a_night(memory, partition(where), day=day + 1)
        assert {line.change for line in same.values()} <= {"same"}

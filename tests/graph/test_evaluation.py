import itertools
from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import baselines, overlap
from graph.errors import DataRefused
from graph.evaluation import evaluate

MEMBERS = {"account_id": pl.String, "cluster_id": pl.String, "flagged": pl.Boolean, "bits": pl.Float64}


def members(rows: list[tuple[str, str, float]], flagged: bool = True) -> pl.DataFrame:
    return pl.DataFrame([(a, c, flagged, b) for a, c, b in rows], schema=MEMBERS, orient="row")


def truth(rows: list[tuple[str, str | None]], **more: list[str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"account_id": pl.String, "campaign_id": pl.String}, orient="row")
    return frame.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in more.items())


# One cluster at most and one campaign at most for each of a few accounts.
partitions = st.lists(st.tuples(st.sampled_from([None, "A", "B", "C"]), st.sampled_from([None, "x", "y", "z"])), min_size=1, max_size=14)
overlaps = st.lists(st.tuples(st.frozensets(st.sampled_from("ABC")), st.frozensets(st.sampled_from("xyz"))), min_size=1, max_size=12)


def by_hand(pairs: list[tuple[str | None, str | None]]) -> tuple[float, float]:
    said = [(a, b) for a, b in itertools.combinations(pairs, 2) if a[0] and a[0] == b[0]]
    true = [(a, b) for a, b in itertools.combinations(pairs, 2) if a[1] and a[1] == b[1]]
    right = [1 for a, b in said if a[1] and a[1] == b[1]]
    return len(right) / len(said) if said else 0.0, len(right) / len(true) if true else 0.0


def b_cubed_by_hand(pairs: list[tuple[str | None, str | None]]) -> tuple[float, float]:
    def mean(mine: int, other: int) -> float:
        shares = []
        for one in (p for p in pairs if p[mine]):
            same = [p for p in pairs if p[mine] == one[mine]]
            shares.append(sum(1 for p in same if p[other] and p[other] == one[other]) / len(same))
        return sum(shares) / len(shares) if shares else 0.0

    return mean(0, 1), mean(1, 0)


@settings(max_examples=80)
@given(partitions)
def test_partition_measures_equal_brute_force(pairs: list[tuple[str | None, str | None]]) -> None:
    result = evaluate(
        members([(str(i), c, 1.0) for i, (c, _) in enumerate(pairs) if c]), truth([(str(i), t) for i, (_, t) in enumerate(pairs)])
    )
    assert (result.pairwise.precision, result.pairwise.recall) == pytest.approx(by_hand(pairs))
    assert (result.b_cubed.precision, result.b_cubed.recall) == pytest.approx(b_cubed_by_hand(pairs))


def extended_by_hand(sets: list[tuple[frozenset[str], frozenset[str]]]) -> tuple[float, float]:
    def mean(mine: int, other: int) -> float:
        total = []
        for one in (s for s in sets if s[mine]):
            shares = [min(len(one[0] & s[0]), len(one[1] & s[1])) / len(one[mine] & s[mine]) for s in sets if one[mine] & s[mine]]
            total.append(sum(shares) / len(shares))
        return sum(total) / len(total) if total else 0.0

    return mean(0, 1), mean(1, 0)


@settings(max_examples=80)
@given(overlaps)
def test_extended_b_cubed_equals_its_definition(sets: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    clusters = [(str(i), c) for i, (mine, _) in enumerate(sets) for c in sorted(mine)]
    classes = [(str(i), t) for i, (_, mine) in enumerate(sets) for t in sorted(mine)]
    frames = [pl.DataFrame(rows, schema={"account_id": pl.String, "label": pl.String}, orient="row") for rows in (clusters, classes)]
    assert overlap._extended(*frames) == pytest.approx(extended_by_hand(sets))


def test_perfect_result_scores_one_everywhere() -> None:
    result = evaluate(members([("1", "A", 3.0), ("2", "A", 2.0)]), truth([("1", "x"), ("2", "x"), ("3", None)]))
    assert {m.f1 for m in (result.account, result.pairwise, result.b_cubed, result.extended_b_cubed) if m} == {1.0}
    assert result.campaigns[0]["recall"] == result.campaigns[0]["precision"] == 1.0
    assert result.flagged_clusters_without_campaign == 0


def test_only_flagged_memberships_count() -> None:
    result = evaluate(members([("1", "A", 3.0), ("2", "A", 2.0)], flagged=False), truth([("1", "x"), ("2", "x")]))
    assert result.account.f1 == result.pairwise.f1 == result.flagged_clusters == 0


def test_pool_and_its_campaigns_are_read_at_the_better_level() -> None:
    known = truth([(str(i), "x" if i < 4 else "y") for i in range(8)], pool_id=["p"] * 8)
    whole = evaluate(members([(str(i), "POOL", 1.0) for i in range(8)]), known)
    split = evaluate(members([(str(i), "A" if i < 4 else "B", 1.0) for i in range(8)]), known)
    assert (whole.pairwise.f1, whole.campaigns[0]["read_as"]) == (1.0, "pool")
    assert (split.pairwise.f1, split.campaigns[0]["read_as"]) == (1.0, "campaign")
    assert whole.campaigns[0]["precision"] == 0.5
    assert whole.campaigns[0]["operation_precision"] == 1.0


def test_successor_pool_may_be_one_cluster_or_two() -> None:
    known = truth([(str(i), "x") for i in range(8)], pool_id=["p"] * 4 + ["p-successor"] * 4)
    for label in (lambda i: "A", lambda i: "A" if i < 4 else "B"):
        assert evaluate(members([(str(i), label(i), 1.0) for i in range(8)]), known).pairwise.f1 == 1.0


def test_best_cluster_by_bits_and_look_alikes() -> None:
    rows = [("1", "A", 9.0), ("1", "B", 1.0), ("2", "A", 9.0), ("3", "B", 5.0)]
    known = truth([("1", "x"), ("2", "x"), ("3", None), ("4", None)], kind=["campaign", "campaign", "family", "ordinary"])
    result = evaluate(members([*rows, ("9", "C", 1.0)]), known)
    assert result.pairwise.f1 == 1.0
    assert {k["kind"]: k["flagged"] for k in result.kinds} == {"campaign": 2, "family": 1, "ordinary": 0, "unlisted": 1}
    assert result.flagged_clusters_without_campaign == 1
    assert any("unlisted" in line for line in result.lines())


def test_group_id_serves_where_campaign_id_is_absent() -> None:
    rows = pl.DataFrame({"account_id": ["1", "2", "3"], "group_id": ["g", "g", "f"], "kind": ["campaign", "campaign", "family"]})
    result = evaluate(members([("1", "A", 1.0), ("2", "A", 1.0), ("3", "A", 1.0)]), rows)
    assert result.account.precision == pytest.approx(2 / 3)
    assert evaluate(members([]), rows.drop("kind")).account.recall == 0.0


def test_empty_tables_give_zeros() -> None:
    result = evaluate(members([]), truth([]))
    assert result.account.f1 == 0.0
    assert result.as_dict()["kinds"] == []


@pytest.mark.parametrize(
    ("said", "known", "word"),
    [
        (members([]), pl.DataFrame({"account_id": ["1"]}), "campaign_id"),
        (members([]), pl.DataFrame({"campaign_id": ["1"]}), "account_id"),
        (members([]).drop("flagged"), truth([]), "flagged"),
    ],
)
def test_missing_columns_are_named(said: pl.DataFrame, known: pl.DataFrame, word: str) -> None:
    with pytest.raises(DataRefused, match=word):
        evaluate(said, known)


def groups_of(frame: pl.DataFrame) -> set[frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for account, cluster in frame.select("account_id", "cluster_id").iter_rows():
        found[cluster].add(account)
    return {frozenset(v) for v in found.values()}


def test_baselines_group_as_they_say() -> None:
    paid = pl.LazyFrame({"account_id": ["1", "2", "2", "3", "4"], "card_fingerprint": ["a", "a", "b", "b", "c"]})
    assert groups_of(baselines.shared_card(paid)) == {frozenset("123")}
    sent = pl.LazyFrame({"account_id": ["1", "2", "3"], "ip": ["i", "i", "j"], "prompt": ["abcX", "abcY", "zzz"]})
    assert groups_of(baselines.shared_address(sent, 2)) == {frozenset("12")}
    assert groups_of(baselines.prompt_prefix(sent, 3, 2)) == {frozenset("12")}
    assert baselines.shared_card(paid.clear()).is_empty()

"""Pairs of account and fragment against counting them one by one."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.vocabulary import TIME
from ingest.account_fragments import account_fragments

START = datetime(2026, 4, 1, tzinfo=UTC)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.none() | st.integers(-3, 3)), max_size=40),
    st.dictionaries(st.integers(-3, 3), st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 4), min_size=1, max_size=4)),
    st.booleans(),
)
def test_every_pair_once_with_its_times(rows: list[tuple[str, int, int | None]], held: dict[int, set[int]], twice: bool) -> None:
    told = [(account, START + timedelta(seconds=second), prompt) for account, second, prompt in sorted(rows, key=lambda row: row[:2])]
    fresh = pl.DataFrame(told, schema={"account_id": pl.String, "occurred_at": TIME, "prompt_id": pl.Int64}, orient="row")
    pairs = [(prompt, fragment) for prompt, fragments in held.items() for fragment in fragments] * (2 if twice else 1)
    table = pl.DataFrame(pairs, schema={"prompt_id": pl.Int64, "fragment_id": pl.Int64}, orient="row")
    expected: dict[tuple[str, int], list[tuple[datetime, int]]] = {}
    for account, at, prompt in told:
        for fragment in held.get(prompt, ()) if prompt is not None else ():
            expected.setdefault((account, fragment), []).append((at, prompt))
    found = account_fragments(table.lazy(), fresh)
    assert {(row["account_id"], row["fragment_id"]): row for row in found.to_dicts()} == {
        (account, fragment): {
            "account_id": account, "fragment_id": fragment, "prompt_id": min(prompt for _, prompt in sent),
            "n": len(sent), "first_at": sent[0][0], "last_at": sent[-1][0],
        }
        for (account, fragment), sent in expected.items()
    }  # fmt: skip
    assert found.height == len(expected)

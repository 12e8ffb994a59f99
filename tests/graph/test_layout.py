import polars as pl
import pytest

from graph.layout import LEADING, MOST_HUBS, hub_layout
from graph.store.snapshot import FRAMES


def links(*rows: tuple[str, int, str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"account_id": pl.String, "entity_id": pl.Int64, "channel": pl.String, "bits": pl.Float64}, orient="row"
    )


def pools(pools: int = 5, size: int = 12, common: int = 6) -> pl.DataFrame:
    """Accounts that all share `common` sentences, and by pool one card."""
    accounts = [(f"a{p}-{i:02}", p) for p in range(pools) for i in range(size)]
    cards = [(name, 100 + p, "payment", 9.0) for name, p in accounts]
    return links(*cards, *[(name, 1 + s, "prompt", 12.0) for name, _ in accounts for s in range(common)])


def places(frame: pl.DataFrame) -> dict[str, complex]:
    return {node: complex(x, y) for node, x, y in frame.select("node", "x", "y").iter_rows()}


def test_accounts_stand_at_their_own_card_however_much_all_share() -> None:
    at = places(hub_layout("CL-1", pools()))
    cards = {p: at[f"entity:{100 + p}"] for p in range(5)}
    for node, place in at.items():
        if node.startswith("a"):
            nearest = min(cards, key=lambda p: abs(cards[p] - place))
            assert nearest == int(node[1]), node


def test_what_all_share_stands_in_the_middle() -> None:
    at = places(hub_layout("CL-1", pools()))
    middle = sum(place for node, place in at.items() if node.startswith("a")) / 60
    cards = min(abs(at[f"entity:{100 + p}"] - middle) for p in range(5))
    assert max(abs(at[f"entity:{s}"] - middle) for s in range(1, 7)) < 1.5 * cards


def test_nodes_do_not_lie_on_one_another() -> None:
    spots = list(places(hub_layout("CL-1", pools())).values())
    assert min(abs(a - b) for i, a in enumerate(spots) for b in spots[:i]) > 0.3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_the_links_changes_nothing(seed: int) -> None:
    frame = pools()
    assert hub_layout("CL-1", frame.sample(fraction=1, shuffle=True, seed=seed)).equals(hub_layout("CL-1", frame))


@pytest.mark.parametrize(
    ("frame", "nodes"),
    [
        (links(), 0),
        (links(("a", 1, "ip", 3.0)), 0),  # shared by nobody
        (links(("a", 1, "ip", 3.0), ("b", 1, "ip", 3.0)), 3),
        (links(("a", 1, "ip", 0.0), ("b", 1, "ip", -1.0)), 3),
        (links(("a", 1, "ip", 3.0), ("b", 1, "ip", 3.0), ("c", 2, "ip", 3.0)), 3),
        (links(*[(a, e, "prompt", 5.0) for a in "abc" for e in range(MOST_HUBS + 50)]), 3 + MOST_HUBS),
    ],
)
def test_who_gets_a_place(frame: pl.DataFrame, nodes: int) -> None:
    found = hub_layout("CL-1", frame)
    assert found.height == nodes
    assert found.schema == FRAMES["layout"]
    assert found.select(pl.col("x", "y").is_finite().all()).row(0) == (True, True) or nodes == 0


def test_every_channel_has_its_leading_hubs() -> None:
    many = [(a, e, "prompt", 50.0) for a in "abcd" for e in range(2 * MOST_HUBS)]
    few = [(a, 10_000 + e, "ip", 0.5) for a in "abcd" for e in range(LEADING)]
    at = places(hub_layout("CL-1", links(*many, *few)))
    assert all(f"entity:{10_000 + e}" in at for e in range(LEADING))

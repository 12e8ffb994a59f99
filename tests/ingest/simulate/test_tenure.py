import numpy as np
import polars as pl
import pytest

from ingest.simulate import tenure
from ingest.simulate.campaigns import RECIPES, draw
from ingest.simulate.scene import DAY, FORBIDDEN, HOUR, Ints
from tests.ingest.simulate.test_dispatch import rng, rows


@pytest.mark.parametrize("bans", ["none", "some", "batches", "all"])
def test_banned_accounts_stop_and_successors_take_over(bans: str) -> None:
    [pool] = draw(rng(), "hydra", {**RECIPES["hydra"], "bans": (bans,), "accounts": (30, 30)})
    places = tenure.tenure(rng(), pool, 0, 20 * DAY)
    held = tenure.hold(rng(), rows(rng().integers(0, 30, 9000), np.sort(rng().integers(0, 20 * DAY, 9000))), places)
    gone = pl.DataFrame({"account": np.arange(30, dtype=np.int32), "banned": places.banned})
    late = held.join(gone, "account").filter(pl.col("at") >= pl.col("banned"))
    assert (late["status"] == FORBIDDEN).all()
    assert late.height == (0 if bans == "none" else late["account"].n_unique())
    assert held["account"].n_unique() == places.accounts
    assert (bans == "none") == (places.accounts == 30)


def waves(at: Ints) -> int:
    """How many groups of instants there are with more than six hours between them."""
    return 1 + int((np.diff(np.sort(at)) > 6 * HOUR).sum())


def test_batches_go_and_come_in_waves() -> None:
    [pool] = draw(rng(), "hydra", {"bans": ("batches",), "signup": ("burst",), "accounts": (200, 200)})
    places = tenure.tenure(rng(), pool, 0, 40 * DAY)
    gone = places.successor >= 0
    assert 3 <= waves(places.banned[gone]) <= 5
    assert waves(places.opened[gone]) <= 5
    assert (places.opened[gone] > places.banned[gone]).all()


def test_dripping_accounts_join_one_after_the_other() -> None:
    [pool] = draw(rng(), "slow_drip", {"signup": ("drip",), "bans": ("none",), "accounts": (100, 100)})
    places = tenure.tenure(rng(), pool, 0, 20 * DAY)
    held = tenure.hold(rng(), rows(rng().integers(0, 100, 9000), np.sort(rng().integers(0, 20 * DAY, 9000))), places)
    first = (
        held.group_by("account")
        .agg(pl.col("at").min())
        .join(pl.DataFrame({"account": np.arange(100, dtype=np.int32), "b": places.begins}), "account")
    )
    assert (first["at"] >= first["b"]).all()
    assert first["at"].quantile(0.8) > 8 * DAY
    assert held.height > 8900  # what comes early goes to those who are there

import numpy as np
import polars as pl
import pytest

from ingest.simulate import dispatch
from ingest.simulate.scene import DAY, HOUR, LIMITED, MINUTE, OK, SECOND, exchanges


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def rows(account: np.ndarray, at: np.ndarray, key: np.ndarray | None = None) -> pl.DataFrame:
    blank = dict.fromkeys(("ip", "client", "release", "session", "model", "input_tokens", "output_tokens", "source"), 0)
    return exchanges(account=account, at=at, status=OK, key=np.arange(len(at)) if key is None else key, **blank)


@pytest.mark.parametrize("dispatcher", ["least_loaded", "fill_first", "random", "sticky", "workgroups", "human"])
def test_dispatchers_use_the_slots_they_are_given(dispatcher: str) -> None:
    start = np.sort(rng().integers(0, 5 * DAY, 6000))
    chosen = dispatch.slots_of_jobs(rng(), dispatcher, start, np.arange(40, 60))
    assert set(chosen) == set(range(40, 60))


def test_least_loaded_is_far_more_equal_than_random() -> None:
    start = np.sort(rng().integers(0, DAY, 2000))
    spread = [np.bincount(dispatch.slots_of_jobs(rng(), d, start, np.arange(20))).astype(float).std() for d in ("least_loaded", "random")]
    assert spread[0] < 1 < spread[1]


def test_fill_first_hands_over_when_one_is_full() -> None:
    chosen = dispatch.slots_of_jobs(rng(), "fill_first", np.arange(800), np.arange(10))
    assert np.count_nonzero(np.diff(chosen)) == 800 / 40 - 1


def test_fill_first_leaves_a_filled_account_alone_until_it_has_cooled_down() -> None:
    start = np.sort(rng().integers(0, 4 * DAY, 20_000))
    chosen = dispatch.slots_of_jobs(rng(), "fill_first", start, np.arange(60), cooldown_hours=5)[::40]
    last: dict[int, int] = {}
    for at, slot in zip(start[::40].tolist(), chosen.tolist(), strict=True):
        assert at - last.get(slot, -DAY) >= 5 * HOUR
        last[slot] = at
    a_day = chosen[: len(chosen) // 4]
    assert len(set(a_day)) < len(set(chosen)) > 50  # only as many as the day needs, others on other days


def test_a_human_dispatcher_makes_accounts_as_unequal_as_people() -> None:
    start = np.sort(rng().integers(0, 10 * DAY, 40_000))
    volume = np.bincount(dispatch.slots_of_jobs(rng(), "human", start, np.arange(100)))
    hours = [
        np.bincount(start[dispatch.slots_of_jobs(rng(), "human", start, np.arange(100)) == a] // HOUR % 24, minlength=24) for a in range(5)
    ]
    assert volume.std() > 0.5 * volume.mean()
    assert np.mean([(h < h.max() / 6).sum() for h in hours]) >= 6  # they sleep


def test_workgroups_act_in_one_second() -> None:
    start = np.sort(rng().integers(0, DAY, 600))
    second = dispatch.in_step(rng(), start) // SECOND
    assert all(len(set(second[i : i + 6])) == 1 for i in range(0, 600, 6))


def test_quota_windows_switch_all_at_once() -> None:
    at = np.array([0, 5 * HOUR - 1, 5 * HOUR, 10 * HOUR])
    assert list(dispatch.on_and_off(np.array([6, 7, 6, 7]), at, 5, 10)) == [6, 6, 7, 6]
    assert list(dispatch.on_and_off(np.array([3]), np.array([0]), 0, 10)) == [3]
    assert list(dispatch.on_and_off(np.array([4, 4, 4, 4]), np.arange(4) * 5 * HOUR, 5, 10, phases=3)) == [3, 4, 5, 3]


def test_fail_over_continues_elsewhere_within_seconds() -> None:
    conversation = np.repeat(np.arange(300), 5)
    before = rows(conversation % 20, conversation * 600 * SECOND + np.tile(np.arange(5), 300) * 20 * SECOND)
    after, numbers = dispatch.fail_over(rng(), before, 0.1, 20, conversation)
    table = after.with_columns(conversation=pl.Series(numbers))
    limited = table.filter(pl.col("status") == LIMITED)
    assert limited.height > 50
    again = limited.join(table.filter(pl.col("status") == OK), ["conversation", "key"], suffix="_again")
    assert again.height == limited.height
    assert again.select(((pl.col("at_again") - pl.col("at")).is_between(SECOND, 3 * SECOND)).all()).item()
    assert again.select((pl.col("account") != pl.col("account_again")).all()).item()
    later = table.join(again.select("conversation", "account_again", left="at_again"), "conversation").filter(
        pl.col("at") >= pl.col("left")
    )
    assert later.select((pl.col("account") == pl.col("account_again")).all()).item()


def test_an_account_rests_after_429() -> None:
    table = rows(np.zeros(40, int), np.arange(40) * MINUTE).with_columns(status=pl.Series([LIMITED] + [OK] * 39, dtype=pl.Int8))
    rested = dispatch.rest(rng(), table, 5)["account"].to_list()
    assert rested[0] == 0
    assert 0 not in rested[1:20]
    assert set(rested[20:]) == {0}

"""Each look-alike shares what it is named after, as people of that kind do."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from ingest.simulate import calendar, clients, identities, people
from ingest.simulate.lookalikes import LOOKALIKES
from ingest.simulate.scene import DAY, FAILED, HOUR, LIMITED, MINUTE, SECOND, Part, Scene

SCENE = Scene(seed=4, days=28, scale=0.2, crowd=0.2)


@cache
def made(kind: str) -> Part:
    return LOOKALIKES[kind](SCENE, SCENE.rng(kind), people.voice(SCENE))


def rows(kind: str) -> pl.DataFrame:
    return made(kind).exchanges.sort("at", "account")


def cards_per_group(kind: str) -> pl.Series:
    part = made(kind)
    return part.payments.join(part.truth, "account").group_by("group_id").agg(pl.col("card").n_unique())["card"]


@pytest.mark.parametrize("kind", LOOKALIKES)
def test_every_kind_has_groups_and_traffic_and_says_what_it_is(kind: str) -> None:
    part = made(kind)
    assert LOOKALIKES[kind].__doc__
    assert part.truth["group_id"].null_count() == 0
    assert set(part.truth["kind"]) == {kind}
    assert part.truth["campaign_id"].null_count() == part.truth.height
    assert part.exchanges.height > part.accounts.height
    assert part.exchanges["at"].is_between(0, SCENE.end - 1).all()


@pytest.mark.parametrize("kind", ["declared_org", "reseller_card", "follow_the_sun", "office_move", "family"])
def test_who_shares_a_card(kind: str) -> None:
    assert set(cards_per_group(kind)) == {1}
    assert (made(kind).accounts["org_id"].null_count() == 0) == (kind == "declared_org")


def test_an_office_moves_for_everybody_on_one_day() -> None:
    part = made("office_move")
    network = rows("office_move").join(part.truth.select("account", "group_id"), "account").with_columns(day=pl.col("at") // DAY)
    shared = network.group_by("group_id", "ip").agg(n=pl.col("account").n_unique(), first=pl.col("day").min(), last=pl.col("day").max())
    offices = shared.filter(pl.col("n") >= 3).sort("first")
    per_group = offices.group_by("group_id", maintain_order=True).agg(pl.len(), gap=pl.col("first").last() - pl.col("last").first())
    moved = per_group.filter(pl.col("len") == 2)
    assert moved.height >= 1
    assert (moved["gap"] >= 0).all()


def test_a_company_around_the_world_works_at_all_hours() -> None:
    hours = rows("follow_the_sun")["at"].to_numpy() // HOUR % 24
    assert np.bincount(hours, minlength=24).min() > 0


def test_one_program_with_many_users() -> None:
    assert set(rows("agent_upgrade")["client"]) == {clients.INDEX["agent-heron"]}
    assert rows("app_wrapper")["client"].n_unique() == 3
    used = rows("agent_upgrade").group_by("release").agg(first=pl.col("at").min(), last=pl.col("at").max()).sort("release")
    overlap = (used["last"].head(-1) - used["first"].tail(-1)).max()
    assert overlap < 3 * HOUR  # type: ignore[operator]
    behind = rows("app_wrapper").group_by("ip").agg(n=pl.col("account").n_unique()).filter(pl.col("n") > 5)
    assert 10 < behind.height < 120


def test_automation_runs_on_the_minute_behind_common_exits() -> None:
    jobs = rows("automation")
    assert ((jobs["at"] % MINUTE) < 2 * SECOND).mean() > 0.8  # type: ignore[operator]
    assert jobs["ip"].value_counts(sort=True)["count"].head(14).sum() > 0.8 * jobs.height


def test_an_outage_stops_and_restarts_programs_at_once() -> None:
    scene = Scene(seed=4, days=28, scale=1.0, crowd=2.0)
    [whole, *_] = [o for o in calendar.outages(scene) if o.share == 1]
    jobs = LOOKALIKES["outage"](scene, scene.rng("outage"), people.voice(scene)).exchanges
    inside = jobs.filter(pl.col("at").is_between(whole.first, whole.last - 1))
    assert inside.height > 0
    assert set(inside["status"]) == {FAILED}
    back = jobs.filter(pl.col("at").is_between(whole.last, whole.last + 30 * SECOND))
    assert (back["status"] == LIMITED).any()


def test_suffer_keeps_what_no_outage_touches_and_invents_no_account() -> None:
    before = rows("cron")
    after = calendar.suffer(SCENE, np.random.default_rng(1), before, made("cron").accounts.height)
    for outage in calendar.outages(SCENE):
        before = before.filter(~pl.col("at").is_between(outage.first, outage.last + 6 * HOUR))
        after = after.filter(~pl.col("at").is_between(outage.first, outage.last + 6 * HOUR))
    assert after.sort(after.columns).equals(before.sort(before.columns))


def test_readers_of_a_news_item_sign_up_within_hours_through_one_door() -> None:
    part = made("launch_burst")
    table = part.accounts.join(part.truth.select("account", "group_id"), "account")
    spread = table.group_by("group_id").agg(pl.col("created").quantile(0.9) - pl.col("created").min())["created"]
    assert spread.max() < 2 * DAY  # type: ignore[operator]
    assert (table["signup_program"] == "startup").sum() > 0.2 * table.height


def test_a_course_asks_the_same_in_the_same_week_in_many_places() -> None:
    exact = rows("course").group_by("source").agg(accounts=pl.col("account").n_unique(), ips=pl.col("ip").n_unique())
    assert exact.filter(pl.col("accounts") > 20).height > 4
    assert exact.filter(pl.col("accounts") > 20)["ips"].min() > 15  # type: ignore[operator]


def test_everybody_is_back_on_the_same_morning() -> None:
    part = made("holiday")
    days = (
        rows("holiday").join(part.truth.select("account", "group_id"), "account").group_by("group_id").agg((pl.col("at") // DAY).unique())
    )
    assert all(max(np.diff(sorted(d))) >= 8 for d in days["at"])


def test_people_are_bursty_and_far_from_equal() -> None:
    scene = Scene(seed=8, days=28, scale=0.02, crowd=0.02)
    rng, speech = scene.rng("x"), people.voice(scene)
    crowd = people.draw(scene, rng, 1500)
    table = people.traffic(scene, rng, crowd, speech)
    volume = np.bincount(table["account"].to_numpy(), minlength=1500)
    top = np.sort(volume)[::-1]
    assert top[:150].sum() > 0.5 * volume.sum()  # a tenth of the people ask half of everything
    daily = table.filter(pl.col("account").is_in(np.argsort(volume)[-40:-10].tolist())).group_by("account", pl.col("at") // DAY).len()
    index = daily.group_by("account").agg(pl.col("len").var() / pl.col("len").mean())["len"]
    assert index.median() > 3  # type: ignore[operator]  # Poisson would be 1
    night = table.join(pl.DataFrame({"account": np.arange(1500, dtype=np.int32), "zone": crowd.zone}), "account")
    local = ((night["at"].to_numpy() / HOUR + night["zone"].to_numpy()) % 24).astype(int)
    share = np.bincount(local, minlength=24) / len(local)
    assert share[9:22].sum() > 3 * share[1:6].sum()


def test_networks_belong_to_countries() -> None:
    person, zero = np.arange(4000).astype(np.uint64), np.zeros(4000, np.int64)
    blocks = [set(identities.home_addresses(person, zero, zero + c)[:] >> 16) for c in (0, 5)]
    assert not {b for b in blocks[0] & blocks[1] if b < 1 << 16}
    text = identities.address_text(identities.home_addresses(person, zero, zero))
    assert 0.15 < text.str.contains(":").mean() < 0.25  # type: ignore[operator]
    daily = identities.home_addresses(person, zero, zero, 1), identities.home_addresses(person, zero, zero, 2)
    assert ((daily[0] == daily[1]) == ~text.str.contains(":").to_numpy()).all()

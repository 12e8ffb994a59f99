"""Each switch makes the thing that it is named after, and `nothing` makes none of them."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from ingest.simulate import clients, identities, people, plant, prompts
from ingest.simulate.campaigns import DEFAULT, RECIPES, draw
from ingest.simulate.scene import DAY, HOUR, LIMITED, MINUTE, NEWEST, OK, SECOND, Part, Scene
from ingest.simulate.switches import PLAIN, STUBBORN, SWITCHES
from ingest.simulate.tiers import TIERS, plan

HOMES = identities.home_addresses(np.arange(300).astype(np.uint64), np.zeros(300, np.int64), np.zeros(300, np.int64))
SCENE_SEED, DAYS, SCALE = 3, 20, 0.5


@cache
def planted(switch: str) -> tuple[Scene, list[Part]]:
    """The scene, and the parts of the middle pool (and its twin) of a world with one switch."""
    scene = Scene(SCENE_SEED, DAYS, SCALE, 0.02, SCALE)
    speech = people.voice(scene)
    pools = [p for p in plan(scene, "realistic", switch) if p.aims[0].campaign.startswith("campaign-02")]
    return scene, [plant.plant(scene, number, pool, speech, HOMES) for number, pool in enumerate(pools, start=1)]


def part(switch: str) -> Part:
    return planted(switch)[1][0]


def rows(switch: str) -> pl.DataFrame:
    return part(switch).exchanges.sort("at", "account")


@pytest.mark.parametrize("name", SWITCHES)
def test_every_switch_changes_traits_that_exist_and_makes_a_pool(name: str) -> None:
    assert set(SWITCHES[name]) <= set(DEFAULT)
    assert part(name).exchanges.height > 500
    assert part(name).truth["campaign_id"].null_count() == 0


@pytest.mark.parametrize("archetype", list(RECIPES))
def test_every_archetype_draws_within_its_ranges(archetype: str) -> None:
    assert set(RECIPES[archetype]) <= set(DEFAULT)
    for seed in range(5):
        for pool in draw(np.random.default_rng(seed), archetype, RECIPES[archetype]):
            low, high = RECIPES[archetype].get("accounts", DEFAULT["accounts"])
            assert low - 1 <= pool.accounts <= high + 1
            assert 0 <= pool.mixing <= 0.9
            assert pool.aims


def test_nothing_shares_no_more_than_people_do() -> None:
    plain = part("nothing")
    cards = plain.payments.select("account", "card").unique()
    assert cards["card"].n_unique() / cards.height > 0.95
    assert plain.exchanges.group_by("ip").agg(n=pl.col("account").n_unique())["n"].max() < 15
    assert plain.accounts["phone"].drop_nulls().str.slice(0, 8).n_unique() > 40
    volume = plain.exchanges.group_by("account").len()["len"]
    assert volume.std() > 0.5 * volume.mean()


def _same_second(name: str) -> float:
    """Share of requests with another account's in the same second."""
    second = rows(name).group_by(pl.col("at") // SECOND).agg(n=pl.col("account").n_unique())
    return float((second.filter(pl.col("n") > 1)["n"].sum()) / rows(name).height)


def test_timing_puts_accounts_into_one_second() -> None:
    assert _same_second("timing") > 0.3 > _same_second("timing_loose") > 3 * _same_second("nothing")


@pytest.mark.parametrize("phases", [2, 3])
def test_quota_phases(phases: int) -> None:
    table = rows({2: "quota_two", 3: "quota_three"}[phases])
    pool = next(
        p
        for p in plan(Scene(SCENE_SEED, DAYS, SCALE, 0.02, SCALE), "realistic", {2: "quota_two", 3: "quota_three"}[phases])
        if p.accounts > 40
    )
    turn = pl.col("at") // (pool.quota_hours * HOUR) % phases
    at_home = table.group_by("account").agg(share=(turn == turn.mode().first()).mean())
    assert at_home["share"].mean() > 0.95


@pytest.mark.parametrize("name", ["failover_session", "failover_prompt", "failover_bare"])
def test_failover_leaves_the_mark_it_says_and_no_other(name: str) -> None:
    table = rows(name).with_columns(text=pl.concat_str(pl.col("source").cast(pl.String), pl.lit("-"), pl.col("key").cast(pl.String)))
    limited = table.filter(pl.col("status") == LIMITED).select("account", "at", "session", "text")
    assert limited.height > 100

    def elsewhere(mark: str) -> float:
        after = table.filter(pl.col("status") == OK).select(mark, other="account", later="at")
        met = limited.join(after, mark).filter(
            (pl.col("account") != pl.col("other")) & pl.col("later").is_between(pl.col("at"), pl.col("at") + 15 * SECOND)
        )
        return float(met.select("account", "at").n_unique() / limited.height)

    same_session, same_text = elsewhere("session"), elsewhere("text")
    assert (same_session > 0.5) == (name == "failover_session")
    assert (same_text > 0.5) == (name == "failover_prompt")


def test_lock_step_changes_versions_within_minutes_whatever_the_client() -> None:
    def overlap(name: str) -> int:
        """The longest time for which a client's release was in use beside the next one."""
        used = rows(name).group_by("client", "release").agg(first=pl.col("at").min(), last=pl.col("at").max())
        following = used.select("client", pl.col("release") - 1, next="first")
        return int(used.join(following, ["client", "release"]).select((pl.col("last") - pl.col("next")).max()).item())

    assert overlap("lock_step") < 10 * MINUTE < DAY < overlap("nothing")
    assert rows("lock_step")["client"].n_unique() > 4


def test_an_odd_header_is_nobody_elses() -> None:
    assert set(rows("header")["client"]) <= set(clients.ODD)
    assert len(set(rows("header")["client"])) == 1
    agents = [clients.describe(row, 20)[0:2] for row in range(len(clients.CLIENTS))]
    assert len(set(agents)) == len(agents)


def test_content_ids_are_equal_where_the_words_are() -> None:
    first = (
        rows("content_ids")
        .group_by("source", "key")
        .agg(pl.col("session").n_unique(), pl.col("account").n_unique())
        .filter(pl.col("account") > 5)
    )
    assert first.height >= 40
    assert (first["session"] == 1).mean() > 0.9


def test_money_and_papers() -> None:
    shared, one_bin = part("card").payments, part("bin_billing").payments
    assert shared["card"].n_unique() < 0.3 * shared["account"].n_unique()
    assert one_bin["card"].n_unique() == one_bin["account"].n_unique()
    assert one_bin["card_bin"].n_unique() <= 2
    assert one_bin["billing_address"].str.replace(r", Suite \d+$", "").n_unique() == 1
    fuzzy = part("billing_fuzzy").payments
    assert 4 <= fuzzy["billing_name"].n_unique() <= 8
    assert fuzzy["billing_address"].str.to_lowercase().str.slice(0, 6).n_unique() == 1
    phones = part("phone_range").accounts["phone"].drop_nulls()
    assert phones.str.slice(0, 8).value_counts()["count"].max() > 0.3 * len(phones)  # type: ignore[operator]


def test_addresses() -> None:
    assert rows("exits")["ip"].n_unique() <= 7
    nets = identities.address_text(rows("v6")["ip"].unique().sort().to_numpy()).str.extract(r"^(2001:db8:[0-9a-f]+):")
    assert nets.n_unique() <= 4
    assert rows("v6")["ip"].n_unique() > 2 * rows("v6")["account"].n_unique()
    assert rows("datacentre").group_by("account").agg(pl.col("ip").n_unique())["ip"].max() == 1


def _texts(name: str) -> pl.Series:
    scene, parts = planted(name)
    table = parts[0].exchanges.sort("at").head(800)
    return prompts.render(scene.library, table["source"].to_numpy(), table["key"].to_numpy())


def test_words() -> None:
    assert (_texts("translation").str.contains(r"[а-яА-Я\p{Han}]")).mean() > 0.15  # type: ignore[operator]
    assert _texts("injected").str.extract(r"([^.?!]*)[.]$").value_counts()["count"].max() > 250  # type: ignore[operator]
    openings = {name: _texts(name).str.slice(0, 60).n_unique() for name in ("exact", "slots", "paraphrase")}
    assert openings["exact"] < openings["slots"] < openings["paraphrase"]


def test_pivot_moves_half_within_a_day() -> None:
    scene = planted("pivot")[0]
    jobs = rows("pivot").filter(pl.col("at") > (scene.release_day + 1) * DAY)
    assert jobs.filter(pl.col("at") < (scene.release_day + 2) * DAY).select((pl.col("model") == NEWEST).mean()).item() > 0.4
    assert rows("pivot").filter(pl.col("at") < scene.release_day * DAY).select((pl.col("model") == NEWEST).any()).item() is False


@pytest.mark.parametrize("name", ["succession_all", "succession_rebuilt"])
def test_a_rebuilt_pool_has_other_papers_and_the_same_words(name: str) -> None:
    table, pools = part(name), part(name).truth.select("account", "pool_id").unique()
    papers = table.accounts.join(pools, "account").select("pool_id", domain=pl.col("email").str.split("@").list.last())
    before, after = (set(group["domain"]) for _, group in papers.group_by("pool_id", maintain_order=True))
    assert (before == after) == (name == "succession_all")
    streets = table.payments.join(pools, "account").select("pool_id", s=pl.col("billing_address").str.split(", ").list.first()).unique()
    assert streets["s"].n_unique() == {"succession_all": 1, "succession_rebuilt": 2}[name]
    sent = table.exchanges.join(pools, "account").group_by("pool_id").agg(pl.col("source").unique(), pl.col("account").unique())
    assert set(sent["source"][0]) & set(sent["source"][1])
    assert not set(sent["account"][0]) & set(sent["account"][1])


def test_batches_are_banned_and_replaced() -> None:
    assert part("succession_batches").enforcement.height > 10


def test_one_pool_with_two_aims_and_one_aim_over_two_pools() -> None:
    both = part("two_aims").truth.group_by("account").agg(pl.col("campaign_id").n_unique())["campaign_id"]
    assert set(both) == {1, 2}
    scene, parts = planted("two_pools")
    assert len(parts) == 2
    campaigns = [set(p.truth["campaign_id"]) for p in parts]
    assert campaigns[0] == campaigns[1]
    assert set(parts[0].truth["pool_id"]).isdisjoint(parts[1].truth["pool_id"])
    words = [{scene.library.sources[s].scaffold for s in p.exchanges["source"].unique()} - {None, people.PUBLIC_SCAFFOLD} for p in parts]
    assert words[0] & words[1]


@pytest.mark.parametrize("mixing", [0.3, 0.6, 0.9])
def test_as_much_of_the_traffic_is_customers_as_was_drawn(mixing: float) -> None:
    scene = Scene(6, 30, 0.3, 0.02, 0.3)
    speech = people.voice(scene)
    for number, archetype in enumerate(("proxy_pool", "slow_drip", "hydra")):
        [pool] = draw(scene.rng(archetype), archetype, {**RECIPES[archetype], "mixing": (mixing, mixing), "bans": ("none",)})
        before = len(scene.library.sources)
        made = plant.plant(scene, number, replace(pool, accounts=60), speech, HOMES)
        assert abs((made.exchanges["source"] < before).mean() - mixing) < 0.12, archetype  # type: ignore[operator]


def test_brutal_pools_keep_two_links_each() -> None:
    pools = plan(Scene(1, 30, 1.0, 1.0), "brutal")
    assert len(pools) >= 7
    assert all(len(p.archetype.split("+")) == 2 and set(p.archetype.split("+")) <= set(STUBBORN) for p in pools)
    assert all(p.mixing >= 0.5 for p in pools)


@pytest.mark.parametrize("tier", [t for t in TIERS if t != "none"])
def test_campaigns_stay_within_their_budget(tier: str) -> None:
    scene = Scene(5, 45, 1.0, 1.0)
    wanted = sum(a.per_day * a.length * scene.days * p.accounts for p in plan(scene, tier) for a in p.aims)
    assert wanted < 960_000
    assert set(PLAIN) <= set(DEFAULT)

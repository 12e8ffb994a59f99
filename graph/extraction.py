"""Does it look like extraction? Three marks, kept apart, each 0 to 1, each with its sentence; two that are independent make a case.

Volume: how much, how fast and over how much of the day the median member asks at least (95 % sure: of few members little is), as
percentiles among all accounts of the night.
Structure: one wording of their own (a sentence counts by the share of its senders that are members), or equal loads. Loads are equal
where daily volumes vary less than in random groups of as many accounts (a permutation null, Good 2005, at a false discovery rate of one
in twenty over all clusters), by the share that is missing, or where the traffic moved to a new model in a day (graph.pivot). Focus:
graph.focus.
Wording and focus may be the same sentences (a harness brings both), so the greater of them counts, as what is asked; it is
combined with volume and with equal loads, pair by pair: 1 - (1 - volume·loads)(1 - volume·asked)(1 - loads·asked). A class has no volume
and no equal loads, an agency the volumes and the variety of people, a harness no equal loads; a campaign of six requests a day
and account has no volume, and is seen by equal loads together with wording or focus.
What a timer sends counts neither as volume nor as equal loads.
Who sits in one place (an office, a school, a venue), or lets one card pay for all (an agency), has a task and its wording in common and
hides none of it. Where members send mostly from few addresses that they share, or most of them pay with one card, those things say nothing
of intent: only volume beyond people's in every respect does, with equal loads or with focus, or loads far more equal than people's.
Where a night has no prompts, the list of things that members work through in one order (graph.script) is a case by itself.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import binom

from graph import chance, peers, pivot, script
from graph.conduct import Conduct
from graph.focus import CHANCE, focus
from graph.found import Found
from graph.rhythm import CLOCK_BOUND
from graph.vocabulary import Channel

_ORDINARY, _MANY, _EXTREME = 0.5, 0.75, 0.95  # percentiles; a mark grows from 0 to 1 between the first or the second and the last
_IN_THE_OPEN = (
    0.5  # share of what the median member sends from addresses that mark the cluster, as at work and at home; of who shares a card
)
_FEW_PLACES = 5.0  # addresses that carry a cluster's traffic: an office and a home or two, or several classes taken for one
_SOME_TIMED = 0.1  # of the members, from which it is said
_PEOPLE_EVEN, _MACHINE_EVEN = 0.6, 0.9  # how equal the loads of colleagues may be, and how equal only a dispatcher makes them
_RANDOM_GROUPS = 4_000  # of each size, enough for one in twenty among two hundred clusters
_PRIVATE_WORDING = 0.25  # share of what members send, above which the mark is full: the rest of a pool may be ordinary customers'


def marks(found: Found, conduct: Conduct) -> pl.DataFrame:
    """Per cluster: extraction and its marks volume, structure and focus (each 0 to 1), with the figures behind them."""
    active = _ranked(found)
    members = found.groups.join(active, on="account").join(_private_wording(found), on=["cluster", "account"], how="left")
    measured = (
        _with_limit(members)
        .sort("cluster", "account")
        .group_by("cluster", maintain_order=True)
        .agg(
            pl.col("busy", "fast", "broad").sort().get(pl.col("limit").first()),
            timed=pl.col("timed").mean(),
            wording_share=(pl.col("private").sum() / pl.col("sentences").sum().clip(1)).fill_nan(0.0),
        )
    )
    volume, loads, asked = pl.col("volume"), pl.col("loads"), pl.max_horizontal("wording", "focus")
    hidden = 1 - (1 - volume * loads) * (1 - volume * asked) * (1 - loads * asked)
    beyond, machine = pl.col("beyond_people"), ((pl.col("evenness") - _PEOPLE_EVEN) / (_MACHINE_EVEN - _PEOPLE_EVEN)).clip(0, 1)
    machine = pl.max_horizontal(machine, "pivot")
    task = (pl.col("wording_share") / (2 * _PRIVATE_WORDING)).clip(0, 1)  # who does one task in the open sends much of one wording
    openly = 1 - (1 - beyond * loads) * (1 - beyond * pl.col("focus")) * (1 - machine * pl.max_horizontal(task, "focus"))
    in_the_open = pl.max_horizontal("one_place", "one_payer") >= _IN_THE_OPEN
    return (
        measured.join(_spreads(found, active, conduct.seed), on="cluster", how="left")
        .join(focus(found, conduct), on="cluster", how="left")
        .join(_one_place(found), on="cluster", how="left")
        .join(_one_payer(found), on="cluster", how="left")
        .join(pivot.pivots(found, conduct.moves), on="cluster", how="left")
        .join(script.scripts(found), on="cluster", how="left")
        .with_columns(
            pl.col("focus", "pivot", "one_place", "one_payer", "script").fill_null(0.0),
            beyond_people=pl.min_horizontal(_mark("busy", _MANY), _mark("fast", _MANY), _mark("broad", _MANY)),
            volume=pl.mean_horizontal(_mark("busy"), _mark("fast"), _mark("broad")),
            evenness=(1 - pl.col("spread") / pl.col("usual_spread")).clip(0, 1).fill_nan(0.0).fill_null(0.0),
            wording=(pl.col("wording_share") / _PRIVATE_WORDING).clip(0, 1),
        )
        .with_columns(loads=1 - (1 - pl.col("evenness")) * (1 - pl.col("pivot")))
        .with_columns(structure=1 - (1 - loads) * (1 - pl.col("wording")))
        .with_columns(extraction=pl.when(in_the_open).then(openly).otherwise(pl.max_horizontal(hidden, "script")))
        .sort("cluster")
    )


def _with_limit(members: pl.DataFrame) -> pl.DataFrame:
    """`members` with limit: the place, least first, of the member who is as low as the cluster's median may be (sign test, 95 %).

    The median of eight is hardly known: two of them may be as busy as people are, and the six others by chance busier.
    """
    sizes = members.group_by("cluster").agg(size=pl.len())
    place = np.maximum(binom.ppf(1 - CHANCE, sizes["size"].to_numpy(), 0.5) - 1, 0)
    return members.join(sizes.select("cluster", limit=pl.Series(place, dtype=pl.Int64)), on="cluster")


def _mark(percentile: str, ordinary: float = _ORDINARY) -> pl.Expr:
    return ((pl.col(percentile) - ordinary) / (_EXTREME - ordinary)).clip(0, 1)


def _one_place(found: Found) -> pl.DataFrame:
    """cluster, one_place: the share of what its median member sends from addresses over-represented in the cluster.

    0 where these are more than a few (the inverse of Simpson's index): that is no place but a pool of exits.
    """
    addresses = found.bipartite.kinds.filter(pl.col("name") == "address")["kind"]
    active = found.facts.filter(pl.col("exchanges") > 0).select("account", "exchanges")
    sent = (
        found.evidence.filter(pl.col("kind").is_in(addresses.implode()))
        .join(found.bipartite.links.select("account", "entity", "n_all"), on=["account", "entity"])
        .join(active, on="account")
        .select("cluster", "account", "entity", share=pl.col("n_all") / pl.col("exchanges"))
        .sort("cluster", "account", "entity")
    )
    part = pl.col("share") / pl.col("share").sum()
    many = sent.group_by("cluster", "entity", maintain_order=True).agg(pl.col("share").sum()).group_by("cluster")
    few = many.agg(places=1 / (part**2).sum()).filter(pl.col("places") <= _FEW_PLACES)
    there = sent.join(few, on="cluster", how="semi").group_by("cluster", "account").agg(pl.col("share").sum())
    held = found.groups.join(active.select("account"), on="account").join(there, on=["cluster", "account"], how="left")
    return held.group_by("cluster").agg(one_place=pl.col("share").fill_null(0.0).median())


def _one_payer(found: Found) -> pl.DataFrame:
    """cluster, one_payer: the share of its members who pay with the card that most of them pay with."""
    cards = found.bipartite.kinds.filter(pl.col("name") == "card")["kind"]
    size = found.groups.group_by("cluster").agg(size=pl.len())
    held = found.evidence.filter(pl.col("kind").is_in(cards.implode())).group_by("cluster", "entity").agg(n=pl.len())
    most = held.group_by("cluster").agg(pl.col("n").max())
    return most.join(size, on="cluster").select("cluster", one_payer=pl.col("n") / pl.col("size"))


def _ranked(found: Found) -> pl.DataFrame:
    """Active accounts with their percentiles among all: busy (exchanges), fast (a day), broad (hours a day); log_pace; timed.

    How much a timer sends, and in how many hours, was set once and is no sign of haste: its volume counts for nothing.
    """

    def percentile(column: str) -> pl.Expr:
        return pl.when(timed).then(0.0).otherwise(pl.col(column).rank() / pl.col(column).count())

    timed = pl.col("clock_bound") >= CLOCK_BOUND
    active = found.facts.filter(pl.col("exchanges") > 0)
    return active.select(
        "account",
        "sentences",
        timed=timed,
        busy=percentile("exchanges"),
        fast=percentile("per_day"),
        broad=percentile("hours_per_day"),
        log_pace=pl.when(~timed).then(pl.col("per_day").log()),  # a timer's loads are equal by the clock
    )


def _spreads(found: Found, active: pl.DataFrame, seed: int) -> pl.DataFrame:
    """cluster, spread, usual_spread: the quartiles' distance of the members' log pace, and how small chance makes it in a group as large.

    Chance is what random groups show at the level at which no more than one in twenty of the clusters found equal is so by chance
    (Benjamini and Hochberg 1995): of hundreds of clusters, some are as equal as one random group in twenty.
    """
    paced = active.filter(pl.col("log_pace").is_not_null())
    if paced.is_empty():
        return pl.DataFrame(schema={"cluster": pl.Int32, "spread": pl.Float64, "usual_spread": pl.Float64})
    everyone = peers.pool(paced.select("account", activity="log_pace"), found.groups["account"])
    members = found.groups.join(paced, on="account").sort("cluster", "account")
    log_pace = pl.col("log_pace")
    held = members.group_by("cluster", maintain_order=True).agg(
        size=pl.len(), spread=log_pace.quantile(0.75, "linear") - log_pace.quantile(0.25, "linear")
    )
    judged = held.filter(pl.col("size") > 1)
    drawn = {size: _random_spreads(everyone, size, seed) for size in sorted(judged["size"].unique())}
    rows = list(judged.select("size", "spread").iter_rows())
    p = np.array([(1 + np.searchsorted(drawn[size], spread, "right")) / (1 + len(drawn[size])) for size, spread in rows])
    level = chance.level(p, 1 - CHANCE)
    usual = [float(np.quantile(drawn[size], level)) for size, _ in rows]
    return judged.select("cluster", "spread", usual_spread=pl.Series(usual, dtype=pl.Float64))


def _random_spreads(everyone: peers.Pool, size: int, seed: int) -> NDArray[np.float64]:
    """The quartiles' distances of random groups of `size`, least first."""
    drawn = peers.any_of(everyone.activity, size, np.random.default_rng([seed, size]), _RANDOM_GROUPS)
    low, high = np.quantile(drawn, [0.25, 0.75], axis=1)
    return np.sort(high - low)


def _private_wording(found: Found) -> pl.DataFrame:
    """cluster, account, private: how often the account sent the cluster's sentences, each by the share of its senders that are members.

    A prompt of the day marks whoever copied it most, and is not their wording.
    """
    bipartite = found.bipartite
    sentences = bipartite.kinds.filter(pl.col("channel") == Channel.PROMPT.value)["kind"]
    theirs = pl.col("member_units") / (pl.col("member_units") + pl.col("spill"))
    return (
        found.evidence.filter(pl.col("kind").is_in(sentences.implode()))
        .join(bipartite.links.select("account", "entity", "n_all"), on=["account", "entity"])
        .join(found.profile.select("cluster", "entity", theirs=theirs), on=["cluster", "entity"])
        .sort("cluster", "account", "entity")
        .group_by("cluster", "account", maintain_order=True)
        .agg(private=(pl.col("n_all") * pl.col("theirs")).sum())
    )


def sentences(row: dict[str, float], words: dict[str, str]) -> tuple[str, ...]:
    """The figures behind a row of `marks`, a sentence for each mark; `words` says what a capability is in words."""
    if row.get("busy") is None:
        return ("No member was active in the window.",)
    return (
        *(
            [f"{row['coordinated']:.0%} of members are tied to others by a conclusive test of their timing."]
            if row["coordinated"] >= 0.1
            else []
        ),
        *([f"{row['timed']:.0%} of members send on a timer, whose volume and pace say nothing."] if row["timed"] >= _SOME_TIMED else []),
        f"Volume {row['volume']:.2f}: the median member sends at least more than {row['busy']:.0%} of all accounts, more a day than"
        f" {row['fast']:.0%} of them, and is active in more hours of its days than {row['broad']:.0%} of them"
        " (95 % sure; the fewer members, the less is).",
        f"Structure {row['structure']:.2f}: {row['wording_share']:.0%} of what members send is wording of their own;"
        f" their daily volumes are {row['evenness']:.0%} more equal than chance makes them{pivot.sentence(row)}.",
        *(
            [f"The median member sends {row['one_place']:.0%} of it from addresses that mark the cluster, as people of one place do."]
            if row["one_place"] >= _IN_THE_OPEN
            else []
        ),
        *(
            [f"{row['one_payer']:.0%} of members pay with one and the same card, as those of one customer do, who hide nothing."]
            if row["one_payer"] >= _IN_THE_OPEN
            else []
        ),
        *([script.sentence(row)] if row["script"] else []),
        f"Focus {row['focus']:.2f}: {_focus_words(row, words)}.",
    )


def _focus_words(row: dict[str, float], words: dict[str, str]) -> str:
    on = row.get("focused_on")
    if on is None:
        return "not available, as no raw texts are kept"
    if row["focus"] < 0.005:
        return "what members ask for is no more concentrated than in random groups as large and as busy"
    return f"{row['share']:.0%} of members' sampled prompts {words[str(on)]}, of equally busy accounts' {row['peer_share']:.1%}"

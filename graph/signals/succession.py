"""Succession: when accounts are banned, new ones begin that go on with what they did.

For a sentence or an address e that several banned accounts used: do its users begin, more often than accounts at large, in the hours or
days after one of these bans? Had e nothing to do with it, each of its d users would have begun there with the share p of all accounts
that did, and k of them with no more than P(Poisson(d p) ≥ k). A fashion has its beginners too, but few of its users are banned: there must
also be more of these than the night's share of banned accounts explains. Both at a false discovery rate over every e and length of time.
"""

import datetime as dt

import numpy as np
import polars as pl

from graph.chance import false_discovery, tail_bits
from graph.leiden import communities
from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import RESOLUTION, nothing
from graph.vocabulary import Channel

_BANS = "ban|suspend|terminat"  # in an action's or a status' name, whatever its form
_WITHIN = tuple(dt.timedelta(hours=hours) for hours in (6, 24, 48, 72))  # after a ban
_LEAST = 3  # banned accounts of one entity that were followed, and accounts that followed
_FDR = 0.01
_CHANCE_SHARE = 0.2  # of an entity's banned accounts, and of those that followed, that chance may have put there


def successions(night: Night) -> pl.LazyFrame:
    """Accounts began in the hours or days after the ban of others and went on with their sentences or from their addresses."""
    accounts = _accounts(night)
    touched = _touched(night, accounts)
    if touched.is_empty():
        return nothing()
    looks = [_followed(touched, within) for within in _WITHIN]
    tested = pl.concat([_tested(look, accounts, within) for look, within in zip(looks, _WITHIN, strict=True)])
    kept = _kept(tested)
    parts = [look.join(kept.filter(within=within), on="entity", how="semi") for look, within in zip(looks, _WITHIN, strict=True)]
    return _grouped(pl.concat(parts).filter(pl.col("follows") | pl.col("followed")))


def _grouped(parts: pl.DataFrame) -> pl.LazyFrame:
    """One entity for each community of accounts and what they have in common; `n` is how much of it an account used."""
    if parts.is_empty():
        return nothing()
    numbered = parts.sort("account_id", "entity").with_columns(
        account=pl.col("account_id").rank("dense").cast(pl.Int64) - 1, thing=pl.col("entity").rank("dense").cast(pl.Int64) - 1
    )
    accounts, things = numbered["account"].n_unique(), numbered["thing"].n_unique()
    edges = numbered.select("account", pl.col("thing") + accounts).to_numpy()
    found = communities(edges, np.ones(len(edges)), accounts + things, resolution=RESOLUTION)
    whole = numbered.with_columns(group=pl.Series(found).gather(numbered["account"])).group_by("account_id", "group")
    value = pl.lit("succession of ") + pl.col("account_id").min().over("group")
    counted = whole.agg(n=pl.len().cast(pl.Int64), first_at=pl.col("first_at").min(), last_at=pl.col("last_at").max())
    return counted.lazy().select("account_id", pl.lit("succession").alias("kind"), value.alias("value"), "n", "first_at", "last_at")


def _accounts(night: Night) -> pl.DataFrame:
    """account_id, begins (with its first exchange), banned (when first, else null), in order of beginning."""
    begins = night.exchanges.group_by("account_id").agg(begins=pl.col("occurred_at").min())
    acted = night.enforcement.select("account_id", "action", at="acted_at")
    status = night.accounts.select("account_id", action="status", at="status_at")
    bans = pl.concat([acted, status]).filter(pl.col("action").str.to_lowercase().str.contains(_BANS))
    banned = bans.group_by("account_id").agg(banned=pl.col("at").min())
    return begins.join(banned, on="account_id", how="left").sort("begins", "account_id").collect(engine="streaming")


def _touched(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    """account_id, entity (text), n, first_at, last_at, begins, banned: of every sentence and address that _LEAST banned accounts used."""
    at, one = pl.col("occurred_at"), pl.lit(1, pl.Int64)
    sentences = night.fragments.select("account_id", "n", "first_at", "last_at", key="fragment_id")
    addresses = night.exchanges.select("account_id", n=one, first_at=at, last_at=at, key="ip")
    banned = accounts.lazy().filter(pl.col("banned").is_not_null())
    found = [_of_several(rows, banned, word) for rows, word in ((sentences, "sentence "), (addresses, "address "))]
    return pl.concat(found).join(accounts.lazy(), on="account_id").collect(engine="streaming")


def _of_several(rows: pl.LazyFrame, banned: pl.LazyFrame, word: str) -> pl.LazyFrame:
    used = rows.filter(pl.col("key").is_not_null())
    theirs = used.join(banned, on="account_id", how="semi").select("key", "account_id").unique()
    shared = theirs.group_by("key").agg(k=pl.len()).filter(pl.col("k") >= _LEAST)
    touches = used.join(shared, on="key", how="semi").group_by("account_id", "key")
    whole = touches.agg(pl.col("n").sum(), pl.col("first_at").min(), pl.col("last_at").max())
    return whole.select("account_id", pl.concat_str(pl.lit(word), pl.col("key")).alias("entity"), "n", "first_at", "last_at")


def _followed(touched: pl.DataFrame, within: dt.timedelta) -> pl.DataFrame:
    """`touched` with follows (it began `within` a ban of a user of the entity) and followed (another began so after its own ban)."""
    bans = touched.filter(pl.col("banned").is_not_null()).select("entity", ban="banned").sort("ban")
    begun = touched.select("entity", "begins", following="begins").sort("begins")
    after = touched.sort("begins").join_asof(
        bans, left_on="begins", right_on="ban", by="entity", allow_exact_matches=False, check_sortedness=False
    )
    known = after.sort("banned", nulls_last=True).join_asof(
        begun.drop("begins"), left_on="banned", right_on="following", by="entity", strategy="forward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    soon = pl.col("begins") - pl.col("ban") <= within, pl.col("following") - pl.col("banned") <= within
    return known.with_columns(follows=soon[0].fill_null(False), followed=soon[1].fill_null(False))


def _tested(look: pl.DataFrame, accounts: pl.DataFrame, within: dt.timedelta) -> pl.DataFrame:
    """Of each entity: within, users, banned, followed, follows; the latter two as chance expects them; bits of the less surprising one."""
    begins = accounts["begins"]
    last = pl.min_horizontal(pl.col("banned") + within, pl.col("banned").shift(-1).over("entity"))  # until the next ban, if sooner
    spans = look.filter(pl.col("banned").is_not_null()).sort("entity", "banned").select("entity", "banned", last=last)
    begun = begins.search_sorted(spans["last"], "right").cast(pl.Int64) - begins.search_sorted(spans["banned"], "right").cast(pl.Int64)
    share = spans.with_columns(begun=begun).group_by("entity").agg(share=pl.col("begun").sum() / accounts.height)
    counted = look.group_by("entity").agg(
        users=pl.len(),
        banned=pl.col("banned").count().cast(pl.Int64),
        **{k: pl.col(k).sum().cast(pl.Int64) for k in ("follows", "followed")},
    )
    tested = counted.join(share, on="entity").with_columns(
        by_chance=(pl.col("users") * pl.col("share")).clip(1e-6),
        banned_by_chance=pl.col("users") * accounts["banned"].count() / accounts.height,
    )
    less = pl.min_horizontal(tail_bits(tested["follows"], tested["by_chance"]), tail_bits(tested["banned"], tested["banned_by_chance"]))
    return tested.with_columns(pl.select(bits=less).to_series(), within=pl.lit(within))


def _kept(tested: pl.DataFrame) -> pl.DataFrame:
    """entity, within: what passed both tests, at the length of time at which it is most surprising."""
    q = false_discovery(pl.col("bits"), tested.height)
    enough = pl.min_horizontal("follows", "followed") >= _LEAST
    rare = (pl.col("by_chance") <= _CHANCE_SHARE * pl.col("follows")) & (pl.col("banned_by_chance") <= _CHANCE_SHARE * pl.col("banned"))
    passed = tested.with_columns(q=q).filter(pl.col("q") <= _FDR, enough, rare)
    return passed.sort(["entity", "bits", "within"], descending=[False, True, False]).unique("entity", keep="first", maintain_order=True)


SIGNALS = (
    Signal(
        Channel.TIMING,
        "succession",
        "{members} of {accounts} accounts were banned, or began soon after and went on with the same sentences or addresses",
        ("enforcement", ("acted_at",)),
        successions,
        doubt=_CHANCE_SHARE,
    ),
)

"""Relays: a conversation that one account began goes on at another, as when a dispatcher works around a limit or a ban.

Two marks, each a pair of accounts: the same session id sent by both (ids computed from the content), and the same rare prompt sent
by both within seconds (the request that was refused, sent again elsewhere). What many accounts send is nobody's conversation.
"""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import incidences, linked_groups, nothing
from graph.signals.timing import beyond_jitter
from graph.vocabulary import Channel

_WINDOW_SECONDS, _JITTER_SECONDS = 20, 3600
_MOST_ACCOUNTS = 8  # of one session or prompt; more is a template, a benchmark, a fashion
_CHANCE_SHARE = 0.2  # of the pairs; whether an account or a group is there by chance is tested after
_DOUBT = 0.01


def relayed_sessions(night: Night) -> pl.LazyFrame:
    """Sessions that one account began went on at another within the hour, again and again within one group."""
    pairs = _sharing(night)
    hours = max(2.0, (night.until - night.first).total_seconds() / 3600)
    apart = int(pairs.filter(~pl.col("close"))["far"].sum())
    return _grouped("relayed session", night, _weighed(pairs.filter(pl.col("close"))), apart * 2 / hours)


def common_sessions(night: Night) -> pl.LazyFrame:
    """Far more of the session ids that accounts sent are also others' than with people, as when ids are computed from the content."""
    pairs = _weighed(_sharing(night))
    return _grouped("common session ids", night, pairs, pairs.height)


def _sharing(night: Night) -> pl.DataFrame:
    """account_a < account_b, close, far: for every session id that both sent, whether within an hour of each other, and how often not.

    By hours, as the same id may come again on other days.
    """
    at = pl.col("occurred_at")
    sent = night.exchanges.filter(pl.col("session_id").is_not_null())
    held = sent.select("account_id", "session_id").unique().filter(pl.len().over("session_id").is_between(2, _MOST_ACCOUNTS))
    hourly = (
        sent.join(held, on=["account_id", "session_id"], how="semi")
        .group_by("account_id", "session_id", hour=at.dt.truncate("1h"))
        .agg(first=at.min(), last=at.max())
    )
    close = pl.max_horizontal("first", "first_right") - pl.min_horizontal("last", "last_right") <= pl.duration(hours=1)
    return (
        hourly.join(hourly, on="session_id")
        .filter(pl.col("account_id") < pl.col("account_id_right"))
        .group_by("session_id", account_a="account_id", account_b="account_id_right")
        .agg(close=close.any(), far=(~close).sum().cast(pl.Int64))
        .collect(engine="streaming")
    )


def _weighed(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.group_by("account_a", "account_b").agg(weight=pl.len().cast(pl.Int64)).sort("account_a", "account_b")


def relayed_prompts(night: Night) -> pl.LazyFrame:
    """A request that one account sent was sent by another within seconds, word for word, again and again within one group."""
    rare = (
        night.exchanges.filter(pl.col("prompt_id").is_not_null())
        .group_by("prompt_id")
        .agg(accounts=pl.col("account_id").n_unique())
        .filter(pl.col("accounts").is_between(2, _MOST_ACCOUNTS))
    )
    events = (
        night.exchanges.join(rare, on="prompt_id", how="semi")
        .select(
            "account_id",
            object_id=pl.col("prompt_id").cast(pl.String),
            content_id=pl.concat_str(pl.col("account_id"), pl.col("occurred_at").dt.timestamp("us").cast(pl.String), separator=" "),
            occurred_at=pl.col("occurred_at"),
        )
        .collect(engine="streaming")
    )
    pairs, chance = beyond_jitter(events, _WINDOW_SECONDS, 1, _JITTER_SECONDS, _CHANCE_SHARE)
    return _grouped("relayed prompt", night, pairs, chance)


def _grouped(kind: str, night: Night, pairs: pl.DataFrame, chance: float) -> pl.LazyFrame:
    if pairs.is_empty():
        return nothing()
    activity = (
        night.exchanges.group_by("account_id")
        .agg(n=pl.len(), first_at=pl.col("occurred_at").min(), last_at=pl.col("occurred_at").max())
        .collect(engine="streaming")
    )
    return incidences(kind, linked_groups(pairs, activity, chance), pairs, activity.drop("n"))


SIGNALS = (
    Signal(
        Channel.TIMING,
        "relayed session",
        "{members} of {accounts} accounts carry on each other's sessions",
        ("exchanges", ("session_id",)),
        relayed_sessions,
        doubt=_DOUBT,
        conclusive=True,
    ),
    Signal(
        Channel.METADATA,
        "common session ids",
        "{members} of {accounts} accounts send each other's session ids",
        ("exchanges", ("session_id",)),
        common_sessions,
        doubt=_DOUBT,
        software=True,  # ids computed from the content are shared by whoever sends the same content
    ),
    Signal(
        Channel.TIMING,
        "relayed prompt",
        "{members} of {accounts} accounts repeat each other's requests within seconds",
        ("exchanges", ("prompt_id",)),
        relayed_prompts,
        doubt=_DOUBT,
        conclusive=True,
    ),
)

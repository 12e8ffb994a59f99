"""Relays: a conversation that one account began goes on at another, as when a dispatcher works around a limit or a ban.

Two marks, each a pair of accounts: the same session id sent by both (ids computed from the content), and the same rare prompt sent
by both within seconds (the request that was refused, sent again elsewhere). What many accounts send is nobody's conversation.
"""

import polars as pl

from graph.night import Night, once
from graph.signals.base import Signal
from graph.signals.links import incidences, linked_groups, nothing
from graph.signals.timing import beyond_jitter
from graph.vocabulary import Channel

_WINDOW_SECONDS, _JITTER_SECONDS = 20, 3600
_MOST_ACCOUNTS = 8  # of one session or prompt; more is a template, a benchmark, a fashion
_CHANCE_SHARE = 0.2  # of the pairs; whether an account or a group is there by chance is tested after
_DOUBT = 0.01
_PAIR = ("account_a", "account_b")


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


@once
def _sharing(night: Night) -> pl.DataFrame:
    """account_a < account_b, close, far: for every session id that both sent, whether within an hour of each other, and how often not.

    By hours, as the same id may come again on other days. Only neighbouring hours can be close, and few accounts send one id: so hours are
    joined with their neighbours alone, and those far apart are counted as all there are, less these. Linear in the hours.
    """
    at = pl.col("occurred_at")
    hourly = (
        _of_few(night, "session_id")
        .group_by("account_id", "session_id", hour=at.dt.truncate("1h"))
        .agg(first=at.min(), last=at.max())
        .collect(engine="streaming")
        .lazy()
    )
    held = hourly.group_by("session_id", "account_id").agg(hours=pl.len().cast(pl.Int64))
    beside = pl.concat([hourly.with_columns(pl.col("hour") + pl.duration(hours=step)) for step in (-1, 0, 1)])
    near = pl.max_horizontal("first", "first_right") - pl.min_horizontal("last", "last_right") <= pl.duration(hours=1)
    close = _pairs(hourly, beside, ["session_id", "hour"]).filter(near).group_by("session_id", *_PAIR).agg(near=pl.len().cast(pl.Int64))
    return (
        _pairs(held, held, ["session_id"])
        .join(close, on=["session_id", *_PAIR], how="left")
        .select(*_PAIR, close=pl.col("near").is_not_null(), far=pl.col("hours") * pl.col("hours_right") - pl.col("near").fill_null(0))
        .collect(engine="streaming")
    )


def _pairs(one: pl.LazyFrame, other: pl.LazyFrame, on: list[str]) -> pl.LazyFrame:
    both = one.join(other, on=on).filter(pl.col("account_id") < pl.col("account_id_right"))
    return both.rename({"account_id": "account_a", "account_id_right": "account_b"})


def _of_few(night: Night, column: str) -> pl.LazyFrame:
    """The exchanges whose `column` two accounts or more sent, and no more than _MOST_ACCOUNTS.

    Most values are one account's own: they go first, by two numbers for each value, before accounts are counted.
    """
    sent = night.exchanges.filter(pl.col(column).is_not_null()).select("account_id", "occurred_at", column)
    who = pl.col("account_id").hash()
    shared = sent.group_by(column).agg(low=who.min(), high=who.max()).filter(pl.col("low") != pl.col("high")).select(column)
    theirs = sent.join(shared, on=column, how="semi")
    few = theirs.select("account_id", column).unique().group_by(column).agg(n=pl.len()).filter(pl.col("n") <= _MOST_ACCOUNTS)
    return theirs.join(few, on=column, how="semi")


def _weighed(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.group_by(_PAIR).agg(weight=pl.len().cast(pl.Int64)).sort(_PAIR)


def relayed_prompts(night: Night) -> pl.LazyFrame:
    """A request that one account sent was sent by another within seconds, word for word, again and again within one group."""
    events = (
        _of_few(night, "prompt_id")
        .select(
            "account_id",
            "occurred_at",
            object_id=pl.col("prompt_id").cast(pl.String),
            content_id=pl.concat_str(pl.col("account_id"), pl.col("occurred_at").dt.timestamp("us").cast(pl.String), separator=" "),
        )
        .collect(engine="streaming")
    )
    pairs, chance = beyond_jitter(events, _WINDOW_SECONDS, 1, _JITTER_SECONDS, _CHANCE_SHARE)
    return _grouped("relayed prompt", night, pairs, chance)


def _grouped(kind: str, night: Night, pairs: pl.DataFrame, chance: float) -> pl.LazyFrame:
    if pairs.is_empty():
        return nothing()
    activity = _activity(night)
    return incidences(kind, linked_groups(pairs, activity, chance), pairs, activity.drop("n"))


@once
def _activity(night: Night) -> pl.DataFrame:
    at = pl.col("occurred_at")
    return night.exchanges.group_by("account_id").agg(n=pl.len(), first_at=at.min(), last_at=at.max()).collect(engine="streaming")


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

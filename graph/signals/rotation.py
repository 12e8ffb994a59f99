"""Rotation: when one account stops the next one starts, again and again in the same order, as a dispatcher fills one after the other.

Two marks. A spell (a run of requests without a long pause) that ends as another account's begins; and a request that was refused, after
which the account rests and another begins at once, as when a dispatcher goes on elsewhere with whatever is next.
Jobs on the clock are set aside first, as in graph.signals.synchrony: two of them follow each other whenever their minutes do.
"""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.turns import FDR, Turn, off_the_clock, taking_turns, with_pauses
from graph.vocabulary import Channel

_PAUSE_SECONDS = 900  # ends a spell
_LEAST_REQUESTS = 8  # of a spell; people's are mostly shorter
_LEAST_SPELLS = 3
_DAY = 86_400
_AFTER_A_SPELL = Turn(within=300, cell=_DAY, awake=_DAY // 3)

_REST_SECONDS = 300  # of an account that was refused
_FRESH_SECONDS = 60  # of silence before a beginning
_REFUSED = ("429", "403")
_AFTER_A_REFUSAL = Turn(within=20, cell=1800, awake=1800)  # waves of refusals slower than half an hour are chance


def rotations(night: Night) -> pl.LazyFrame:
    """When one account's spell of work ends another's begins within minutes, the same pairs in the same order again and again."""
    spells = _spells(night)
    seen = _seen(spells.select("account", "account_id", at="start"), spells.select("account", "account_id", at="end"))
    return taking_turns("rotation", spells.select("account", at="end"), spells.select("account", at="start"), _AFTER_A_SPELL, seen)


def _spells(night: Night) -> pl.DataFrame:
    """account (number), account_id, start, end (epoch seconds) of every spell of at least _LEAST_REQUESTS.

    Without those that begin at a minute of the hour at which the account's usually do.
    """
    return (
        with_pauses(night)
        .with_columns(spell=(pl.col("before") > _PAUSE_SECONDS).cum_sum())
        .group_by("account", "spell")
        .agg(pl.col("account_id").first(), start=pl.col("at").min(), end=pl.col("at").max(), n=pl.len())
        .filter(pl.col("n") >= _LEAST_REQUESTS)
        .filter(off_the_clock("start"))
        .filter(pl.len().over("account") >= _LEAST_SPELLS)
        .collect(engine="streaming")
    )


def fail_overs(night: Night) -> pl.LazyFrame:
    """After one account is refused and rests another begins within seconds, the same pairs again and again."""
    gone = pl.col("status").is_in(_REFUSED) & (pl.col("after") > _REST_SECONDS)
    rows = (
        with_pauses(night)
        .select("account", "account_id", "at", gone=gone.fill_null(False), fresh=pl.col("before") > _FRESH_SECONDS)
        .filter(pl.col("gone") | pl.col("fresh"))
        .collect(engine="streaming")
    )
    refused, begun = (rows.filter(kind).select("account", "account_id", "at").filter(off_the_clock("at")) for kind in ("gone", "fresh"))
    return taking_turns("fail-over", refused.drop("account_id"), begun.drop("account_id"), _AFTER_A_REFUSAL, _seen(refused, begun))


def _seen(*events: pl.DataFrame) -> pl.DataFrame:
    at = pl.from_epoch("at", "s").dt.replace_time_zone("UTC")
    return pl.concat(events).group_by("account", "account_id").agg(n=pl.len(), first_at=at.min(), last_at=at.max())


SIGNALS = (
    Signal(
        Channel.TIMING,
        "rotation",
        "{members} of {accounts} accounts take over from each other in turns",
        ("exchanges", ("occurred_at",)),
        rotations,
        doubt=FDR,
        conclusive=True,
    ),
    Signal(
        Channel.TIMING,
        "fail-over",
        "{members} of {accounts} accounts begin within seconds after another of them was refused",
        ("exchanges", ("status",)),
        fail_overs,
        doubt=FDR,
        conclusive=True,
    ),
)

"""Co-action: accounts that act on the same objects within seconds of each other, more often than slower rhythms explain."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import incidences, linked_groups, nothing
from graph.signals.timing import beyond_jitter
from graph.vocabulary import ROW_ID, Channel

WINDOW_SECONDS = 30
_MIN_PARTICIPATION = 2
_JITTER_SECONDS = 600
_FDR = 0.01
_RESOLUTION = 1.0


def co_action_groups(night: Night) -> pl.LazyFrame:
    """Accounts act on the same objects within half a minute of each other, again and again."""
    events = night.objects.select(
        "account_id",
        object_id=pl.concat_str("kind", "object_id", separator=" "),
        content_id=pl.col("exchange_id").fill_null(pl.col(ROW_ID).cast(pl.String)),
        occurred_at=pl.col("occurred_at"),
    ).collect(engine="streaming")
    pairs, chance = beyond_jitter(events, WINDOW_SECONDS, _MIN_PARTICIPATION, _JITTER_SECONDS, _FDR)
    if pairs.is_empty():
        return nothing()
    seen = events.group_by("account_id").agg(n=pl.len(), first_at=pl.col("occurred_at").min(), last_at=pl.col("occurred_at").max())
    return incidences("co-action group", linked_groups(pairs, seen, chance, _RESOLUTION), pairs, seen.drop("n"))


SIGNALS = (
    Signal(
        Channel.TIMING,
        "co-action group",
        "{members} of {accounts} accounts act on the same objects within half a minute of each other",
        ("objects", ("object_id",)),
        co_action_groups,
        doubt=_FDR,
        conclusive=True,
    ),
)

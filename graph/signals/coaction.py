"""Co-action: accounts that act on the same objects within seconds of each other, more often than slower rhythms explain.

The null is a jitter surrogate: every event moved by up to ten minutes, which keeps who acts on what, how popular each object
is and every slower wave, and destroys only closeness in seconds. Pairs count from the weight at which the surrogate has hardly
any (Date, Bienenstock and Geman 1998, for spike trains).
"""

import numpy as np
import polars as pl
import polars_hash as plh

from graph.leiden import communities
from graph.night import Night
from graph.signals.base import INCIDENCE, Signal
from graph.signals.timing import coaction_network
from graph.vocabulary import ROW_ID, TIME, Channel

WINDOW_SECONDS = 30
_MIN_PARTICIPATION = 2
_JITTER_SECONDS = 600
_FDR = 0.01


def co_action_groups(night: Night) -> pl.LazyFrame:
    """Accounts act on the same objects within half a minute of each other, again and again."""
    events = night.objects.select(
        "account_id",
        object_id=pl.concat_str("kind", "object_id", separator=" "),
        content_id=pl.col("exchange_id").fill_null(pl.col(ROW_ID).cast(pl.String)),
        occurred_at=pl.col("occurred_at"),
    ).collect(engine="streaming")
    pairs = _beyond_jitter(events)
    if pairs.is_empty():
        return pl.LazyFrame(schema=INCIDENCE)
    return _incidences(_groups(pairs), pairs, events)


def _beyond_jitter(events: pl.DataFrame) -> pl.DataFrame:
    """The pairs of the co-action network from the weight on at which at most a share _FDR of them is chance."""
    real = coaction_network(events, WINDOW_SECONDS, _MIN_PARTICIPATION)
    chance = coaction_network(_jittered(events), WINDOW_SECONDS, _MIN_PARTICIPATION)
    for weight in real["weight"].unique().sort():
        kept = real.filter(pl.col("weight") >= weight)
        if chance.filter(pl.col("weight") >= weight).height <= _FDR * kept.height:
            return kept
    return real.clear()


def _jittered(events: pl.DataFrame) -> pl.DataFrame:
    identity = plh.concat_str([pl.col("account_id"), pl.col("object_id"), pl.col("content_id")], separator="\x1f").nchash.xxh3_64()
    shift = (identity % (2 * _JITTER_SECONDS + 1)).cast(pl.Int64) - _JITTER_SECONDS
    return events.with_columns(occurred_at=pl.col("occurred_at") + pl.duration(seconds=shift))


def _groups(pairs: pl.DataFrame) -> pl.DataFrame:
    nodes = pl.concat([pairs["account_a"], pairs["account_b"]]).unique().sort()
    place = pl.DataFrame({"account_id": nodes}).with_row_index("node")
    edges = pairs.join(place, left_on="account_a", right_on="account_id", maintain_order="left").join(
        place, left_on="account_b", right_on="account_id", maintain_order="left", suffix="_b"
    )
    ends = edges.select(pl.col("node").cast(pl.Int64), pl.col("node_b").cast(pl.Int64)).to_numpy()
    found = communities(ends, np.log2(1 + edges["weight"].to_numpy()), len(nodes))
    return pl.DataFrame({"account_id": nodes, "group": found})


def _incidences(groups: pl.DataFrame, pairs: pl.DataFrame, events: pl.DataFrame) -> pl.LazyFrame:
    most = pl.concat([pairs.select(account_id="account_a", n="weight"), pairs.select(account_id="account_b", n="weight")])
    seen = events.group_by("account_id").agg(first_at=pl.col("occurred_at").min(), last_at=pl.col("occurred_at").max())
    named = groups.join(most.group_by("account_id").agg(pl.col("n").max()), on="account_id").join(seen, on="account_id")
    return named.lazy().select(
        "account_id",
        pl.lit("co-action group").alias("kind"),
        (pl.lit("co-action group of ") + pl.col("account_id").min().over("group")).alias("value"),
        "n",
        pl.col("first_at").cast(TIME),
        pl.col("last_at").cast(TIME),
    )


SIGNALS = (
    Signal(
        Channel.TIMING,
        "co-action group",
        "{members} of {accounts} accounts act on the same objects within half a minute of each other",
        ("objects", ("object_id",)),
        co_action_groups,
        doubt=_FDR,
    ),
)

"""Objects: what an exchange acted on (a link, a repository, a transfer's partner), where the mapping file names such columns."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel


def objects(night: Night) -> pl.LazyFrame:
    """Accounts acted on the same object."""
    return touches(night.objects, "object", pl.concat_str([pl.col("kind"), pl.col("object_id")], separator=" "), "occurred_at")


SIGNALS = (Signal(Channel.OBJECT, "object", "{members} of {accounts} accounts acted on one object", ("objects", ("object_id",)), objects),)
